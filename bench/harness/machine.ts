/** The machine that numbers were taken on: without it they mean nothing. */
import { cpus, loadavg, totalmem, type } from 'node:os';

export type Machine = {
  readonly system: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly node: string;
  /** Mean number of runnable processes over the minute before the run. */
  readonly loadBefore: number;
  readonly takenAt: string;
};

const BYTES_PER_GB = 1e9;

/** Describes this machine; call it before anything is started. */
export const describeMachine = (): Machine => ({
  system: type(),
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  cores: cpus().length,
  memoryGb: Math.round(totalmem() / BYTES_PER_GB),
  node: process.versions.node,
  loadBefore: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  takenAt: new Date().toISOString(),
});
