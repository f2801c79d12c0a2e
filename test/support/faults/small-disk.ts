/**
 * A disk of its own for a component, in memory and small, so that it can be full without harm to anybody
 * else. Mounting needs the right to (root, as in a container of CI); without it tests of a full disk skip.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type SmallDisk = {
  /** Takes all that is free. */
  readonly fill: () => void;
  /** Gives it back. */
  readonly free: () => void;
  readonly unmount: () => void;
};

const BLOCK = Buffer.alloc(1 << 20);
/** The last bytes are taken in small pieces. */
const PIECE_BYTES = 512;

/** By its code only: jest's errors of the file system are of another realm's class. */
const isFull = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOSPC';

/** Appends pieces of a size until none fits any more. */
const fillWith = (handle: number, bytes: number): void => {
  try {
    for (;;) writeSync(handle, BLOCK, 0, bytes);
  } catch (error) {
    if (!isFull(error)) throw error;
  }
};

const fillFile = (file: string): void => {
  const handle = openSync(file, 'a');
  try {
    for (const bytes of [BLOCK.length, 1 << 16, 1 << 12, PIECE_BYTES]) fillWith(handle, bytes);
  } finally {
    closeSync(handle);
  }
};

/** Mounts a disk of so many megabytes at a folder, which is made; throws when that is not allowed. */
export const mountSmallDisk = (folder: string, megabytes: number): SmallDisk => {
  mkdirSync(folder, { recursive: true });
  const options = `size=${String(megabytes)}m,mode=0777`;
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]);
  if (status !== 0) throw new Error(`no disk can be mounted at ${folder}: ${String(stderr)}`);
  const filler = join(folder, 'filler');
  return {
    fill: () => {
      fillFile(filler);
    },
    free: () => {
      rmSync(filler, { force: true });
    },
    unmount: () => {
      spawnSync('umount', ['--lazy', folder]);
    },
  };
};

/** True where disks can be mounted; says so on stderr where not. */
export const canMountDisks = (): boolean => {
  const folder = mkdtempSync(join(tmpdir(), 'kundenpuls-disk-'));
  try {
    mountSmallDisk(folder, 1).unmount();
    return true;
  } catch (error) {
    process.stderr.write(`SKIPPED: tests of a full disk, ${String(error)}\n`);
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
