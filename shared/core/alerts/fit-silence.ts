/**
 * Learns how improbable by its own rhythm a silence of a healthy customer gets, and how many false alarms are
 * afforded. Healthy is a gap after which the scope went on as before: those are what tails are learned from.
 * A false alarm is one in a gap that ended, however little came of it; in a silence that lasts it is true.
 */
import normalCdf from '@stdlib/stats-base-dists-normal-cdf';
import type { Document } from '../customer/document.js';
import type { Features } from '../customer/fold-order.js';
import { findGroup, G, GROUP_STRIDE } from '../features/groups.js';
import { MS_PER_DAY, MS_PER_WEEK, V } from '../features/vector.js';
import { uncalibratedAlerts, type SilenceTest } from '../models/artefact.js';
import { hasRhythm, silenceProbability } from '../models/rhythm.js';
import { fitTailTable, tailOfScore, type TailTable } from '../models/tail-table.js';
import { actualMinor, WHOLE_CUSTOMER, type LedgerView, type Scope } from './ledger-view.js';
import { runOf, runProbability, type OrderDays } from './group-runs.js';
import {
  customerRhythm,
  groupRhythm,
  MS_PER_YEAR,
  FALSE_SHARE,
  shareOfGap,
  silenceScore,
  supposedLosses,
  type Rhythm,
} from './rhythm-tests.js';
import type { AlertRules } from './rules.js';

/** A gap of a customer or of one of its groups. */
export type Gap = {
  readonly score: number;
  readonly rhythm: Rhythm;
  /** What would have been bought in it. */
  readonly lostMinor: number;
  /** True when the scope was bought again; false while it is silent. */
  readonly hasEnded: boolean;
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
  readonly hasEnded: boolean;
  readonly asOfMs: number;
  readonly rules: AlertRules;
  /** Order days of the documents before the gap's end, or of all of them. */
  readonly days: OrderDays;
};

type Known = Omit<GapEnd, 'atMs' | 'hasEnded'>;

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

const toGap = (
  score: number,
  rhythm: Rhythm,
  { scope, lastMs, ...end }: GapEnd & { readonly scope: Scope; readonly lastMs: number },
): Gap => ({
  score,
  rhythm,
  hasEnded: end.hasEnded,
  lostMinor: (rhythm.weeklyMinor * (end.atMs - lastMs)) / MS_PER_WEEK,
  wentOn: wentOn(scope, rhythm.weeklyMinor, end),
});

/** Remembers the gap of the whole customer up to a time. */
const addCustomerGap = (log: GapLog, { vector }: Features, end: GapEnd): void => {
  const rhythm = customerRhythm(vector);
  if (!hasRhythm(vector) || rhythm === null) return;
  const score = silenceScore(silenceProbability({ vector, asOfMs: end.atMs }));
  const lastMs = vector[V.lastOrderedAtMs] ?? 0;
  log.customer.push(toGap(score, rhythm, { ...end, scope: WHOLE_CUSTOMER, lastMs }));
};

/** Remembers the gap of the group at `start` up to a time. */
const addGroupGap = (
  log: GapLog,
  { groups }: Features,
  { start, ...end }: GapEnd & { readonly start: number },
): void => {
  const scopeId = groups[start + G.groupId] ?? 0;
  const rhythm = groupRhythm(groups, start, end.rules);
  const run = runOf(end.days, scopeId, end.atMs);
  if (run === null || rhythm === null) return;
  const scope = { level: 'product_group', scopeId } as const;
  const lastMs = groups[start + G.lastOrderedAtMs] ?? 0;
  log.group.push(toGap(silenceScore(runProbability(run)), rhythm, { ...end, scope, lastMs }));
};

/** Remembers the gaps that a document ends; asked before the document is folded. */
export const addEndedGaps = (
  log: GapLog,
  features: Features,
  { document, ...known }: Known & { readonly document: Document },
): void => {
  const { orderedAtMs: atMs, isReturn, lines } = document;
  if (isReturn || lines.length === 0) return;
  const end = { ...known, atMs, hasEnded: true };
  const lastMs = features.vector[V.lastOrderedAtMs] ?? 0;
  if (dayOf(atMs) > dayOf(lastMs)) addCustomerGap(log, features, end);
  const bought = new Set(lines.flatMap((line) => (line.netMinor > 0 ? [line.groupId] : [])));
  for (const groupId of bought) {
    const start = findGroup(features.groups, groupId);
    if (start >= 0) addGroupGap(log, features, { ...end, start });
  }
};

/**
 * Remembers the silences that last. A group is silent by itself only as long as the customer buys; and since
 * some run of one of its groups is always long by chance, what has lasted a quarter since is looked at.
 */
