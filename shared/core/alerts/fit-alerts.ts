/**
 * Learns what healthy customers look like to the tests of alerts, and where the tests must stop so that few
 * alerts of the portfolio are false. Healthy is who went on: a shortfall after whose period the
 * same scope was bought as before again; a silence that ended with an order. That keeps those in trouble
 * out of the yardstick they are measured by, without anybody telling who they are.
 */
import type { AlertLevel } from '../contract.generated.js';
import { foldIntoFeatures, type Features } from '../customer/fold-order.js';
import { createVector, MS_PER_DAY, MS_PER_WEEK, V } from '../features/vector.js';
import type { AlertCalibration, ModelArtefact, ShortfallTest } from '../models/artefact.js';
import { foldOf } from '../models/folds.js';
import type { CustomerHistory } from '../models/history.js';
import { FALSE_DISCOVERY_RATE, fitTailTable, tailOfScore } from '../models/tail-table.js';
import {
  compareCustomer,
  compareGroups,
  compareProducts,
  newProductsOf,
} from './behind-forecast.js';
import type { Finding } from './finding.js';
import { addEndedGaps, addOpenGaps, fitSilenceTest, yearsOf, type GapLog } from './fit-silence.js';
import { addOrderDay, createOrderDays } from './group-runs.js';
import { actualMinor, viewDocuments, WHOLE_CUSTOMER, type LedgerView } from './ledger-view.js';
import type { AlertRules } from './rules.js';
import { shortfallScore } from './shortfall-score.js';
import { TRAILING_WEEKS } from './trailing.js';
import { expectationOf } from './window.js';

/** Whatever the discoveries, a shortfall is no alert above this. */
const PROBABILITY_MAX = 0.1;
/** Customers that calibration learns from at most: tails need thousands of periods, not millions. */
const CUSTOMERS_MAX = 4_000;
const ORIGIN_STEP_DAYS = 28;
const ORIGINS_MAX = 13;
const WARM_UP_DAYS = 91;
/** Periods in which one of a part of a customer may be found where nothing was: those of a year. */
const PERIODS_PER_YEAR = 4;
/** Share of what was expected before that must be bought in the next period to count as going on. */
const WENT_ON_SHARE = 0.8;

export type FitAlertsInput = {
  readonly histories: readonly CustomerHistory[];
  readonly asOfMs: number;
  readonly firstMs: number;
  /** Models by fold: a customer is measured by the one that learned nothing of it (models/folds.ts). */
  readonly withoutFold: readonly ModelArtefact[];
  readonly rules: AlertRules;
};

/** A period that closed: how low it was, and whether the scope went on; null while that is not known. */
type Closed = {
  readonly level: AlertLevel;
  readonly weeks: number;
  readonly score: number;
  readonly nominal: number;
  readonly wentOn: boolean | null;
};

type Visit = Omit<FitAlertsInput, 'withoutFold'> & {
  readonly model: ModelArtefact;
  readonly originsMs: readonly number[];
  readonly closed: Closed[];
  readonly gaps: GapLog;
  /** Lengths at which whole customers are tested. */
  readonly weeks: readonly number[];
};

/** Learns the calibration of alerts on what is known before the as-of time. */
export const fitAlerts = (input: FitAlertsInput): AlertCalibration => {
  const { histories, withoutFold } = input;
  const step = Math.max(1, Math.ceil(histories.length / CUSTOMERS_MAX));
  const visit: Omit<Visit, 'model'> = {
    ...input,
    originsMs: originsOf(input),
    closed: [],
    gaps: { customer: [], group: [] },
    weeks: [...new Set([input.rules.windowWeeks, ...TRAILING_WEEKS])],
  };
  for (let i = 0; i < histories.length; i += step) {
    const history = histories[i];
    if (history === undefined) continue;
    const model = withoutFold[foldOf(history.customerId)];
    if (model !== undefined) visitHistory(history, { ...visit, model });
  }
  const testOf = (level: AlertLevel, weeks = input.rules.windowWeeks): ShortfallTest => {
    const periods = visit.closed.filter((of) => of.level === level && of.weeks === weeks);
    const isClosed = (originMs: number): boolean => originMs + weeks * MS_PER_WEEK <= input.asOfMs;
    const origins = visit.originsMs.filter(isClosed).length;
    const testsOfPeriod = (step * periods.length) / Math.max(1, origins);
    return fitShortfallTest(
      periods,
      level === 'customer' ? testsOfPeriod : testsOfPeriod * PERIODS_PER_YEAR,
    );
  };
  const { customer, group } = visit.gaps;
  const lostMinMinor = input.rules.shortfallMinMinor;
  const afforded = { rules: input.rules, customerYears: yearsOf(customer) };
  return {
    shortfall: {
      customer: testOf('customer'),
      product_group: testOf('product_group'),
      product: testOf('product'),
    },
    trailing: TRAILING_WEEKS.map((weeks) => ({ weeks, ...testOf('customer', weeks) })),
    silence: {
      customer: fitSilenceTest(customer, { ...afforded, lostMinMinor: lostMinMinor.customer }),
      product_group: fitSilenceTest(group, {
        ...afforded,
        lostMinMinor: lostMinMinor.product_group,
      }),
    },
  };
};

