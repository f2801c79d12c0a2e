/**
 * One partition of a topic: plain records and records of transactions that are open, committed or
 * aborted. A read_committed reader stops at the first open one, so a transaction left open blocks it.
 */
import type { LogRecord } from '../../../shared/core/ports.js';
import { KafkaReplyError } from './errors.js';

export type StoredRecord = LogRecord & {
  /** Null for a record outside of a transaction. */
  readonly producerId: number | null;
  fate: 'open' | 'committed' | 'aborted';
};

type Message = { readonly key: Buffer | null; readonly value: Buffer | null };

export type Fetched = {
  readonly records: readonly StoredRecord[];
  /** Offset behind everything that was looked at. */
  readonly next: number;
};

export type PartitionLog = {
  /** Appends a record outside of a transaction. */
  readonly add: (record: Message) => void;
  /** Appends a batch; one that was appended before, by its sequence, is acknowledged only. */
  readonly append: (batch: {
    readonly producerId: number;
    readonly epoch: number;
    readonly sequence: number;
    readonly messages: readonly Message[];
  }) => void;
  /** Ends the producer's transaction on this log; the marker takes an offset. */
  readonly mark: (producerId: number, isCommit: boolean) => void;
  /** Returns committed records from an offset on, up to the last stable offset. */
  readonly fetch: (from: number, count: number) => Fetched;
  /** Leaves a gap in the offsets, as compaction does. */
  readonly skip: () => void;
  readonly deleteBefore: (offset: number) => void;
  readonly start: () => number;
  readonly end: () => number;
  /** First offset that a read_committed reader must not pass. */
  readonly stable: () => number;
};

export type PartitionLogOptions = {
  readonly nowMs: () => number;
  /** Called when more of the log may be readable. */
  readonly onStable: () => void;
};

/** Creates an empty log. */
export const createPartitionLog = ({ nowMs, onStable }: PartitionLogOptions): PartitionLog => {
  const records: StoredRecord[] = [];
  const sequences = new Map<number, { epoch: number; next: number }>();
  let start = 0;
  let end = 0;
  const put = ({ key, value }: Message, producerId: number | null): void => {
    const fate = producerId === null ? 'committed' : 'open';
    records.push({ offset: end, timestampMs: nowMs(), key, value, producerId, fate });
    end += 1;
  };
  return {
    add: (record) => {
      put(record, null);
      onStable();
    },
    append: ({ producerId, epoch, sequence, messages }) => {
      let known = sequences.get(producerId);
      if (known === undefined || known.epoch !== epoch) {
        known = { epoch, next: 0 };
        sequences.set(producerId, known);
      }
      if (sequence < known.next) return;
      if (sequence > known.next) throw new KafkaReplyError('OUT_OF_ORDER_SEQUENCE_NUMBER');
      known.next = sequence + messages.length;
      for (const message of messages) put(message, producerId);
    },
    mark: (producerId, isCommit) => {
      for (const record of records) {
        if (record.producerId !== producerId || record.fate !== 'open') continue;
        record.fate = isCommit ? 'committed' : 'aborted';
      }
      end += 1;
      onStable();
    },
    fetch: (from, count) => {
      const found: StoredRecord[] = [];
      for (const record of records) {
        if (record.offset < from) continue;
        if (record.fate === 'open' || found.length === count) {
          return { records: found, next: record.offset };
        }
        if (record.fate === 'committed') found.push(record);
      }
      return { records: found, next: end };
    },
    skip: () => {
      end += 1;
    },
    deleteBefore: (offset) => {
      start = Math.max(start, Math.min(offset, end));
      while (records[0] !== undefined && records[0].offset < start) records.shift();
    },
    start: () => start,
    end: () => end,
    stable: () => records.find(({ fate }) => fate === 'open')?.offset ?? end,
  };
};
