/** Bytes of the simulation: events and outputs in the real wire format, by the real codecs. */
import { createOutputEncoder, OUTPUT_RECORDS } from '../../../services/scorer/output-encoder.js';
import { recordSchema } from '../../../shared/avro/record-schemas.js';
import { createRecordEncoder, type RecordEncoder } from '../../../shared/avro/record-encoder.js';
import { createEventDecoder } from '../../../shared/avro/event-decoder.js';
import { INPUT_EVENT_TYPES, type InputEvent } from '../../../shared/core/engine/input-event.js';
import type { EventDecoder, OutputEncoder } from '../../../shared/pipeline/worker-deps.js';

export const INPUT_TOPIC = 'customer-events';

const names = INPUT_EVENT_TYPES.map((type) => `kundenpuls.events.${type}`);
const ids = new Map(names.map((name, i) => [name, i + 1]));
/** A schema id that no registry knows. */
export const UNKNOWN_SCHEMA_ID = 99;

const encoder: RecordEncoder = createRecordEncoder(ids);

/** Encodes an event as a producer would. */
export const encodeEvent = (input: InputEvent): Buffer =>
  encoder.encode(`kundenpuls.events.${input.type}`, input.event);

/** The schema id of a value, null when it has none. */
export const schemaIdOfValue = (value: Buffer | null): number | null =>
  value !== null && value.length >= 5 && value[0] === 0 ? value.readUInt32BE(1) : null;

let shared: EventDecoder | null = null;

/** Returns the real decoder with every schema learnt; a process's own trouble is simulated around it. */
export const loadDecoder = async (): Promise<EventDecoder> => {
  if (shared !== null) return shared;
  const decoder = createEventDecoder({
    registry: {
      schemaById: (id) => {
        const name = names[id - 1];
        return Promise.resolve(name === undefined ? null : recordSchema(name).text);
      },
    },
    sleep: () => Promise.resolve(),
    nowMs: () => 0,
  });
  const header = (id: number): Buffer => {
    const value = Buffer.alloc(5);
    value.writeUInt32BE(id, 1);
    return value;
  };
  const values = [...ids.values(), UNKNOWN_SCHEMA_ID].map(header);
  await decoder.prepare(
    values.map((value, offset) => ({ offset, timestampMs: 0, key: null, value })),
  );
  shared = decoder;
  return decoder;
};

/** Ids of outputs lie above those of events, which the scorer writes back as well: under their own ids. */
const OUTPUT_SCHEMA_ID_MIN = 200;

/** The real encoder of outputs. */
export const outputEncoder: OutputEncoder = createOutputEncoder(
  createRecordEncoder(
    new Map(OUTPUT_RECORDS.map((name, i) => [name, ids.get(name) ?? OUTPUT_SCHEMA_ID_MIN + i])),
  ),
  { inputTopic: INPUT_TOPIC },
);
