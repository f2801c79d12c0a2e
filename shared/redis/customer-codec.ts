/**
 * Packs a customer's state for Redis: a version byte, when it is due, features and ledger base in our
 * own packing, standing in Avro, whose schema resolution migrates older versions on read: the
 * schemas of all versions are kept (schemas/state/versions). The ledger itself is a value of its
 * own, so that an order appends to it instead of rewriting it.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import avro from 'avsc';
import { createVector, VECTOR_LENGTH } from '../core/features/vector.js';
import { openLedger, type LedgerBase } from '../core/customer/ledger.js';
import type { CustomerState, Standing } from '../core/customer/state.js';
import { readVarint, writeVarint, type Cursor } from '../core/customer/varint.js';
import { numbersBytesMax, readNumbers, writeNumbers } from './numbers-codec.js';

/**
 * Version of the layout. A change of the standing's schema raises it, and the new schema is kept under
 * it as well; the golden test demands both, and holds bytes of every version.
 */
export const CUSTOMER_CODEC_VERSION = 1;
const FIXED_BYTES_MAX = 64;

type StoredStanding = Pick<CustomerState, 'mergedInto' | 'erasedAtMs' | 'master' | 'machines'> & {
  standing: Omit<Standing, 'dueAtMs'>;
};

export type CustomerCodec = {
  /** Encodes features and standing; `isStandingChanged` false reuses the standing's last bytes. */
  readonly encode: (customer: CustomerState, isStandingChanged: boolean) => Uint8Array;
  /** Decodes what `encode` wrote, with the ledger's bytes; throws on an unknown version. */
  readonly decode: (customerId: string, bytes: Uint8Array, ledger: Uint8Array) => CustomerState;
};

const readType = (file: string): avro.Type =>
  avro.Type.forSchema(JSON.parse(readFileSync(file, 'utf8')) as avro.Schema);

/** How the standing of older versions is read into today's, by version. */
const olderReaders = (type: avro.Type, schemaFile: string, version: number) => {
  const fileOf = (older: number): string =>
    join(dirname(schemaFile), 'versions', `customer-standing-${String(older)}.avsc`);
  return new Map(
    Array.from({ length: version - 1 }, (_, i) => i + 1).map((older) => [
      older,
      type.createResolver(readType(fileOf(older))),
    ]),
  );
};

/** Creates a codec; `schemaFile` is the Avro schema of the standing, today's version of the layout. */
export const createCustomerCodec = (
  schemaFile: string,
  version: number = CUSTOMER_CODEC_VERSION,
): CustomerCodec => {
  const type = readType(schemaFile);
  const older = olderReaders(type, schemaFile, version);
  const scratch: Cursor = { bytes: Buffer.allocUnsafeSlow(1 << 16), at: 0 };

  const encodeStanding = (customer: CustomerState, isChanged: boolean): Uint8Array => {
    if (!isChanged && customer.packedStanding !== null) return customer.packedStanding;
    const bytes = type.toBuffer(customer);
    customer.packedStanding = bytes;
    return bytes;
  };

  return {
    encode: (customer, isStandingChanged) => {
      const standing = encodeStanding(customer, isStandingChanged);
      const { base } = customer.ledger;
      const numbers = customer.vector.length + customer.groups.length;
      const room =
        FIXED_BYTES_MAX +
        2 * numbersBytesMax(numbers) +
        numbersBytesMax(base === null ? 0 : base.vector.length + base.groups.length) +
        standing.length;
      if (scratch.bytes.length < room) scratch.bytes = Buffer.allocUnsafeSlow(room * 2);
      scratch.at = 0;
      scratch.bytes[scratch.at++] = version;
      writeVarint(scratch, customer.standing.dueAtMs + 1);
      writeNumbers(scratch, customer.vector);
      writeNumbers(scratch, customer.groups);
      writeBase(scratch, base);
      scratch.bytes.set(standing, scratch.at);
      return scratch.bytes.subarray(0, scratch.at + standing.length);
    },
    decode: (customerId, bytes, ledger) => {
      const resolver = older.get(bytes[0] ?? 0);
      if (bytes[0] !== version && resolver === undefined) {
        throw new Error(`stored state has version ${String(bytes[0])}, which no reader knows`);
      }
      const cursor: Cursor = { bytes, at: 1 };
      const dueAtMs = readVarint(cursor) - 1;
      const vector = readVector(cursor);
      const groups = readNumbers(cursor);
      const base = readBase(cursor);
      const rest = bytes.subarray(cursor.at);
      const stored = type.fromBuffer(Buffer.from(rest), resolver) as StoredStanding;
      const customer: CustomerState = {
        customerId,
        vector,
        groups,
        ledger: openLedger(ledger, base),
        master: stored.master,
        machines: stored.machines,
        mergedInto: stored.mergedInto,
        erasedAtMs: stored.erasedAtMs,
        standing: { ...stored.standing, dueAtMs },
        // Bytes of an older version must not go back under today's.
        packedStanding: resolver === undefined ? rest : null,
      };
      return customer;
    },
  };
};

/** Reads a vector; one written by an older layout gets defaults for the features it lacks. */
const readVector = (cursor: Cursor): number[] => {
  const vector = createVector();
  const stored = readNumbers(cursor);
  for (let i = 0; i < Math.min(stored.length, VECTOR_LENGTH); i += 1) vector[i] = stored[i] ?? 0;
  return vector;
};

const writeBase = (cursor: Cursor, base: LedgerBase | null): void => {
  writeVarint(cursor, base === null ? 0 : base.untilMs);
  if (base === null) return;
  writeNumbers(cursor, base.vector);
  writeNumbers(cursor, base.groups);
};

const readBase = (cursor: Cursor): LedgerBase | null => {
  const untilMs = readVarint(cursor);
  if (untilMs === 0) return null;
  return { untilMs, vector: readVector(cursor), groups: readNumbers(cursor) };
};