/** Starts of closed periods, ascending. */
const originsOf = ({ asOfMs, firstMs, rules }: FitAlertsInput): readonly number[] => {
  const origins: number[] = [];
  let originMs = asOfMs - rules.windowWeeks * 7 * MS_PER_DAY;
  while (originMs >= firstMs + WARM_UP_DAYS * MS_PER_DAY && origins.length < ORIGINS_MAX) {
    origins.unshift(originMs);
    originMs -= ORIGIN_STEP_DAYS * MS_PER_DAY;
  }
  return origins;
};

const visitHistory = ({ documents }: CustomerHistory, visit: Visit): void => {
  const { originsMs, asOfMs, gaps, rules } = visit;
  const features: Features = { vector: createVector(), groups: [] };
  const view = viewDocuments(() => documents);
  const days = createOrderDays();
  const known = { view, asOfMs, rules, days };
  let origin = 0;
  for (const document of documents) {
    for (; document.orderedAtMs >= (originsMs[origin] ?? Number.POSITIVE_INFINITY); origin += 1) {
      addPeriods(features, { view, fromMs: originsMs[origin] ?? 0 }, visit);
    }
    addEndedGaps(gaps, features, { ...known, document });
    foldIntoFeatures(features, document);
    addOrderDay(days, document);
  }
  for (; origin < originsMs.length; origin += 1) {
    addPeriods(features, { view, fromMs: originsMs[origin] ?? 0 }, visit);
  }
  addOpenGaps(gaps, features, known);
};

/** Adds what the periods that began at an origin show at every level. */
const addPeriods = (
  features: Features,
  from: { readonly view: LedgerView; readonly fromMs: number },
  visit: Visit,
): void => {
  if ((features.vector[V.orderDays] ?? 0) === 0) return;
  for (const weeks of visit.weeks) addPeriod(features, { ...from, weeks }, visit);
};

/** Periods are all of the whole customer; those of the rulebook's length are of all levels. */
const addPeriod = (
  features: Features,
  {
    view,
    fromMs,
    weeks,
  }: { readonly view: LedgerView; readonly fromMs: number; readonly weeks: number },
  { model, rules, asOfMs, closed }: Visit,
): void => {
  const toMs = fromMs + weeks * MS_PER_WEEK;
  if (toMs > asOfMs) return;
  const window = expectationOf(features, { fromMs, toMs }, { model });
  if (window === null) return;
  const newProducts = newProductsOf(features, window, model);
  const asked = { window, view, rules, factor: 1, newProducts };
  const isOfRules = weeks === rules.windowWeeks;
  const groups = isOfRules ? compareGroups(asked) : [];
  const products = isOfRules ? compareProducts(groups, asked) : [];
  const following = { fromMs: toMs, toMs: toMs + rules.windowWeeks * MS_PER_WEEK };
  const isKnown = following.toMs <= asOfMs;
  const wanted = (WENT_ON_SHARE * rules.windowWeeks) / weeks;
  for (const finding of [compareCustomer(asked), ...groups, ...products]) {
    if (!isTestable(finding, rules)) continue;
    const { level, scopeId, expected } = finding;
    const scope = level === 'customer' ? WHOLE_CUSTOMER : { level, scopeId };
    const afterMinor = isKnown ? actualMinor(view, scope, following) : null;
    closed.push({
      level,
      weeks,
      ...shortfallScore(finding, { features, view }),
      wentOn: afterMinor === null ? null : afterMinor >= wanted * expected.expectedMinor,
    });
  }
};

/** Only what could become an alert is a test: others would dilute the share of false ones. */
const isTestable = ({ level, expected }: Finding, { shortfallMinMinor }: AlertRules): boolean =>
  expected.expectedMinor >= shortfallMinMinor[level];

const fitShortfallTest = (periods: readonly Closed[], testsOfPeriod: number): ShortfallTest => {
  const table = fitTailTable(
    periods.flatMap(({ score, wentOn }) => (wentOn === true ? [score] : [])),
  );
  // Before anybody healthy was seen often enough, nobody is measured by them.
  if (table.rows === 0) return { ...table, probabilityMax: 0 };
  const tails = periods.map(({ score, nominal }) => tailOfScore(table, score, nominal));
  return { ...table, probabilityMax: probabilityMax(tails, testsOfPeriod) };
};

/**
 * Largest p with p <= rate * rank / n among the sorted tails (Benjamini, Hochberg 1995). A single period is
 * found at rate / tests of one period in the whole portfolio, also where nothing was found before: every scope
 * that could become an alert is a test, and a customer has several groups.
 */
export const probabilityMax = (tails: readonly number[], testsOfPeriod: number): number => {
  const sorted = [...tails].sort((a, b) => a - b);
  let threshold = FALSE_DISCOVERY_RATE / Math.max(1, testsOfPeriod);
  for (const [i, p] of sorted.entries()) {
    if (p <= (FALSE_DISCOVERY_RATE * (i + 1)) / sorted.length) threshold = Math.max(threshold, p);
  }
  return Math.min(PROBABILITY_MAX, threshold);
};
