/** A record as a dead letter carries it: place, bytes and headers, so that nothing is lost. */
import type { DeadLetter } from '../contract.generated.js';
import type { LogRecord } from '../ports.js';

/** A record by its original place, which for a replayed letter is not where it was read. */
export type PlacedRecord = LogRecord & { readonly topic: string; readonly partition: number };

export type LetterFacts = {
  /** The service that refuses; two that refuse the same record write two letters. */
  readonly service: string;
  readonly code: string;
  readonly reason: string;
};

/** Returns the letter about a record; the same however often it is written. */
export const letterAbout = (
  { topic, partition, offset, timestampMs, key, value, headers = [] }: PlacedRecord,
  { service, code, reason }: LetterFacts,
): DeadLetter => ({
  outputId: `${service}-${topic}-${String(partition)}-${String(offset)}`,
  code,
  reason,
  topic,
  partition,
  offset,
  recordedAtMs: timestampMs,
  key,
  value,
  headers,
});
