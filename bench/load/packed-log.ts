/**
 * The load as a broker's answer holds it: encoded values behind one another in large buffers, of which
 * records are views. A million small buffers of their own would burden the garbage collector with work
 * that no client has, and the measurement with it.
 */
import type { OrderEvent } from '../../shared/core/contract.generated.js';
import { createRecordEncoder } from '../../shared/avro/record-encoder.js';
import type { LogRecord } from '../../shared/core/ports.js';
import { createOrders, type LoadOptions } from './orders.js';

export const ORDER_RECORD = 'kundenpuls.events.OrderEvent';

export type PackedLog = {
  readonly count: number;
  /** Mean size of a value. */
  readonly bytesPerOrder: number;
  /** Returns records as a client would hand them over: views of a shared buffer. */
  readonly records: (from: number, to: number) => LogRecord[];
};

const SLAB_BYTES = 1 << 20;
/** Largest value that the load has, with room to spare. */
const VALUE_BYTES_MAX = 2_048;

/** Encodes a load in the registry's wire format. */
export const packLog = (options: LoadOptions, schemaId: number): PackedLog => {
  const encoder = createRecordEncoder(new Map([[ORDER_RECORD, schemaId]]));
  const slabs: Buffer[] = [];
  const places: number[] = [];
  const lengths: number[] = [];
  const timesMs: number[] = [];
  const customerIds: string[] = [];
  let slab = Buffer.allocUnsafeSlow(0);
  let at = 0;
  let bytes = 0;
  const add = (event: OrderEvent): void => {
    if (at + VALUE_BYTES_MAX > slab.length) {
      slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
      slabs.push(slab);
      at = 0;
    }
    const value = encoder.encode(ORDER_RECORD, event);
    value.copy(slab, at);
    places.push((slabs.length - 1) * SLAB_BYTES + at);
    lengths.push(value.length);
    timesMs.push(event.occurredAtMs);
    customerIds.push(event.customerId);
    at += value.length;
    bytes += value.length;
  };
  for (const event of createOrders(options)) add(event);

  const record = (offset: number): LogRecord => {
    const place = places[offset] ?? 0;
    const from = place % SLAB_BYTES;
    const value = slabs[Math.floor(place / SLAB_BYTES)]?.subarray(
      from,
      from + (lengths[offset] ?? 0),
    );
    return {
      offset,
      timestampMs: timesMs[offset] ?? 0,
      key: Buffer.from(customerIds[offset] ?? ''),
      value: value ?? null,
    };
  };
  return {
    count: places.length,
    bytesPerOrder: bytes / places.length,
    records: (from, to) =>
      Array.from({ length: Math.min(to, places.length) - from }, (_, i) => record(from + i)),
  };
};
