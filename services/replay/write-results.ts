/** Writes what a replay found: forecast.csv, segments.csv, alerts.csv and summary.json. */
import { createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { stringify } from 'csv-stringify';
import type { UnderPerformanceAlert } from '../../shared/core/contract.generated.js';
import type { CustomerState } from '../../shared/core/customer/state.js';
import type { Names } from '../../shared/core/customer/document.js';
import { V } from '../../shared/core/features/vector.js';
import type { ModelArtefact } from '../../shared/core/models/artefact.js';
import { ACTIVE_METHOD } from '../../shared/core/models/backtest-report.js';
import { forecastCustomer, NEW_GROUPS } from '../../shared/core/models/forecast.js';
import type { Rulebook } from '../../shared/core/rulebook/rulebook.js';
import { currencyDigits } from '../../shared/core/validation/currency-digits.js';
import { isoDateOf } from '../../shared/files/dates.js';
import type { ReplayPartition } from '../../shared/pipeline/replay-partitions.js';

export type ReplayResults = {
  readonly out: string;
  readonly asOfMs: number;
  readonly horizonDays: number;
  readonly rulebook: Rulebook;
  readonly model: ModelArtefact;
  readonly partitions: readonly ReplayPartition[];
  readonly alerts: readonly UnderPerformanceAlert[];
  readonly rows: number;
  readonly brokenRows: number;
  /** What a person should know about the file, one sentence a line. */
  readonly remarks: readonly string[];
  readonly counts: ReadonlyMap<string, number>;
  readonly tookMs: number;
};

const MS_PER_SECOND = 1_000;
/** Counts of refused orders by reason code start so. */
export const REFUSED = 'dead-letter: ';

type Member = { readonly customer: CustomerState; readonly names: Names };

const writeCsv = async (
  file: string,
  columns: readonly string[],
  rows: Iterable<readonly (string | number)[]>,
): Promise<void> => {
  const stringifier = stringify({ header: true, columns: [...columns] });
  await pipeline(Readable.from(rows), stringifier, createWriteStream(file));
};

/** Formats minor units as a decimal number of the currency. */
const createMoney = (currency: string): ((minor: number) => string) => {
  const digits = currencyDigits(currency) ?? 2;
  return (minor) => (minor / 10 ** digits).toFixed(digits);
};

const membersOf = (partitions: readonly ReplayPartition[]): readonly Member[] =>
  partitions
    .flatMap(({ customers, control }) =>
      [...customers.values()].map((customer) => ({ customer, names: control.names })),
    )
    .filter(({ customer }) => (customer.vector[V.documents] ?? 0) > 0)
    .sort((a, b) => (a.customer.customerId < b.customer.customerId ? -1 : 1));

function* forecastRows(
  members: readonly Member[],
  { asOfMs, horizonDays, model, rulebook }: ReplayResults,
): Generator<readonly (string | number)[]> {
  const money = createMoney(rulebook.reportingCurrency);
  for (const { customer, names } of members) {
    const { vector, groups } = customer;
    const total = forecastCustomer({ vector, groups, asOfMs, horizonDays, model });
    const groupsByName = total.groups
      .map((group) => ({ ...group, name: names.nameOf(group.groupId) }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    const newGroups = total.newGroups === null ? [] : [{ ...total.newGroups, name: NEW_GROUPS }];
    for (const part of [{ ...total, name: '' }, ...groupsByName, ...newGroups]) {
      yield [
        customer.customerId,
        part.name,
        horizonDays,
        part.expectedOrders.toFixed(4),
        money(part.expectedMinor),
        money(part.lower80Minor),
        money(part.upper80Minor),
        money(part.medianMinor),
      ];
    }
  }
}

function* segmentRows(
  members: readonly Member[],
  { rulebook }: ReplayResults,
): Generator<readonly (string | number)[]> {
  const money = createMoney(rulebook.reportingCurrency);
  for (const { customer } of members) {
    const { standing } = customer;
    const dimensions = standing.dimensions;
    yield [
      customer.customerId,
      standing.segment ?? '',
      standing.profileName,
      money(dimensions?.potentialMinor ?? 0),
      money(dimensions?.trailingYearMinor ?? 0),
      (dimensions?.shareOfWallet ?? 0).toFixed(4),
      (dimensions?.buyingBehaviour ?? 0).toFixed(4),
      (dimensions?.probabilityAlive ?? 0).toFixed(4),
      standing.isPotentialCustomer ? 'yes' : 'no',
      standing.isSmallCustomer ? 'yes' : 'no',
      standing.planId,
    ];
  }
}

function* alertRows({ alerts, rulebook }: ReplayResults): Generator<readonly (string | number)[]> {
  const money = createMoney(rulebook.reportingCurrency);
  const sorted = [...alerts].sort(
    (a, b) => b.shortfallMinor - a.shortfallMinor || (a.alertId < b.alertId ? -1 : 1),
  );
  for (const alert of sorted) {
    yield [
      alert.alertId,
      alert.customerId,
      alert.level,
      alert.scope,
      alert.kind,
      alert.status,
      isoDateOf(alert.periodFromMs),
      isoDateOf(alert.periodToMs),
      money(alert.expectedMinor),
      money(alert.actualMinor),
      money(alert.shortfallMinor),
      alert.tailProbability.toFixed(5),
      alert.severity,
      alert.causes[0]?.code ?? '',
      alert.causes[0]?.evidence ?? '',
    ];
  }
}

const SEGMENT_COLUMNS = [
  'customer_id',
  'segment',
  'profile',
  'potential',
  'trailing_year',
  'share_of_wallet',
  'buying_behaviour',
  'probability_alive',
  'is_potential_customer',
  'is_small_customer',
  'plan',
] as const;
const ALERT_COLUMNS = [
  'alert_id',
  'customer_id',
  'level',
  'scope',
  'kind',
  'status',
  'period_from',
  'period_to',
  'expected',
  'actual',
  'shortfall',
  'tail_probability',
  'severity',
  'likely_cause',
  'evidence',
] as const;
const FORECAST_COLUMNS = [
  'customer_id',
  'product_group',
  'horizon_days',
  'expected_orders',
  'expected_revenue',
  'lower_80',
  'upper_80',
  'median_revenue',
] as const;

/** Alerts that are still open by their last report. */
const OPEN: ReadonlySet<string> = new Set([
  'raised',
  'updated',
  'acknowledged',
  'pursuing',
  'snoozed',
]);

const summarise = (results: ReplayResults, members: readonly Member[]) => {
  const segments: Record<string, number> = {};
  for (const { customer } of members) {
    const segment = customer.standing.segment ?? 'none';
    segments[segment] = (segments[segment] ?? 0) + 1;
  }
  const open = results.alerts.filter((alert) => OPEN.has(alert.status));
  const behind = new Set(open.map((alert) => alert.customerId));
  return {
    asOf: new Date(results.asOfMs).toISOString(),
    horizonDays: results.horizonDays,
    currency: results.rulebook.reportingCurrency,
    rows: results.rows,
    brokenRows: results.brokenRows,
    customers: members.length,
    segments,
    openAlerts: open.length,
    customersBehindShare: members.length === 0 ? 0 : behind.size / members.length,
    revenueBehindShare: shareOfRevenue(members, ({ customerId }) =>
      behind.has(customerId) ? 1 : 0,
    ),
    churnedRevenueShare: shareOfRevenue(
      members,
      ({ standing }) => 1 - (standing.dimensions?.probabilityAlive ?? 0),
    ),
    moneyAtRiskMinor: open
      .filter((alert) => alert.level === 'customer')
      .reduce((sum, alert) => sum + alert.shortfallMinor, 0),
    counts: Object.fromEntries([...results.counts].sort()),
    rulebookVersion: results.rulebook.version,
    modelVersion: results.model.version,
    model: results.model.report,
    profileBorderShare: results.model.profiles.borderShare,
    tookMs: results.tookMs,
  };
};

/** Share of the portfolio's revenue of the last twelve months that a share of each customer adds up to. */
const shareOfRevenue = (
  members: readonly Member[],
  shareOf: (customer: CustomerState) => number,
): number => {
  let total = 0;
  let part = 0;
  for (const { customer } of members) {
    const { trailingYearMinor = 0 } = customer.standing.dimensions ?? {};
    total += trailingYearMinor;
    part += trailingYearMinor * shareOf(customer);
  }
  return total <= 0 ? 0 : part / total;
};

/**
 * The model's grade, and where a simpler method erred less in the window it was graded on, that one: a person
 * who bets on the figures is to know it.
 */
const describeGrade = (
  { report: { grade, rows } }: ModelArtefact,
  { reportingCurrency }: Rulebook,
): string => {
  const [own, ...others] = rows;
  const best = others
    .filter(({ method }) => method !== ACTIVE_METHOD)
    .reduce((a, b) => (b.rmse < a.rmse ? b : a), own ?? { rmse: 0, method: '', horizonDays: 0 });
  const graded = `Model grade ${grade}.`;
  if (own === undefined || best.method === own.method) return graded;
  const money = createMoney(reportingCurrency);
  return (
    `${graded} In the last ${String(own.horizonDays)} days ${best.method} would have erred less: by ` +
    `${money(best.rmse)} instead of ${money(own.rmse)} ${reportingCurrency} a customer (root mean square).`
  );
};

/** Orders that the core refused, by reason. */
const describeRefusals = (counts: ReadonlyMap<string, number>): readonly string[] =>
  [...counts]
    .filter(([name]) => name.startsWith(REFUSED))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, count]) => `${String(count)} orders refused: ${name.slice(REFUSED.length)}.`);

