/** A service comes back after a crash, and stays away after an orderly end or a wrong configuration. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openProcessKeeper } from '../../../../deploy/local/processes.js';
import {
  supervise,
  type ServiceStatus,
  type Supervised,
} from '../../../../services/start/supervisor.js';
import { waitUntil } from '../../../support/wait-until.js';

const folder = mkdtempSync(join(tmpdir(), 'kundenpuls-supervisor-'));
const keeper = openProcessKeeper();
afterAll(async () => {
  await keeper.close();
  rmSync(folder, { recursive: true, force: true });
});

const start = (
  script: string,
  onRestart: (status: ServiceStatus) => void = () => undefined,
): Promise<Supervised> =>
  supervise({
    keeper,
    stopGraceMs: 5_000,
    onRestart,
    spec: {
      name: 'service',
      command: 'sh',
      args: ['-c', script],
      cwd: folder,
      logFile: join(folder, 'service.log'),
    },
  });

describe('a supervised service', () => {
  it('is started again after a crash, and says how it ended', async () => {
    const restarts: ServiceStatus[] = [];
    const once = 'test -e came-back && exec sleep 300; touch came-back; exit 7';
    const service = await start(once, (status) => restarts.push(status));
    await waitUntil(() => service.status().restarts === 1 && service.status().state === 'running');
    expect(restarts).toEqual([
      { name: 'service', state: 'restarting', restarts: 1, lastEnd: 'exit code 7' },
    ]);
    await service.stop();
    expect(service.status().state).toBe('stopped');
  });

  it('is left alone after an orderly end', async () => {
    const service = await start('exit 0');
    await waitUntil(() => service.status().state === 'ended');
    await service.stop();
    expect(service.status().restarts).toBe(0);
  });

  it('is not tried again with a wrong configuration', async () => {
    const service = await start('exit 78');
    await waitUntil(() => service.status().state === 'misconfigured');
    expect(service.status().restarts).toBe(0);
    await service.stop();
  });

  it('stops while it waits to be started again', async () => {
    const service = await start('kill -9 $$');
    await waitUntil(() => service.status().state === 'restarting');
    expect(service.status().lastEnd).toBe('ended by SIGKILL');
    await service.stop();
    expect(service.status().state).toBe('stopped');
  });
});
