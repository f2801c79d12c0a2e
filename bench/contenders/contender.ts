/** What the bench needs of everything it measures: start, how far, what it used, stop. */
import type { Installation } from '../harness/installation.js';

export type ContenderName = 'fetchDecode' | 'naive' | 'batched' | 'kafkaStreamsEos' | 'kundenpuls';

/** One that is at work. */
export type Running = {
  readonly pids: readonly number[];
  /** Input records whose effect is committed, all partitions together. */
  readonly done: () => Promise<number>;
  /** True when outputs are published as well; called when all records are done. */
  readonly isSettled: () => Promise<boolean>;
  readonly stop: () => Promise<void>;
  readonly assertAlive: () => void;
};

/** How a downstream consumer finds the order behind an output. */
export type OutputSpec = {
  readonly topic: string;
  /** Reads the event id of the causing order from an output's value; null when it is not one. */
  readonly eventIdOf: (value: Buffer) => string | null;
};

export type Contender = {
  readonly name: ContenderName;
  readonly title: string;
  /** Its state is in Redis, whose CPU counts as its own. */
  readonly usesRedis: boolean;
  /** Share of the load it gets: the slow one would take minutes for all of it. */
  readonly loadShare: number;
  /** Null when it has no output that could be awaited downstream. */
  readonly output: ((installation: Installation) => Promise<OutputSpec>) | null;
  readonly start: (installation: Installation) => Promise<Running>;
};
