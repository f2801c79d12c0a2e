/**
 * Makes avsc refuse arrays and maps that claim more items than the record has bytes. It checks for
 * the end of the buffer only after the whole record, so five poisoned bytes (an item count of four
 * billion) would hang the process for minutes. Every item of our contract takes at least one byte. avsc
 * freezes its types, so the readers are replaced on the prototypes; the module must be loaded before
 * records are decoded, which is why record-schemas.ts imports it.
 */
import avro from 'avsc';

type Tap = {
  readonly buf: Uint8Array;
  pos: number;
  readonly readLong: () => number;
  readonly skipLong: () => void;
  readonly readString: () => string;
  readonly skipString: () => void;
};
type Items = { readonly _read: (tap: Tap) => unknown; readonly _skip: (tap: Tap) => void };
type ArrayLike = { readonly itemsType: Items };
type MapLike = { readonly valuesType: Items };
type Readers = { _read: (tap: Tap) => unknown; _skip: (tap: Tap) => void };

/** Reads the item count of a block; 0 ends the array. */
const readCount = (tap: Tap): number => {
  let count = tap.readLong();
  if (count < 0) {
    count = -count;
    tap.skipLong();
  }
  if (count > tap.buf.length - tap.pos) {
    throw new RangeError('an array claims more items than the record has bytes');
  }
  return count;
};

const prototypeOf = (schema: avro.Schema): Readers =>
  Object.getPrototypeOf(avro.Type.forSchema(schema)) as Readers;

const arrays = prototypeOf({ type: 'array', items: 'int' });
arrays._read = function readBoundedArray(this: ArrayLike, tap: Tap): unknown[] {
  const { itemsType } = this;
  const items: unknown[] = [];
  for (let count = readCount(tap); count > 0; count = readCount(tap)) {
    for (let i = 0; i < count; i += 1) items.push(itemsType._read(tap));
  }
  return items;
};
arrays._skip = function skipBoundedArray(this: ArrayLike, tap: Tap): void {
  const { itemsType } = this;
  for (let count = readCount(tap); count > 0; count = readCount(tap)) {
    for (let i = 0; i < count; i += 1) itemsType._skip(tap);
  }
};

const maps = prototypeOf({ type: 'map', values: 'int' });
maps._read = function readBoundedMap(this: MapLike, tap: Tap): Record<string, unknown> {
  const { valuesType } = this;
  const entries: [string, unknown][] = [];
  for (let count = readCount(tap); count > 0; count = readCount(tap)) {
    for (let i = 0; i < count; i += 1) entries.push([tap.readString(), valuesType._read(tap)]);
  }
  return Object.fromEntries(entries);
};
maps._skip = function skipBoundedMap(this: MapLike, tap: Tap): void {
  const { valuesType } = this;
  for (let count = readCount(tap); count > 0; count = readCount(tap)) {
    for (let i = 0; i < count; i += 1) {
      tap.skipString();
      valuesType._skip(tap);
    }
  }
};