/** Writes all files into the folder; returns lines for a person. */
export const writeResults = async (results: ReplayResults): Promise<readonly string[]> => {
  const members = membersOf(results.partitions);
  const file = (name: string): string => join(results.out, name);
  await writeCsv(file('forecast.csv'), FORECAST_COLUMNS, forecastRows(members, results));
  await writeCsv(file('segments.csv'), SEGMENT_COLUMNS, segmentRows(members, results));
  await writeCsv(file('alerts.csv'), ALERT_COLUMNS, alertRows(results));
  const summary = summarise(results, members);
  await writeFile(file('summary.json'), `${JSON.stringify(summary, null, 2)}\n`);
  return [
    ...results.remarks,
    ...describeRefusals(results.counts),
    `${String(summary.customers)} customers from ${String(summary.rows)} rows, ` +
      `${String(summary.brokenRows)} broken rows left out, in ` +
      `${(results.tookMs / MS_PER_SECOND).toFixed(1)} s.`,
    `Segments: ${Object.entries(summary.segments)
      .sort()
      .map(([s, n]) => `${s} ${String(n)}`)
      .join(', ')}.`,
    `${String(summary.openAlerts)} open alerts; ${(summary.customersBehindShare * 100).toFixed(1)} % of ` +
      `customers, with ${(summary.revenueBehindShare * 100).toFixed(1)} % of the revenue, are behind their forecast. ` +
      `Churn by value: ${(summary.churnedRevenueShare * 100).toFixed(1)} % of the revenue is likely to be lost. ` +
      describeGrade(results.model, results.rulebook),
    `Written to ${results.out}: forecast.csv, segments.csv, alerts.csv, summary.json.`,
  ];
};
