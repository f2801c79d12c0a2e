/** How Compose is called, with a `docker` on the PATH that writes down its arguments. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { startCompose } from '../../../../deploy/local/docker.js';

const folder = mkdtempSync(join(tmpdir(), 'kundenpuls-docker-'));
const calls = join(folder, 'calls');
const path = process.env['PATH'];

beforeAll(() => {
  const file = join(folder, 'docker');
  writeFileSync(file, `#!/bin/sh\necho "$@" >> '${calls}'\n`);
  chmodSync(file, 0o755);
  process.env['PATH'] = [folder, path].join(delimiter);
});
beforeEach(() => {
  writeFileSync(calls, '');
});
afterAll(() => {
  process.env['PATH'] = path;
  rmSync(folder, { recursive: true, force: true });
});

const startAndStop = async (isReset: boolean): Promise<readonly string[]> => {
  const stack = await startCompose({
    parts: ['kafka', 'redis'],
    project: 'p',
    isReset,
    isEphemeral: false,
  });
  await stack.stop();
  const lines = readFileSync(calls, 'utf8').trim().split('\n');
  return lines.map((line) => line.replace(/^compose -f \S+ -p p /, ''));
};

describe('Compose', () => {
  it('keeps the data of earlier starts', async () => {
    expect(await startAndStop(false)).toEqual([
      'up --detach --wait kafka redis',
      'down --remove-orphans',
    ]);
  });

  it('removes the volumes of earlier starts first when the start is to be empty', async () => {
    expect(await startAndStop(true)).toEqual([
      'down --remove-orphans --volumes',
      'up --detach --wait kafka redis',
      'down --remove-orphans',
    ]);
  });
});
