/**
 * What the exactly-once pipeline needs from the outside. Real adapters live in shared/redis and
 * shared/kafka; the tests and the simulation bring their own. Nothing here knows a client library.
 */
import type { Segment } from './contract.generated.js';
import type { CustomerState } from './customer/state.js';
import type { ChangeSet } from './engine/changes.js';
import type { PartitionControl } from './engine/control.js';

/** A header of a record; a name may be there more than once. */
export type LogHeader = { readonly name: string; readonly value: Uint8Array | null };

/** A record of the input log as fetched; key and value are its original bytes. */
export type LogRecord = {
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** Not set where there are none, which is the rule. */
  readonly headers?: readonly LogHeader[];
};

/** An encoded output with its identity: ordinal counts the outputs of one source record from 1. */
export type OutboxEntry = {
  readonly offset: number;
  readonly ordinal: number;
  /** Index of the output topic in the output table. */
  readonly output: number;
  readonly key: Buffer | null;
  /** Null is a tombstone. */
  readonly value: Buffer | null;
  /** Timestamp of the source record, ms; not stored, so unknown of what an owner before left behind. */
  readonly sourceAtMs?: number;
};

/** Versions in force and stream time, as stored with the cursor. */
export type StoredPins = {
  readonly streamTimeMs: number;
  readonly rulebookVersion: string;
  readonly modelVersion: string;
};

export type Cursor = {
  readonly epoch: string;
  /** Next input offset to apply; null before the first commit. */
  readonly next: number | null;
  readonly batchToken: string;
  readonly partitionCount: number | null;
  /** A commit was cut short: what is stored is part of it, and nothing may be computed from it. */
  readonly isTorn: boolean;
  readonly pins: StoredPins | null;
  /** Copy of the high-water mark, for when Kafka forgot it (offsets expire); 0 without one. */
  readonly published: number;
  /** Customers of the partition by segment. */
  readonly segmentCounts: SegmentCounts;
};

/** Customers by segment; segments without one may be missing. */
export type SegmentCounts = Readonly<Partial<Record<Segment, number>>>;

export type Commit = {
  readonly epoch: string;
  readonly expectedNext: number | null;
  readonly next: number;
  readonly batchToken: string;
  readonly partitionCount: number;
  readonly changes: ChangeSet;
  readonly control: PartitionControl;
  readonly touchedCurrencies: ReadonlySet<string>;
  readonly touchedTerritories: ReadonlySet<string>;
  readonly isAllDue: boolean;
  readonly outbox: readonly OutboxEntry[];
  /** High-water mark known at the time, as a copy. */
  readonly published: number;
  readonly segmentCounts: SegmentCounts;
};

/** committed; fenced: another owner acquired; cursor: the cursor is not where it was expected. */
export type CommitResult = 'committed' | 'fenced' | 'cursor';

export type StoredControl = {
  readonly names: readonly string[];
  readonly rates: PartitionControl['rates'];
  readonly territories: PartitionControl['territories'];
};

/** Where an owner left a partition's state: its epoch and the next offset of its last commit. */
export type Position = { readonly epoch: string; readonly next: number | null };

/**
 * State of partitions. Every method may throw a StoreUnavailable; a commit's outcome is then open. Reads
 * that are given a position are one atomic step with a look at the cursor, and throw StateMoved when it is
 * not there: a state read from another owner's time must never meet a cursor that went back.
 */
export type StateStore = {
  readonly acquire: (partition: number) => Promise<Cursor>;
  readonly readCursor: (partition: number) => Promise<Cursor>;
  readonly loadControl: (partition: number, at?: Position) => Promise<StoredControl>;
  /** Returns the stored customers in the order of the ids; null for those never heard of. */
  readonly load: (
    partition: number,
    customerIds: readonly string[],
    at?: Position,
  ) => Promise<readonly (CustomerState | null)[]>;
  /** Returns ids of customers due at or before a time, the longest due first. */
  readonly due: (
    partition: number,
    range: { readonly untilMs: number; readonly limit: number },
    at?: Position,
  ) => Promise<readonly string[]>;
  readonly commit: (partition: number, commit: Commit) => Promise<CommitResult>;
  readonly readOutbox: (partition: number) => Promise<readonly OutboxEntry[]>;
  /** Drops outbox entries of source offsets below the given one. */
  readonly trimOutbox: (partition: number, belowOffset: number) => Promise<void>;
  /**
   * Deletes all of a partition's state but the cursor's epoch, for a rebuild from the log: only one
   * without a cursor, or a torn one. Deletes nothing any more once another owner has acquired it.
   */
  readonly clear: (partition: number, epoch: string) => Promise<void>;
  readonly dueCount: (partition: number, untilMs: number) => Promise<number>;
};

/** Publishes a partition's outputs and its high-water mark in one transaction. */
export type PartitionPublisher = {
  /** Next source offset whose outputs are not published yet; null when nothing ever was. */
  readonly published: () => Promise<number | null>;
  /** Publishes all entries and moves the mark, atomically. Throws when the outcome is unknown. */
  readonly publish: (entries: readonly OutboxEntry[], nextOffset: number) => Promise<void>;
  readonly close: () => Promise<void>;
};

/** Opening a publisher fences the one before it, whatever process holds that. */
export type OpenPublisher = (partition: number) => Promise<PartitionPublisher>;

export type LogRange = { readonly start: number; readonly end: number };

/** The log of one partition while it is assigned to this process. */
export type PartitionSource = {
  readonly partition: number;
  readonly partitionCount: number;
  /** Starts delivery from an offset, drops what was buffered; a take under way returns empty. */
  readonly seek: (offset: number) => void;
  /** Waits for records, in offset order; empty when the partition was taken away or is stopping. */
  readonly take: (limit: {
    readonly records: number;
    readonly bytes: number;
  }) => Promise<readonly LogRecord[]>;
  /** True when so many records wait beyond the ones taken that the partition is behind. */
  readonly hasBacklog: () => boolean;
  /** The offsets the log holds now: `start` is the oldest, `end` the next to be written. */
  readonly logRange: () => Promise<LogRange>;
  /** Group offset for lag tools; nothing depends on it. */
  readonly reportProgress: (nextOffset: number) => void;
  readonly isAssigned: () => boolean;
};
