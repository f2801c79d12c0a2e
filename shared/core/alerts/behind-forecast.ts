/**
 * Compares a closed period with what was forecast when it opened: the customer, its product groups, and
 * products that were steadily bought. A level that is behind covers the levels below it, so that one
 * trouble is one alert; the causes name the groups.
 */
import type { Expectation, ExpectationWindow } from '../customer/state.js';
import type { DecisionContext } from '../decide/context.js';
import { tailProbability } from '../models/forecast.js';
import { scaleExpectation, shortfallOf, type Finding } from './finding.js';
import { actualByGroup, actualMinor, WHOLE_CUSTOMER } from './ledger-view.js';
import type { LedgerView, ProductUse } from './ledger-view.js';

const YEAR_MS = 365 * 86_400_000;
/** Quantile of the standard normal that leaves 10 % below. */
const Z_80 = 1.2816;
/** Variance of a product's revenue over that of a Poisson count: amounts of lines vary by half. */
const AMOUNT_DISPERSION = 1.25;

/** Share of every expectation that is left when the whole market falls; 1 when it does not. */
export const marketFactor = ({ model, rulebook }: DecisionContext): number =>
  model.marketLevel < rulebook.alerts.marketFallingBelow ? Math.max(0, model.marketLevel) : 1;

/** True when an actual is below the lower quantile by enough money to matter. */
export const isShort = (
  { level, expected, actualMinor: actual }: Pick<Finding, 'level' | 'expected' | 'actualMinor'>,
  { rulebook }: DecisionContext,
): boolean =>
  actual < expected.lower80Minor &&
  expected.expectedMinor - actual >= rulebook.alerts.shortfallMinMinor[level];

/** True when it is in addition so improbable that few such findings are false. */
const isBehind = (finding: Finding, context: DecisionContext): boolean =>
  isShort(finding, context) &&
  tailProbability({ ...finding.expected, actualMinor: finding.actualMinor }) <=
    context.model.alertTailProbability;

/** Returns what stayed behind in a closed period, at the highest level that shows it. */
export const findBehind = (
  window: ExpectationWindow,
  view: LedgerView,
  context: DecisionContext,
): readonly Finding[] => {
  const { fromMs, toMs } = window;
  const factor = marketFactor(context);
  const base = { kind: 'behind_forecast', fromMs, toMs } as const;
  const whole: Finding = {
    ...base,
    level: 'customer',
    scopeId: -1,
    expected: scaleExpectation(window.total, factor),
    actualMinor: actualMinor(view, WHOLE_CUSTOMER, window),
  };
  if (isBehind(whole, context)) return [whole];
  const actuals = actualByGroup(view, window);
  const groups = window.groups.map(({ groupId, ...expected }): Finding => ({
    ...base,
    level: 'product_group',
    scopeId: groupId,
    expected: scaleExpectation(expected, factor),
    actualMinor: actuals.get(groupId) ?? 0,
  }));
  const behind = groups.filter((group) => isBehind(group, context));
  const covered = new Set(behind.map(({ scopeId }) => scopeId));
  const goingOn = groups.filter(({ scopeId }) => !covered.has(scopeId));
  return [...behind, ...findProducts(goingOn, { window, view, context })].sort(
    (a, b) => shortfallOf(b) - shortfallOf(a) || a.scopeId - b.scopeId,
  );
};

/** Products steadily bought in the year before, whose group goes on while they do not. */
const findProducts = (
  groups: readonly Finding[],
  {
    window,
    view,
    context,
  }: {
    readonly window: ExpectationWindow;
    readonly view: LedgerView;
    readonly context: DecisionContext;
  },
): readonly Finding[] => {
  const { productPurchasesMin, productsMax } = context.rulebook.alerts;
  const { fromMs, toMs } = window;
  const before = view.productUses({ fromMs: fromMs - YEAR_MS, toMs: fromMs });
  const during = view.productUses(window);
  const groupMinor = new Map<number, number>();
  for (const { groupId, netMinor } of before.values()) {
    groupMinor.set(groupId, (groupMinor.get(groupId) ?? 0) + Math.max(0, netMinor));
  }
  const expectedOf = (use: ProductUse): number => {
    const group = groups.find(({ scopeId }) => scopeId === use.groupId);
    const total = groupMinor.get(use.groupId) ?? 0;
    return group === undefined || total <= 0
      ? 0
      : group.expected.expectedMinor * (Math.max(0, use.netMinor) / total);
  };
  return [...before.values()]
    .filter(({ purchases }) => purchases >= productPurchasesMin)
    .map((use) => ({ use, expectedMinor: Math.round(expectedOf(use)) }))
    .sort((a, b) => b.expectedMinor - a.expectedMinor || a.use.skuId - b.use.skuId)
    .slice(0, productsMax)
    .map(({ use, expectedMinor }) => {
      const purchases = use.purchases * ((toMs - fromMs) / YEAR_MS);
      const actual = during.get(use.skuId);
      const finding: Finding = {
        level: 'product',
        kind: 'behind_forecast',
        scopeId: use.skuId,
        fromMs,
        toMs,
        expected: productExpectation(expectedMinor, purchases),
        actualMinor: actual?.netMinor ?? 0,
      };
      return { finding, tail: poissonTail(actual?.purchases ?? 0, purchases) };
    })
    .filter(
      ({ finding, tail }) =>
        tail <= context.model.alertTailProbability && isBehind(finding, context),
    )
    .map(({ finding }) => finding);
};

/** Interval of a product's revenue as a compound Poisson sum with so many purchases expected. */
const productExpectation = (expectedMinor: number, purchases: number): Expectation => {
  const spread = Z_80 * Math.sqrt(AMOUNT_DISPERSION / Math.max(1e-9, purchases));
  return {
    expectedMinor,
    lower80Minor: Math.round(expectedMinor * Math.max(0, 1 - spread)),
    upper80Minor: Math.round(expectedMinor * (1 + spread)),
  };
};

/** P(count <= k) of a Poisson count with the given mean; k is small. */
const poissonTail = (k: number, mean: number): number => {
  let term = Math.exp(-mean);
  let sum = term;
  for (let i = 1; i <= k; i += 1) {
    term *= mean / i;
    sum += term;
  }
  return Math.min(1, sum);
};
