/**
 * Learns how improbable by its own rhythm a silence of a healthy customer gets, and how many false alarms may
 * be afforded so that few of all are false. Healthy is a gap after which the scope went on as before; an
 * alarm in it would have been false. A silence that lasts, or after which little comes, is a true one.
 */
import normalCdf from '@stdlib/stats-base-dists-normal-cdf';
import type { Document } from '../customer/document.js';
import type { Features } from '../customer/fold-order.js';
import { findGroup, G, GROUP_STRIDE, groupWeeklyMinor } from '../features/groups.js';
import { MS_PER_DAY, MS_PER_WEEK, V, weeklyRevenueMinor } from '../features/vector.js';
import { uncalibratedAlerts, type SilenceTest } from '../models/artefact.js';
import { hasRhythm, silenceProbability } from '../models/rhythm.js';
import { FALSE_DISCOVERY_RATE, fitTailTable, tailOfScore } from '../models/tail-table.js';
import { actualMinor, WHOLE_CUSTOMER, type LedgerView, type Scope } from './ledger-view.js';
import { runOf, runProbability, type OrderDays } from './group-runs.js';
import { meanGapMs, MS_PER_YEAR, sharedYearMs, silenceScore } from './rhythm-tests.js';
import type { AlertRules } from './rules.js';

/** A gap of a customer or of one of its groups. */
export type Gap = {
  readonly score: number;
  readonly meanGapMs: number;
  readonly scopes: number;
  /** True when as much was bought afterwards as before; null while that is not known. */
  readonly wentOn: boolean | null;
};

export type GapLog = {
  readonly customer: Gap[];
  readonly group: Gap[];
};

/** A customer went on who in these weeks after a gap buys this share of what it bought before. */
const AFTER_WEEKS = 13;
const WENT_ON_SHARE = 0.8;

const dayOf = (atMs: number): number => Math.floor(atMs / MS_PER_DAY);

type GapEnd = {
  readonly view: LedgerView;
  readonly atMs: number;
  readonly asOfMs: number;
  readonly purchasesMin: number;
  /** Order days of the documents before the gap's end, or of all of them. */
  readonly days: OrderDays;
};

/** Whether the scope went on after a gap: null while the weeks afterwards have not passed. */
const wentOn = (
  scope: Scope,
  weeklyMinor: number,
  { view, atMs, asOfMs }: GapEnd,
): boolean | null => {
  const period = { fromMs: atMs, toMs: atMs + AFTER_WEEKS * MS_PER_WEEK };
  if (period.toMs > asOfMs) return null;
  return actualMinor(view, scope, period) >= WENT_ON_SHARE * AFTER_WEEKS * weeklyMinor;
};

/** Remembers the gap of the whole customer up to a time. */
const addCustomerGap = (log: GapLog, { vector }: Features, end: GapEnd): void => {
  const gapMs = meanGapMs(vector);
  if (!hasRhythm(vector) || gapMs === null) return;
  const weeklyMinor = weeklyRevenueMinor(vector, vector[V.lastOrderedAtMs] ?? 0, 'long');
  log.customer.push({
    score: silenceScore(silenceProbability({ vector, asOfMs: end.atMs })),
    meanGapMs: gapMs,
    scopes: 1,
    wentOn: wentOn(WHOLE_CUSTOMER, weeklyMinor, end),
  });
};

/** Remembers the gap of the group at `start` up to a time. */
const addGroupGap = (
  log: GapLog,
  { groups }: Features,
  { start, ...end }: GapEnd & { readonly start: number },
): void => {
  const purchases = groups[start + G.purchases] ?? 0;
  const run = runOf(end.days, groups[start + G.groupId] ?? 0, end.atMs);
  if (run === null || purchases < Math.max(2, end.purchasesMin)) return;
  const firstMs = groups[start + G.firstOrderedAtMs] ?? 0;
  const lastMs = groups[start + G.lastOrderedAtMs] ?? 0;
  const scope = { level: 'product_group', scopeId: groups[start + G.groupId] ?? 0 } as const;
  log.group.push({
    score: silenceScore(runProbability(run)),
    meanGapMs: (lastMs - firstMs) / Math.max(1, purchases - 1),
    scopes: groups.length / GROUP_STRIDE,
    wentOn: wentOn(scope, groupWeeklyMinor(groups, start), end),
  });
};

/** Remembers the gaps that a document ends; asked before the document is folded. */
export const addEndedGaps = (
  log: GapLog,
  features: Features,
  { document, ...end }: Omit<GapEnd, 'atMs'> & { readonly document: Document },
): void => {
  const { orderedAtMs: atMs, isReturn, lines } = document;
  if (isReturn || lines.length === 0) return;
  const lastMs = features.vector[V.lastOrderedAtMs] ?? 0;
  if (dayOf(atMs) > dayOf(lastMs)) addCustomerGap(log, features, { ...end, atMs });
  const bought = new Set(lines.flatMap((line) => (line.netMinor > 0 ? [line.groupId] : [])));
  for (const groupId of bought) {
    const start = findGroup(features.groups, groupId);
    if (start >= 0) addGroupGap(log, features, { ...end, atMs, start });
  }
};

/** Remembers the silences that have lasted for so long that they are a loss. */
export const addOpenGaps = (log: GapLog, features: Features, end: Omit<GapEnd, 'atMs'>): void => {
  const { groups, vector } = features;
  const lostMs = end.asOfMs - AFTER_WEEKS * MS_PER_WEEK;
  const lastMs = vector[V.lastOrderedAtMs] ?? 0;
  if (lastMs < lostMs) addCustomerGap(log, features, { ...end, atMs: lostMs });
  // A group is silent by itself only as long as the customer buys; later its silence is the customer's.
  const atMs = Math.min(lostMs, lastMs);
  for (let start = 0; start < groups.length; start += GROUP_STRIDE) {
    if ((groups[start + G.lastOrderedAtMs] ?? 0) < atMs) {
      addGroupGap(log, features, { ...end, atMs, start });
    }
  }
};

/**
 * Learns the test of one kind of silence: the most false alarms a year that are at most the accepted share of
 * all alarms they come with (Benjamini, Hochberg 1995; in rates, since the gaps of a year are many tests where
 * they are short and few where they are long). Where nothing is found, that share of one false alarm a period
 * in the whole portfolio is afforded.
 */
export const fitSilenceTest = (
  gaps: readonly Gap[],
  { rules, customers }: { readonly rules: AlertRules; readonly customers: number },
): SilenceTest => {
  const table = fitTailTable(gaps.flatMap((gap) => (gap.wentOn === true ? [gap.score] : [])));
  if (table.rows === 0) return uncalibratedAlerts.silence.customer;
  const { windowWeeks, overdueFalseAlarmsPerYear: perYearMax } = rules;
  const periodsPerYear = MS_PER_YEAR / (windowWeeks * MS_PER_WEEK);
  let perYear = (FALSE_DISCOVERY_RATE * periodsPerYear) / Math.max(1, customers);
  let years = 0;
  const rates = gaps.map(({ score, meanGapMs: gapMs, scopes }) => {
    const share = gapMs / sharedYearMs(scopes);
    years += share;
    const tail = tailOfScore(table, score, normalCdf(score, 0, 1));
    return tail > rules.overdueProbabilityMax ? Number.POSITIVE_INFINITY : tail / share;
  });
  for (const [i, rate] of rates.sort((a, b) => a - b).entries()) {
    if (rate * years <= FALSE_DISCOVERY_RATE * (i + 1)) perYear = Math.max(perYear, rate);
  }
  return { ...table, falseAlarmsPerYear: Math.min(perYearMax, perYear) };
};
