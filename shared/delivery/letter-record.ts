/** The record that a dead letter is about, out of the letter: the way back of letterAbout. */
import type { DeadLetter } from '../core/contract.generated.js';
import type { PlacedRecord } from '../core/validation/dead-letter.js';

/** Returns a copy of decoded bytes. */
export const bufferOf = (bytes: Uint8Array | null): Buffer | null =>
  bytes === null ? null : Buffer.from(bytes);

/** Returns the record that a letter is about. */
export const recordIn = (letter: DeadLetter): PlacedRecord => ({
  topic: letter.topic,
  partition: letter.partition,
  offset: letter.offset,
  timestampMs: letter.recordedAtMs,
  key: bufferOf(letter.key),
  value: bufferOf(letter.value),
  headers: letter.headers,
});
