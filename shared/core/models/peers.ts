/**
 * What comparable customers buy: by machine type, where the machine base is known, and by industry. For every
 * product group how many of them bought it within a year, and what the middle one of these spent. White
 * space of a customer is what its peers buy and it never did.
 */
import type { Machine } from '../customer/state.js';
import { MS_PER_DAY } from '../features/vector.js';
import type { CustomerHistory } from './history.js';

export type PeerKind = 'machine_type' | 'industry';

export type PeerGroup = {
  readonly productGroup: string;
  /** Customers who bought it in the year, and the middle one's yearly spend, reporting minor units. */
  readonly buyers: number;
  readonly yearlyMinor: number;
};

/** Customers that have a machine type or an industry in common. */
export type PeerClass = {
  readonly kind: PeerKind;
  readonly name: string;
  readonly customers: number;
  /** What the middle one of them bought in the year of everything. */
  readonly trailingMinor: number;
  readonly groups: readonly PeerGroup[];
};

/** What master data say about a customer, as far as it is known. */
export type PeerTraits = {
  /** Machines in operation, and their types. */
  readonly machines: readonly Machine[];
  readonly machineTypes: ReadonlySet<string>;
  readonly industry: string | null;
};
export type TraitsOf = (customerId: string) => PeerTraits | null;

const YEAR_MS = 365.25 * MS_PER_DAY;
/** Fewer comparable customers are no reason. */
const CUSTOMERS_MIN = 8;
const BUYERS_MIN = 4;

const middleOf = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return Math.round(sorted[Math.floor((sorted.length - 1) / 2)] ?? 0);
};

type Gathered = {
  readonly kind: PeerKind;
  readonly name: string;
  readonly totals: number[];
  readonly byGroup: Map<number, number[]>;
};

/** Learns the classes from the year before the as-of time, ascending by kind and name. */
export const fitPeers = (
  histories: readonly CustomerHistory[],
  {
    asOfMs,
    nameOf,
    traitsOf,
  }: {
    readonly asOfMs: number;
    readonly nameOf: (id: number) => string;
    readonly traitsOf: TraitsOf;
  },
): readonly PeerClass[] => {
  const classes = new Map<string, Gathered>();
  for (const { customerId, documents } of histories) {
    const traits = traitsOf(customerId);
    if (traits === null) continue;
    const spent = spentByGroup(documents, asOfMs);
    if (spent.size === 0) continue;
    for (const type of traits.machineTypes) addTo(classes, 'machine_type', type, spent);
    if (traits.industry !== null) addTo(classes, 'industry', traits.industry, spent);
  }
  return [...classes.values()]
    .filter(({ totals }) => totals.length >= CUSTOMERS_MIN)
    .map((gathered) => toClass(gathered, nameOf))
    .sort((a, b) => (`${a.kind} ${a.name}` < `${b.kind} ${b.name}` ? -1 : 1));
};

/** Net amount of the year before the as-of time by product group, reporting minor units. */
export const spentByGroup = (
  documents: CustomerHistory['documents'],
  asOfMs: number,
): ReadonlyMap<number, number> => {
  const spent = new Map<number, number>();
  for (const { orderedAtMs, lines } of documents) {
    if (orderedAtMs < asOfMs - YEAR_MS || orderedAtMs >= asOfMs) continue;
    for (const { groupId, netMinor } of lines) {
      spent.set(groupId, (spent.get(groupId) ?? 0) + netMinor);
    }
  }
  return spent;
};

const addTo = (
  classes: Map<string, Gathered>,
  kind: PeerKind,
  name: string,
  spent: ReadonlyMap<number, number>,
): void => {
  const key = `${kind} ${name}`;
  const found: Gathered = classes.get(key) ?? { kind, name, totals: [], byGroup: new Map() };
  classes.set(key, found);
  let total = 0;
  for (const [groupId, minor] of spent) {
    total += minor;
    if (minor <= 0) continue;
    const amounts = found.byGroup.get(groupId) ?? [];
    found.byGroup.set(groupId, amounts);
    amounts.push(minor);
  }
  found.totals.push(Math.max(0, total));
};

const toClass = (
  { kind, name, totals, byGroup }: Gathered,
  nameOf: (id: number) => string,
): PeerClass => ({
  kind,
  name,
  customers: totals.length,
  trailingMinor: middleOf(totals),
  groups: [...byGroup]
    .filter(([, amounts]) => amounts.length >= BUYERS_MIN)
    .map(([groupId, amounts]) => ({
      productGroup: nameOf(groupId),
      buyers: amounts.length,
      yearlyMinor: middleOf(amounts),
    }))
    .sort((a, b) => (a.productGroup < b.productGroup ? -1 : 1)),
});
