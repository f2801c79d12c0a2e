/**
 * Makes kafkajs hide the records of aborted transactions, all of them. Its own filter expects the
 * broker's list to be ordered by first offset, while brokers order it by the end of the transactions,
 * and it opens one transaction per record: where two producers' transactions overlap and both abort,
 * as after the kill of an ingest, records that were never committed reach readers. Found by the kill
 * test of ingest. The method that fetches is wrapped: what is aborted is marked as a control record,
 * which kafkajs passes over while its position still moves.
 */
import { createRequire } from 'node:module';

type Fetched = {
  readonly offset: string;
  readonly key: Buffer | null;
  isControlRecord?: boolean;
  readonly batchContext: { readonly producerId: string; readonly inTransaction: boolean };
};
type AbortedTransaction = { readonly producerId: string; readonly firstOffset: string };
export type FetchedPartition = {
  readonly messages: readonly Fetched[];
  abortedTransactions?: readonly AbortedTransaction[] | null;
};
type FetchAnswer = {
  readonly responses: readonly { readonly partitions: readonly FetchedPartition[] }[];
};
type BrokerPrototype = { fetch: (request: unknown) => Promise<FetchAnswer> };

/** Key of the marker that ends an aborted transaction: version 0, type 0. */
const ABORT_MARKER = Buffer.alloc(4);
const BY_FIRST_OFFSET = (a: AbortedTransaction, b: AbortedTransaction): number =>
  BigInt(a.firstOffset) < BigInt(b.firstOffset) ? -1 : 1;

/** Marks the aborted records of a fetched partition as control records and empties the list. */
export const markAborted = (partition: FetchedPartition): void => {
  const aborted = [...(partition.abortedTransactions ?? [])].sort(BY_FIRST_OFFSET);
  if (aborted.length === 0) return;
  const open = new Set<string>();
  let next = 0;
  for (const message of partition.messages) {
    const offset = BigInt(message.offset);
    for (; next < aborted.length; next += 1) {
      const transaction = aborted[next];
      if (transaction === undefined || BigInt(transaction.firstOffset) > offset) break;
      open.add(transaction.producerId);
    }
    const producerId = message.batchContext.producerId;
    if (message.isControlRecord === true) {
      if (message.key?.equals(ABORT_MARKER) === true) open.delete(producerId);
    } else if (message.batchContext.inTransaction && open.has(producerId)) {
      message.isControlRecord = true;
    }
  }
  partition.abortedTransactions = [];
};

let isInstalled = false;

/** Wraps kafkajs's fetch; may be called again. */
export const hideAbortedRecords = (): void => {
  if (isInstalled) return;
  isInstalled = true;
  const requireHere = createRequire(import.meta.url);
  const { prototype } = requireHere('kafkajs/src/broker') as { prototype: BrokerPrototype };
  const { fetch } = prototype;
  prototype.fetch = async function fetchCommitted(request) {
    const answer = await fetch.call(this, request);
    for (const { partitions } of answer.responses) partitions.forEach(markAborted);
    return answer;
  };
};