export const addOpenGaps = (log: GapLog, features: Features, known: Known): void => {
  const { groups, vector } = features;
  const open = { ...known, hasEnded: false };
  addCustomerGap(log, features, { ...open, atMs: known.asOfMs });
  const lostMs = known.asOfMs - AFTER_WEEKS * MS_PER_WEEK;
  const atMs = Math.min(lostMs, vector[V.lastOrderedAtMs] ?? 0);
  for (let start = 0; start < groups.length; start += GROUP_STRIDE) {
    if ((groups[start + G.lastOrderedAtMs] ?? 0) < atMs) {
      addGroupGap(log, features, { ...open, atMs, start });
    }
  }
};

/** False alarms a year, of a scope with orders of mean money, beyond which a limit is none any more. */
const PER_YEAR_MAX = 12;
/** Share of the rulebook's false alarms that is afforded however few were lost so far. */
const LEAST_SHARE = 0.25;

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

/** Years that scopes were watched. */
export const yearsOf = (gaps: readonly Gap[]): number =>
  sumOf(gaps.map(({ rhythm }) => rhythm.gapMs)) / MS_PER_YEAR;

type Afforded = {
  readonly rules: AlertRules;
  /** Money that must be missing in a silence. */
  readonly lostMinMinor: number;
  /** Years that customers were watched, in which the rulebook's false alarms are counted. */
  readonly customerYears: number;
};

/** What a test would have raised, by the rate at which it does, ascending. */
const raisedBy = (
  gaps: readonly Gap[],
  table: TailTable,
  { rules, lostMinMinor, meanOrderMinor }: Afforded & { readonly meanOrderMinor: number },
) =>
  gaps
    .filter(({ lostMinor }) => lostMinor >= lostMinMinor)
    .map(({ score, rhythm, hasEnded }) => {
      const tail = tailOfScore(table, score, normalCdf(score, 0, 1));
      return { tail, perYear: tail / shareOfGap(rhythm, meanOrderMinor), hasEnded };
    })
    .filter(({ tail }) => tail <= rules.overdueProbabilityMax)
    .sort((a, b) => a.perYear - b.perYear);

/**
 * Scopes lost for good in a year of one: silences that last and are improbable, beyond those that chance makes
 * so, added to what the rulebook supposes, which counts as much as one loss seen.
 */
const lossesPerYear = (
  gaps: readonly Gap[],
  table: TailTable,
  {
    years,
    afforded,
    improbable,
  }: { readonly years: number; readonly afforded: number; readonly improbable: number },
): number => {
  const lasting = gaps.filter(({ hasEnded }) => !hasEnded);
  const lost = lasting.filter(
    ({ score }) => tailOfScore(table, score, normalCdf(score, 0, 1)) <= improbable,
  ).length;
  const supposedYears = years / Math.max(Number.MIN_VALUE, supposedLosses(afforded));
  return (Math.max(0, lost - improbable * lasting.length) + 1) / (years + supposedYears);
};

/**
 * Learns the test of one kind of silence. Those gaps are counted that would have been alarms, and those of them
 * that ended by themselves: the rate is the largest at which there are no more false alarms a year than the
 * rulebook affords, and no larger a share of all than is accepted. Whoever comes back and buys less than before
 * is a false alarm too: the longest gaps are above all those of scopes whose pace was overestimated.
 */
export const fitSilenceTest = (gaps: readonly Gap[], asked: Afforded): SilenceTest => {
  const table = fitTailTable(gaps.flatMap((gap) => (gap.wentOn === true ? [gap.score] : [])));
  const years = yearsOf(gaps);
  if (table.rows === 0 || years <= 0) return uncalibratedAlerts.silence.customer;
  const meanOrderMinor =
    sumOf(gaps.map(({ rhythm }) => rhythm.gapMs * Math.max(0, rhythm.orderMinor))) /
    (years * MS_PER_YEAR);
  const afforded = asked.rules.overdueFalseAlarmsPerYear * asked.customerYears;
  let perYear = (LEAST_SHARE * afforded) / years;
  let falseAlarms = 0;
  for (const [i, alarm] of raisedBy(gaps, table, { ...asked, meanOrderMinor }).entries()) {
    if (alarm.hasEnded) falseAlarms += 1;
    if (falseAlarms > afforded) break;
    if (falseAlarms <= FALSE_SHARE * (i + 1)) perYear = Math.max(perYear, alarm.perYear);
  }
  const improbable = asked.rules.overdueProbabilityMax;
  return {
    ...table,
    falseAlarmsPerYear: Math.min(PER_YEAR_MAX, perYear),
    meanOrderMinor,
    lostPerYear: lossesPerYear(gaps, table, { years, afforded, improbable }),
  };
};
