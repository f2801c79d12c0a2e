/**
 * A lock between runs on one machine: a folder that names the process holding it. A holder that is
 * gone is noticed by its process id and start time, so a killed run never blocks the next one.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf, LocalError } from './local-error.js';

const POLL_MS = 500;
const WAIT_MS_MAX = 900_000;
/** A lock without a holder's name is being taken just now, or its taker died within this time. */
const NAMELESS_MS_MAX = 5_000;

export type Holder = { readonly pid: number; readonly startedAt: string };

/** Field 22 of /proc/<pid>/stat: the start time, which tells a reused process id; '' elsewhere. */
const startTimeOf = (pid: number): string => {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
};

const isAlive = ({ pid, startedAt }: Holder): boolean => {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
  return startedAt === startTimeOf(pid);
};

const readHolder = (folder: string): Holder | null => {
  try {
    return JSON.parse(readFileSync(join(folder, 'holder.json'), 'utf8')) as Holder;
  } catch {
    return null;
  }
};

/** Takes the lock; returns null, or the process that holds it. Removes a lock whose holder is gone. */
export const takeRunLock = (folder: string): Holder | null => {
  mkdirSync(dirname(folder), { recursive: true });
  const mine: Holder = { pid: process.pid, startedAt: startTimeOf(process.pid) };
  try {
    mkdirSync(folder);
    writeFileSync(join(folder, 'holder.json'), JSON.stringify(mine));
    return null;
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
  const holder = readHolder(folder);
  if (holder === null) return { pid: 0, startedAt: '' };
  if (isAlive(holder)) return holder;
  rmSync(folder, { recursive: true, force: true });
  return takeRunLock(folder);
};

/** Gives the lock back. */
export const dropRunLock = (folder: string): void => {
  rmSync(folder, { recursive: true, force: true });
};

/** Runs the work under the lock, waiting for another run that holds it. */
export const withRunLock = async <T>(
  folder: string,
  say: (sentence: string) => void,
  work: () => Promise<T>,
): Promise<T> => {
  await waitForLock(folder, say);
  try {
    return await work();
  } finally {
    dropRunLock(folder);
  }
};

const waitForLock = async (folder: string, say: (sentence: string) => void): Promise<void> => {
  const startedMs = Date.now();
  let namelessSinceMs: number | null = null;
  for (let hasSaid = false; ; hasSaid = true) {
    const holder = takeRunLock(folder);
    if (holder === null) return;
    if (!hasSaid) say('another run is fetching the same; waiting for it …');
    if (holder.pid !== 0) namelessSinceMs = null;
    else namelessSinceMs ??= Date.now();
    if (namelessSinceMs !== null && Date.now() - namelessSinceMs > NAMELESS_MS_MAX) {
      dropRunLock(folder);
    }
    if (Date.now() - startedMs > WAIT_MS_MAX) {
      throw new LocalError(`another run holds ${folder}; delete it when there is none`);
    }
    await sleep(POLL_MS);
  }
};
