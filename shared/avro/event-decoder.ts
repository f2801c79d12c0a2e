/**
 * Decodes the records of customer-events into input events of the core, and refuses those whose key
 * is not their customer: on a wrong partition a customer would have two states.
 */
import { INPUT_EVENT_TYPES, isBroadcast, type InputEvent } from '../core/engine/input-event.js';
import type { LogRecord } from '../core/ports.js';
import {
  createRecordDecoder,
  isRefusal,
  type DecodeRefusal,
  type RecordDecoderOptions,
} from './record-decoder.js';

const NAMESPACE = 'kundenpuls.events.';
const EVENT_NAMES = INPUT_EVENT_TYPES.map((type) => `${NAMESPACE}${type}`);
const ASCII_MAX = 0x7f;

export type EventDecoder = {
  readonly prepare: (records: readonly LogRecord[]) => Promise<void>;
  readonly decode: (record: LogRecord) => InputEvent | DecodeRefusal;
};

/** Creates the decoder of the input log. */
export const createEventDecoder = (options: Omit<RecordDecoderOptions, 'names'>): EventDecoder => {
  const decoder = createRecordDecoder({ ...options, names: EVENT_NAMES });
  return {
    prepare: (records) => decoder.prepare(records.map(({ value }) => value)),
    decode: ({ key, value }) => {
      const decoded = decoder.decode(value);
      if (isRefusal(decoded)) return decoded;
      const input = {
        type: decoded.name.slice(NAMESPACE.length),
        event: decoded.record,
      } as InputEvent;
      return isBroadcast(input) ? input : (refuseKey(input.event.customerId, key) ?? input);
    },
  };
};

const CUSTOMER_MISSING: DecodeRefusal = { code: 'customer-missing', detail: '' };
const KEY_MISMATCH: DecodeRefusal = { code: 'key-mismatch', detail: '' };

const refuseKey = (customerId: string, key: Buffer | null): DecodeRefusal | null => {
  if (customerId === '') return CUSTOMER_MISSING;
  return key !== null && isKey(customerId, key) ? null : KEY_MISMATCH;
};

/** Compares without making a string of the key, as long as the id is ASCII. */
const isKey = (customerId: string, key: Buffer): boolean => {
  if (key.length !== customerId.length) return key.toString('utf8') === customerId;
  for (let i = 0; i < key.length; i += 1) {
    const code = customerId.charCodeAt(i);
    if (code > ASCII_MAX) return key.toString('utf8') === customerId;
    if (code !== key[i]) return false;
  }
  return true;
};
