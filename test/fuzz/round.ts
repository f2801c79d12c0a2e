/** One round of fuzzing in a thread of its own, with a bounded heap, so that it can be ended from outside. */
import { parentPort, workerData } from 'node:worker_threads';
import { TARGETS } from './targets.js';

export type RoundOrder = { readonly target: string; readonly seed: number; readonly runs: number };

const { target: name, seed, runs } = workerData as RoundOrder;
const target = TARGETS.find((candidate) => candidate.name === name);
if (target === undefined) throw new RangeError(`there is no target ${name}`);
parentPort?.postMessage(await target.run({ seed, runs }));
