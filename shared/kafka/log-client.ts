/**
 * What the exactly-once path asks of a Kafka client, whichever it is (docs/adr/0011-two-kafka-clients.md):
 * to read assigned partitions from where their workers say, and to commit records and an offset in
 * one transaction. Both clients go through `test/contract/shared/kafka`.
 */
import type { LogHeader, LogRecord } from '../core/ports.js';

export type OutgoingRecord = {
  readonly topic: string;
  readonly partition: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: readonly LogHeader[];
};

export type TransactorOptions = {
  readonly transactionalId: string;
  /** Group that holds the offset; it has no members and is used by nothing else. */
  readonly groupId: string;
  readonly topic: string;
  readonly partition: number;
};

export type Transactor = {
  /** Next offset to read, as last committed; null when nothing ever was. */
  readonly committed: () => Promise<number | null>;
  /** Commits records and offset. Throws when the outcome is not known to be success. */
  readonly commit: (records: readonly OutgoingRecord[], nextOffset: number) => Promise<void>;
  readonly close: () => Promise<void>;
};

/** Takes a record; its headers come apart since they are rare. */
export type TakeRecord = (
  record: Omit<LogRecord, 'headers'>,
  headers: readonly LogHeader[] | undefined,
) => void;

/** What one fetch brought of a partition. */
export type FetchedBatch = {
  /** Offset that was asked for. */
  readonly fetchedOffset: number;
  /** End of the log. */
  readonly highWatermark: number;
  /** Last offset the batch covers: markers and aborted records count, though they are not handed out. */
  readonly lastOffset: number;
  /** Hands out the committed records in order. */
  readonly forEach: (take: TakeRecord) => void;
};

export type PartitionRange = {
  readonly partition: number;
  readonly start: number;
  readonly end: number;
};

export type GroupReaderEvents = {
  /** A new assignment: all its partitions are paused until they are positioned. */
  readonly onAssigned: (partitions: readonly number[]) => void;
  readonly onBatch: (partition: number, batch: FetchedBatch) => void;
  /** Offsets that hold nothing to hand out. */
  readonly onSkipped: (
    partition: number,
    batch: { readonly firstOffset: number; readonly lastOffset: number },
  ) => void;
  /** The fetch loop or the heartbeat works. */
  readonly onAlive: () => void;
  readonly onCrash: (error: Error) => void;
  readonly onProblem: (name: string, error: unknown) => void;
};

export type GroupReaderOptions = {
  readonly topic: string;
  readonly groupId: string;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
};

/** Positions and pauses assigned partitions; takes effect with the next fetch. */
export type PartitionControls = {
  readonly seek: (partition: number, offset: number) => void;
  readonly pause: (partition: number) => void;
  readonly resume: (partition: number) => void;
};

/** A member of a group, which assigns partitions; where to read is the workers' to say. */
export type GroupReader = PartitionControls & {
  readonly start: (events: GroupReaderEvents) => Promise<void>;
  readonly ranges: () => Promise<readonly PartitionRange[]>;
  /** Commits group offsets, which nothing depends on but the usual lag tools. */
  readonly commit: (
    offsets: readonly { readonly partition: number; readonly offset: number }[],
  ) => Promise<void>;
  readonly close: () => Promise<void>;
};

export type LogClient = {
  /** Opens a transactor and fences the one before it. */
  readonly openTransactor: (options: TransactorOptions) => Promise<Transactor>;
  /** Creates a member of a group; nothing happens before its start. */
  readonly createGroupReader: (options: GroupReaderOptions) => GroupReader;
};

/** How often a member sends heartbeats. */
const HEARTBEAT_INTERVAL_MS_MAX = 3_000;
const HEARTBEATS_PER_SESSION = 4;
export const heartbeatIntervalMs = (sessionTimeoutMs: number): number =>
  Math.min(HEARTBEAT_INTERVAL_MS_MAX, Math.floor(sessionTimeoutMs / HEARTBEATS_PER_SESSION));

/** How long a broker may wait for records, and how many it may send at once. */
export const FETCH = {
  maxWaitMs: 100,
  maxBytesPerPartition: 1 << 20,
  maxBytes: 8 << 20,
} as const;

/** An open transaction blocks read_committed readers: its coordinator ends it after this. */
export const TRANSACTION_TIMEOUT_MS = 15_000;
