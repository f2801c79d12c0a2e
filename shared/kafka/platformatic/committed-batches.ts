/**
 * Leaves out what aborted transactions wrote. The library's own filter remembers one aborted
 * transaction per producer and lets records through whose marker is not in the same answer.
 */
import type { Consumer, RecordsBatch } from '@platformatic/kafka';
import type { TakeRecord } from '../log-client.js';

type FetchAnswer = Awaited<ReturnType<Consumer['fetch']>>;
export type FetchedPartition = FetchAnswer['responses'][number]['partitions'][number];
type Fetched = Pick<FetchedPartition, 'abortedTransactions' | 'records'>;

const IS_LOG_APPEND_TIME = 1 << 3;
const IS_TRANSACTIONAL = 1 << 4;
const IS_CONTROL = 1 << 5;
/** Type of the marker that ends an aborted transaction, behind the key's version. */
const ABORT = 0;

const isAbortMarker = ({ records }: RecordsBatch): boolean =>
  records[0]?.key?.readInt16BE(2) === ABORT;

/** Returns the batches of records that were committed, or written outside of transactions. */
export const committedBatches = ({
  records,
  abortedTransactions,
}: Fetched): readonly RecordsBatch[] => {
  const aborted = [...(abortedTransactions ?? [])].sort((a, b) =>
    a.firstOffset < b.firstOffset ? -1 : 1,
  );
  const open = new Set<bigint>();
  let next = 0;
  return (records ?? []).filter((batch) => {
    for (; next < aborted.length; next += 1) {
      const transaction = aborted[next];
      if (transaction === undefined || transaction.firstOffset > batch.firstOffset) break;
      open.add(transaction.producerId);
    }
    if ((batch.attributes & IS_CONTROL) !== 0) {
      if (isAbortMarker(batch)) open.delete(batch.producerId);
      return false;
    }
    return (batch.attributes & IS_TRANSACTIONAL) === 0 || !open.has(batch.producerId);
  });
};

/** Hands out the records of a batch from an offset on: a broker answers with whole batches. */
export const takeBatch = (batch: RecordsBatch, from: number, take: TakeRecord): void => {
  const firstOffset = Number(batch.firstOffset);
  const isAppendTime = (batch.attributes & IS_LOG_APPEND_TIME) !== 0;
  for (const { offsetDelta, timestampDelta, key, value, headers } of batch.records) {
    const offset = firstOffset + offsetDelta;
    if (offset < from) continue;
    const timestamp = isAppendTime ? batch.maxTimestamp : batch.firstTimestamp + timestampDelta;
    take(
      { offset, timestampMs: Number(timestamp), key, value },
      headers.length === 0
        ? undefined
        : headers.map(([name, content]) => ({ name: String(name ?? ''), value: content })),
    );
  }
};

/** Last offset that the batches cover; null when there are none. */
export const lastOffsetOf = ({ records }: Fetched): number | null => {
  const last = records?.at(-1);
  return last === undefined ? null : Number(last.firstOffset) + last.lastOffsetDelta;
};
