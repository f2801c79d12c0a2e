/**
 * Turns outputs of the core into outbox entries: topic, key and Avro bytes in the registry's wire
 * format. Deterministic: after a crash an output may be computed and encoded again.
 */
import { assertNever } from '../../shared/core/assert-never.js';
import type { EngineOutput } from '../../shared/core/engine/engine.js';
import type { OutboxEntry } from '../../shared/core/ports.js';
import { reasonSentence } from '../../shared/core/validation/reasons.js';
import type { RecordEncoder } from '../../shared/avro/record-encoder.js';
import { outputIndexOf, OUTPUT_TOPICS, TOPICS } from '../../shared/kafka/topics.js';
import type { OutputEncoder } from '../../shared/pipeline/worker-deps.js';

type Encoded = Pick<OutboxEntry, 'output' | 'key' | 'value'>;

/** Full names of the records the scorer writes, to look their schema ids up. */
export const OUTPUT_RECORDS: readonly string[] = OUTPUT_TOPICS.flatMap(
  (name) => TOPICS[name].records,
);

const SEGMENT_CHANGES = outputIndexOf('segment-changes');
const ALERTS = outputIndexOf('under-performance-alerts');
const OPPORTUNITIES = outputIndexOf('sales-opportunities');
const SCORES = outputIndexOf('customer-scores');
const DEAD_LETTERS = outputIndexOf('dead-letters');
const ERASURES = outputIndexOf('erasures');
const INPUT = outputIndexOf('customer-events');

/** Creates the encoder; `inputTopic` is the full name that dead letters give as their source. */
export const createOutputEncoder = (
  records: RecordEncoder,
  { inputTopic }: { readonly inputTopic: string },
): OutputEncoder => {
  const encoded = (output: number, key: string, name: string, record: object): Encoded => ({
    output,
    key: Buffer.from(key),
    value: records.encode(`kundenpuls.outputs.${name}`, record),
  });
  const encode = (output: EngineOutput): Encoded => {
    switch (output.kind) {
      case 'segment-changed':
        return encoded(SEGMENT_CHANGES, output.record.customerId, 'SegmentChanged', output.record);
      case 'under-performance-alert':
        return encoded(ALERTS, output.record.customerId, 'UnderPerformanceAlert', output.record);
      case 'sales-opportunity':
        return encoded(OPPORTUNITIES, output.record.customerId, 'SalesOpportunity', output.record);
      case 'customer-score':
        return encoded(SCORES, output.record.customerId, 'CustomerScore', output.record);
      case 'erasure-completed':
        return encoded(ERASURES, output.record.requestId, 'ErasureCompleted', output.record);
      case 'history-forwarded':
        return {
          output: INPUT,
          key: Buffer.from(output.record.customerId),
          value: records.encode('kundenpuls.events.HistoryForwarded', output.record),
        };
      case 'tick-continued':
        return {
          output: INPUT,
          key: null,
          value: records.encode('kundenpuls.events.Tick', output.record),
        };
      case 'tombstone':
        return {
          output: outputIndexOf(output.topic),
          key: Buffer.from(output.customerId),
          value: null,
        };
      default:
        return assertNever(output);
    }
  };
  return {
    encode,
    deadLetter: ({ code, detail }, record, { partition, outputId }) => ({
      output: DEAD_LETTERS,
      // By its own id: a tombstone settles exactly this letter.
      key: Buffer.from(outputId),
      value: records.encode('kundenpuls.outputs.DeadLetter', {
        outputId,
        code,
        reason: reasonSentence(code, detail),
        topic: inputTopic,
        partition,
        offset: record.offset,
        recordedAtMs: record.timestampMs,
        key: record.key,
        value: record.value,
        headers: record.headers ?? [],
      }),
    }),
  };
};
