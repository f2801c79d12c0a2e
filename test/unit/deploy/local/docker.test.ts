/** How Compose is called, with a `docker` on the PATH that writes down its arguments and fails as told. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { openCompose, removeCompose, whyNoCompose } from '../../../../deploy/local/docker.js';
import { freePorts } from '../../../../deploy/local/ports.js';
import type { StackPorts } from '../../../../deploy/local/stack.js';

const folder = mkdtempSync(join(tmpdir(), 'kundenpuls-docker-'));
const calls = join(folder, 'calls');
const path = process.env['PATH'];
const servers: Server[] = [];
let ports: StackPorts;

/** A `docker` that runs the lines of a shell script after it has written down how it was called. */
const dockerDoes = (script: string): void => {
  const file = join(folder, 'docker');
  writeFileSync(file, `#!/bin/sh\necho "$@" >> '${calls}'\n${script}\n`);
  chmodSync(file, 0o755);
};

beforeAll(async () => {
  process.env['PATH'] = [folder, path].join(delimiter);
  const [kafka = 0, kafkaController = 0, registry = 0, redis = 0] = await freePorts(4);
  ports = { kafka, kafkaController, registry, redis };
  // What answers where containers would.
  for (const port of [kafka, redis]) {
    const server = createServer();
    servers.push(server);
    await new Promise<void>((resolve) => {
      server.listen(port, '127.0.0.1', resolve);
    });
  }
});
beforeEach(() => {
  writeFileSync(calls, '');
  dockerDoes('');
});
afterAll(async () => {
  process.env['PATH'] = path;
  for (const server of servers) await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

const called = (): readonly string[] =>
  readFileSync(calls, 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.replace(/^compose -f \S+ -p p /, ''));

const open = (isReset = false) =>
  openCompose({ parts: ['kafka', 'redis'], ports, project: 'p', isReset, isEphemeral: false });

const startAndStop = async (isReset: boolean): Promise<readonly string[]> => {
  const compose = await open(isReset);
  await compose.clear();
  expect(await compose.create()).toBeNull();
  await (await compose.start()).stop();
  return called();
};

describe('Compose', () => {
  it('removes what a killed run left behind and keeps the data of earlier starts', async () => {
    expect(await startAndStop(false)).toEqual([
      'down --remove-orphans',
      'create kafka redis',
      'up --detach --wait kafka redis',
      'down --remove-orphans',
    ]);
  });

  it('removes the volumes of earlier starts first when the start is to be empty', async () => {
    expect(await startAndStop(true)).toEqual([
      'down --remove-orphans --volumes',
      'create kafka redis',
      'up --detach --wait kafka redis',
      'down --remove-orphans',
    ]);
  });

  it('says why there are no containers when an image cannot be had', async () => {
    dockerDoes('case "$*" in *create*) echo "no such host" >&2; exit 18;; esac');
    const compose = await open();
    expect(await compose.create()).toMatch(
      /^making the containers failed \(exit code 18\):\n *no such host$/,
    );
    expect(called()).toEqual(['create kafka redis', 'down --remove-orphans']);
  });

  it('ends, and takes no other way, when a person interrupts it', async () => {
    dockerDoes('case "$*" in *create*) exit 130;; esac');
    await expect((await open()).create()).rejects.toThrow(/exit code 130/);
  });

  it('fails with the log of the container that did, and removes all of them', async () => {
    dockerDoes(
      'case "$*" in *--wait*) echo "container p-redis-1 is unhealthy" >&2; exit 1;;' +
        ' logs*) echo "Can\'t open the append-only file";; esac',
    );
    await expect((await open()).start()).rejects.toThrow(
      /p-redis-1 is unhealthy\nIts log ends:\nCan't open the append-only file/,
    );
    expect(called().slice(1)).toEqual(['logs --tail 12 p-redis-1', 'down --remove-orphans']);
  });

  it('names the way out when the engine is on another machine', async () => {
    const [nobody = 0] = await freePorts(1);
    const compose = await openCompose({
      parts: ['redis'],
      ports: { ...ports, redis: nobody },
      project: 'p',
      isEphemeral: true,
    });
    await expect(compose.start()).rejects.toThrow(/unset DOCKER_HOST or give addresses/);
    expect(called().at(-1)).toBe('down --remove-orphans --volumes');
  });

  it('removes the containers and the data of a run that is gone', async () => {
    await removeCompose('p');
    expect(called()).toEqual(['down --remove-orphans --volumes']);
  });
});

describe('whether Compose can be used', () => {
  it('is so when the engine and Compose answer', async () => {
    dockerDoes('echo 28.0.0');
    expect(await whyNoCompose()).toBeNull();
  });

  it('is not so without an engine, of which the client says nothing but an error', async () => {
    dockerDoes('echo; echo "Cannot connect to the Docker daemon" >&2');
    expect(await whyNoCompose()).toBe('no Docker engine answers within 15 s');
  });

  it('is not so without Compose 2', async () => {
    dockerDoes('case "$*" in compose*) exit 1;; *) echo 28.0.0;; esac');
    expect(await whyNoCompose()).toMatch(/^Docker has no Compose 2 here/);
  });
});
