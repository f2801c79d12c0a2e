/**
 * What the keeper starts never outlives its owner, in whatever way the owner ends. The owner here is a
 * Node process of its own that is killed while its children run.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openProcessKeeper, tailOf } from '../../../../deploy/local/processes.js';
import { packageRoot } from '../../../../shared/avro/package-root.js';

const POLL_MS = 50;
const POLLS_MAX = 200;

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${String(pid)}/stat`, 'utf8'));
  } catch {
    return false;
  }
};

const waitGone = async (pid: number): Promise<boolean> => {
  for (let i = 0; i < POLLS_MAX && isAlive(pid); i += 1) await sleep(POLL_MS);
  return !isAlive(pid);
};

const folder = mkdtempSync(join(tmpdir(), 'kundenpuls-processes-'));
const logFile = join(folder, 'child.log');
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const sleeper = (script: string) => ({
  name: 'sleeper',
  command: 'sh',
  args: ['-c', script],
  cwd: folder,
  logFile,
});

describe('the process keeper', () => {
  it('stops what it started, with its children, when it is closed', async () => {
    const keeper = openProcessKeeper();
    const child = await keeper.start(sleeper('sleep 300 & echo $!; wait'));
    while (readFileSync(logFile, 'utf8') === '') await sleep(POLL_MS);
    const grandchild = Number(readFileSync(logFile, 'utf8'));
    await keeper.close();
    expect(child.isRunning()).toBe(false);
    expect(await waitGone(grandchild)).toBe(true);
  });

  it('kills what does not answer the request to end', async () => {
    const keeper = openProcessKeeper();
    const script = `trap '' TERM; echo ready; while :; do sleep 0.1; done`;
    const ownLog = join(folder, 'deaf.log');
    const child = await keeper.start({ ...sleeper(script), logFile: ownLog });
    // Asked before its trap is set it would end by the request, and nothing would be shown.
    while (!readFileSync(ownLog, 'utf8').includes('ready')) await sleep(POLL_MS);
    expect(await child.stop(200)).toEqual({ code: null, signal: 'SIGKILL' });
    await keeper.close();
  });

  it('stops a process that was frozen', async () => {
    const keeper = openProcessKeeper();
    const child = await keeper.start(sleeper('sleep 300'));
    child.signal('SIGSTOP');
    await keeper.close();
    expect(child.isRunning()).toBe(false);
  });

  it('says which command is missing', async () => {
    const keeper = openProcessKeeper();
    const start = keeper.start({ ...sleeper(''), command: 'no-such-command' });
    await expect(start).rejects.toThrow(
      'sleeper cannot be started: there is no command no-such-command',
    );
    await keeper.close();
  });

  it('leaves nothing behind when the owner is killed', async () => {
    // What an owner does, in plain Node: the guard, a child in its own group, and word of it.
    const script = `
      const { spawn } = require('node:child_process');
      const guard = spawn('sh', [${JSON.stringify(join(packageRoot(), 'deploy/local/guard.sh'))}],
        { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
      const child = spawn('sleep', ['300'], { detached: true, stdio: 'ignore' });
      guard.stdin.write('own 1999999999\\nown ' + child.pid + '\\ndrop 1999999999\\n',
        () => process.stdout.write(String(child.pid)));
      setInterval(() => undefined, 1000);`;
    const owner = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const pid = await new Promise<number>((resolve) => {
      owner.stdout.once('data', (data: Buffer) => {
        resolve(Number(data.toString('utf8')));
      });
    });
    expect(isAlive(pid)).toBe(true);
    owner.kill('SIGKILL');
    expect(await waitGone(pid)).toBe(true);
  });
});

describe('the tail of a log', () => {
  it('says that a log is empty', () => {
    expect(tailOf(join(folder, 'none.log'))).toBe(`${join(folder, 'none.log')} is empty`);
  });
});
