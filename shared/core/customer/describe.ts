/**
 * Spells out the state of a customer: every feature by its name, every document of the ledger, interned
 * products by their names. For exports and for people; nothing computes from it. Names end with their
 * unit, as everywhere (`UNITS` says what the endings mean).
 */
import { G, GROUP_STRIDE } from '../features/groups.js';
import { V, VECTOR_LENGTH } from '../features/vector.js';
import type { Names } from './document.js';
import { documentsOf, type Ledger, type LedgerBase } from './ledger.js';
import type { CustomerState } from './state.js';

type Json = Readonly<Record<string, unknown>>;

/** What the ending of a field's name says of its number. */
export const UNITS: Readonly<Record<string, string>> = {
  Ms: 'a time in milliseconds since 1970-01-01 UTC, or a duration in milliseconds',
  Minor:
    'an amount in minor units (cents) of the currency of the record; of states, of the rulebook',
  Milli: 'thousandths of the unit of sale',
  Days: 'days',
  orderDays: 'days with a purchase',
  gapSquaredDays: 'sum of the squared gaps between purchase days, days squared',
  gapLogSum: 'sum of the natural logarithms of the gaps between purchase days, in days',
  decayed: 'a sum that fades with a half-life of as many weeks as the name says, as of decayedAtMs',
  tileMonth: 'months of 30.4375 days since 1970-01-01 of the newest tile',
  tilesMinor: 'net revenue by month, month m at m modulo the number of tiles',
  orderHash: '53 bits of a hash of the order id, which the state does not hold',
};

/** Fields of the standing that hold an interned name, by the name they get here. */
const INTERNED: Readonly<Record<string, string>> = {
  groupId: 'productGroup',
  skuId: 'sku',
  scopeId: 'scope',
};

/** Returns the state with names for numbers, ready for JSON. */
export const describeCustomer = (customer: CustomerState, names: Names): Json => {
  const { customerId, vector, groups, ledger, standing, ...rest } = customer;
  return {
    customerId,
    ...rest,
    standing: withNames(standing, names),
    features: describeVector(vector),
    productGroups: describeGroups(groups, names),
    ledger: describeLedger(ledger, names),
  };
};

const describeVector = (vector: readonly number[]): Json => {
  const { tiles, ...single } = V;
  return {
    ...Object.fromEntries(Object.entries(single).map(([name, index]) => [name, vector[index]])),
    tilesMinor: vector.slice(tiles, VECTOR_LENGTH),
  };
};

const describeGroups = (groups: readonly number[], names: Names): readonly Json[] => {
  const described: Json[] = [];
  for (let start = 0; start < groups.length; start += GROUP_STRIDE) {
    const fields = Object.entries(G).map(([name, index]) => [name, groups[start + index]] as const);
    described.push(withNames(Object.fromEntries(fields), names) as Json);
  }
  return described;
};

const describeLedger = (ledger: Ledger, names: Names): Json => ({
  documents: [...documentsOf(ledger)].map((document) => withNames(document, names)),
  before: ledger.base === null ? null : describeBase(ledger.base, names),
});

/** What documents that left the window have left behind. */
const describeBase = ({ untilMs, vector, groups }: LedgerBase, names: Names): Json => ({
  untilMs,
  features: describeVector(vector),
  productGroups: describeGroups(groups, names),
});

const withNames = (value: unknown, names: Names): unknown => {
  if (Array.isArray(value)) return value.map((item) => withNames(item, names));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]: [string, unknown]) => {
      const spelt = INTERNED[name];
      return spelt !== undefined && typeof inner === 'number'
        ? [spelt, inner < 0 ? null : names.nameOf(inner)]
        : [name, withNames(inner, names)];
    }),
  );
};
