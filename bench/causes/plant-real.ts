/**
 * Plants troubles into real orders, whose own truth nobody knows: from a day on, all purchases of some active
 * customers stop, or those of one product group, or every order is half as large. What was really bought
 * from then on says exactly what each trouble costs. Drawn from a seed, few at once, and the days spread over
 * weeks, so that the market as a whole hardly moves.
 */
import type { OrderEvent } from '../../shared/core/contract.generated.js';
import { MS_PER_DAY } from '../../shared/core/features/vector.js';
import { openRandom, type Random } from '../../shared/business/random.js';

export const REAL_TROUBLES = ['all stopped', 'one group stopped', 'all halved'] as const;
export type RealTrouble = (typeof REAL_TROUBLES)[number];

export type PlantedTrouble = {
  readonly customerId: string;
  readonly trouble: RealTrouble;
  /** The group that stops; empty when all do. */
  readonly group: string;
  readonly onsetDay: number;
  /** What was really bought of the scope from the onset on. */
  readonly keptDays: number;
  readonly lostMinor: number;
};

export type Planting = {
  readonly seed: number;
  /** Customers in trouble, as many of each kind. */
  readonly each: number;
  readonly startMs: number;
  readonly onsetFromDay: number;
  readonly onsetToDay: number;
};

/** An active customer bought on so many days of the half year before, and in its last quarter. */
const ACTIVE_DAYS_MIN = 3;
const HALF_YEAR_DAYS = 182;
const QUARTER_DAYS = 91;
const HALF = 0.5;

type DayOf = (event: OrderEvent) => number;

const isSale = ({ kind }: OrderEvent): boolean => kind === 'placed';
const amountOf = ({ kind, lines }: OrderEvent, group: string): number =>
  (kind === 'returned' ? -1 : 1) *
  lines.reduce(
    (sum, line) => sum + (group === '' || line.productGroup === group ? line.netAmountMinor : 0),
    0,
  );

const byCustomer = (events: readonly OrderEvent[]): ReadonlyMap<string, readonly OrderEvent[]> => {
  const own = new Map<string, OrderEvent[]>();
  for (const event of events) {
    const known = own.get(event.customerId);
    if (known === undefined) own.set(event.customerId, [event]);
    else known.push(event);
  }
  return own;
};

const daysOf = (sales: readonly OrderEvent[], dayOf: DayOf): number =>
  new Set(sales.map(dayOf)).size;

const isActive = (own: readonly OrderEvent[], onsetDay: number, dayOf: DayOf): boolean => {
  const before = own.filter((event) => isSale(event) && dayOf(event) < onsetDay);
  return (
    before.some((event) => dayOf(event) >= onsetDay - QUARTER_DAYS) &&
    daysOf(
      before.filter((event) => dayOf(event) >= onsetDay - HALF_YEAR_DAYS),
      dayOf,
    ) >= ACTIVE_DAYS_MIN
  );
};

/** One of the groups bought on as many days as makes a customer active; null where there is none. */
const drawGroup = (
  own: readonly OrderEvent[],
  {
    onsetDay,
    dayOf,
    random,
  }: { readonly onsetDay: number; readonly dayOf: DayOf; readonly random: Random },
): string | null => {
  const days = new Map<string, Set<number>>();
  for (const event of own) {
    const day = dayOf(event);
    if (!isSale(event) || day >= onsetDay || day < onsetDay - HALF_YEAR_DAYS) continue;
    for (const { productGroup } of event.lines) {
      const known = days.get(productGroup) ?? new Set<number>();
      days.set(productGroup, known.add(day));
    }
  }
  const groups = [...days].filter(([, on]) => on.size >= ACTIVE_DAYS_MIN).map(([group]) => group);
  const [first, ...rest] = groups.sort();
  return first === undefined ? null : random.pick([first, ...rest]);
};

/** Draws who gets into trouble; the same seed gives the same. */
export const plantTroubles = (
  events: readonly OrderEvent[],
  { seed, each, startMs, onsetFromDay, onsetToDay }: Planting,
): readonly PlantedTrouble[] => {
  const dayOf: DayOf = ({ orderedAtMs }) => Math.floor((orderedAtMs - startMs) / MS_PER_DAY);
  const drawn = [...byCustomer(events)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([customerId, own], i) => ({ customerId, own, random: openRandom(seed, i) }))
    .map((customer) => ({ ...customer, order: customer.random.uniform() }))
    .sort((a, b) => a.order - b.order);
  const planted: PlantedTrouble[] = [];
  for (const { customerId, own, random } of drawn) {
    const trouble = REAL_TROUBLES[Math.floor(planted.length / each)];
    if (trouble === undefined) break;
    const onsetDay = onsetFromDay + random.below(onsetToDay - onsetFromDay);
    if (!isActive(own, onsetDay, dayOf)) continue;
    const isOfGroup = trouble === 'one group stopped';
    const group = isOfGroup ? drawGroup(own, { onsetDay, dayOf, random }) : '';
    if (group === null) continue;
    const after = own.filter((event) => dayOf(event) >= onsetDay);
    const sales = after.filter((event) => isSale(event) && amountOf(event, group) > 0);
    const keptMinor = after.reduce((sum, event) => sum + amountOf(event, group), 0);
    const lostMinor = Math.max(0, keptMinor) * (trouble === 'all halved' ? 1 - HALF : 1);
    planted.push({
      customerId,
      trouble,
      group,
      onsetDay,
      keptDays: daysOf(sales, dayOf),
      lostMinor,
    });
  }
  return planted;
};

/** The orders as they would have come with the troubles. */
export const applyTroubles = (
  events: readonly OrderEvent[],
  planted: readonly PlantedTrouble[],
  startMs: number,
): readonly OrderEvent[] => {
  const troubles = new Map(planted.map((trouble) => [trouble.customerId, trouble]));
  return events.flatMap((event) => {
    const trouble = troubles.get(event.customerId);
    if (trouble === undefined || event.orderedAtMs < startMs + trouble.onsetDay * MS_PER_DAY) {
      return [event];
    }
    const lines = linesLeft(event, trouble);
    return lines.length === 0 ? [] : [{ ...event, lines }];
  });
};

const linesLeft = (
  { lines }: OrderEvent,
  { trouble, group }: PlantedTrouble,
): OrderEvent['lines'] => {
  switch (trouble) {
    case 'all stopped':
      return [];
    case 'one group stopped':
      return lines.filter(({ productGroup }) => productGroup !== group);
    case 'all halved':
      return lines.map((line) => ({
        ...line,
        quantity: line.quantity * HALF,
        netAmountMinor: Math.max(1, Math.round(line.netAmountMinor * HALF)),
      }));
  }
};
