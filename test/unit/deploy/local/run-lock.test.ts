/** A lock holds against a living run, and never against one that is gone. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dropRunLock, takeRunLock, withRunLock } from '../../../../deploy/local/run-lock.js';

const root = mkdtempSync(join(tmpdir(), 'kundenpuls-lock-'));
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

const heldBy = (name: string, holder: object): string => {
  const folder = join(root, name);
  mkdirSync(folder);
  writeFileSync(join(folder, 'holder.json'), JSON.stringify(holder));
  return folder;
};

describe('the lock between runs', () => {
  it('names the living process that holds it', () => {
    const folder = join(root, 'mine');
    expect(takeRunLock(folder)).toBeNull();
    expect(takeRunLock(folder)?.pid).toBe(process.pid);
    dropRunLock(folder);
    expect(takeRunLock(folder)).toBeNull();
  });

  it('is free when its holder has ended', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    await new Promise((resolve) => child.once('exit', resolve));
    const folder = heldBy('dead', { pid: child.pid, startedAt: '1' });
    expect(takeRunLock(folder)).toBeNull();
  });

  it('is free when another process has the id of its holder by now', () => {
    const folder = heldBy('reused', { pid: process.pid, startedAt: 'long ago' });
    expect(takeRunLock(folder)).toBeNull();
  });

  it('is waited for, and given back when the work fails', async () => {
    const folder = join(root, 'work');
    const order: string[] = [];
    const say = (): void => undefined;
    const first = withRunLock(folder, say, async () => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      order.push('first');
      throw new Error('failed');
    });
    const second = withRunLock(folder, say, () => {
      order.push('second');
      return Promise.resolve();
    });
    await expect(first).rejects.toThrow('failed');
    await second;
    expect(order).toEqual(['first', 'second']);
    expect(existsSync(folder)).toBe(false);
  });
});
