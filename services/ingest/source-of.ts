/** Tells a record's original place: its own, or for a replayed dead letter that of the letter. */
import type { RecordDecoder } from '../../shared/avro/record-decoder.js';
import { isRefusal } from '../../shared/avro/record-decoder.js';
import type { DeadLetter } from '../../shared/core/contract.generated.js';
import type { LogRecord } from '../../shared/core/ports.js';
import type { PlacedRecord } from '../../shared/core/validation/dead-letter.js';
import { recordIn } from '../../shared/delivery/letter-record.js';
import { DEAD_LETTER } from '../../shared/kafka/dead-letter-writer.js';

type SourceOf = (record: LogRecord, partition: number) => PlacedRecord | null;

/** The place of records of a source topic. */
export const ownPlace =
  (topic: string): SourceOf =>
  (record, partition) => ({ ...record, topic, partition });

/** The letter that a record of the replays topic holds, if it is of one of the given topics. */
export const letterOf = (
  decoder: RecordDecoder,
  topics: ReadonlySet<string>,
  value: Buffer | null,
): DeadLetter | null => {
  const decoded = decoder.decode(value);
  if (isRefusal(decoded) || decoded.name !== DEAD_LETTER) return null;
  const letter = decoded.record as DeadLetter;
  return topics.has(letter.topic) ? letter : null;
};

/** The place of records of the replays topic; letters of other services' topics are not ours. */
export const letterPlace =
  (decoder: RecordDecoder, topics: ReadonlySet<string>): SourceOf =>
  ({ value }) => {
    const letter = letterOf(decoder, topics, value);
    return letter === null ? null : recordIn(letter);
  };
