/**
 * Compares a closed period with what was forecast when it opened: the customer, its product groups, and
 * products that were steadily bought. A level that is behind covers the levels below it, so that one
 * trouble is one alert; the causes name the groups.
 */
import { featuresAt, type Features } from '../customer/fold-order.js';
import type { CustomerState, Expectation, ExpectationWindow } from '../customer/state.js';
import type { DecisionContext } from '../decide/context.js';
import { MS_PER_DAY, V } from '../features/vector.js';
import type { ModelArtefact } from '../models/artefact.js';
import { horizonModelFor } from '../models/forecast.js';
import { newShare } from '../models/new-shares.js';
import { scaleExpectation, shortfallOf, type Finding } from './finding.js';
import { actualByGroup, actualMinor, WHOLE_CUSTOMER } from './ledger-view.js';
import type { LedgerView, ProductUse } from './ledger-view.js';
import { priceOrReturns } from './price-evidence.js';
import { territoryUnstaffed } from './territory-evidence.js';
import type { AlertRules } from './rules.js';
import { shortfallProbability, shortfallTestOf, YEAR_MS } from './shortfall-score.js';

/** Quantile of the standard normal that leaves 10 % below. */
const Z_80 = 1.2816;
/** Variance of a product's revenue over that of a Poisson count: amounts of lines vary by half. */
const AMOUNT_DISPERSION = 1.25;

/** Share of every expectation that is left when the whole market falls; 1 when it does not. */
export const marketFactor = ({ model, rulebook }: DecisionContext): number =>
  model.marketLevel < rulebook.alerts.marketFallingBelow ? Math.max(0, model.marketLevel) : 1;

/**
 * True when an actual is below the lower quantile, or nothing at all, by enough money to matter. Where the
 * quantile is 0, how improbable nothing is must have been learned.
 */
export const isShort = (
  { level, expected, actualMinor: actual }: Pick<Finding, 'level' | 'expected' | 'actualMinor'>,
  { model, rulebook }: Pick<DecisionContext, 'model' | 'rulebook'>,
): boolean =>
  (actual < expected.lower80Minor || (actual <= 0 && model.alerts.shortfall[level].rows > 0)) &&
  expected.expectedMinor - actual >= rulebook.alerts.shortfallMinMinor[level];

/**
 * Tail probability up to which a shortfall counts that something besides the revenue speaks for. Hypotheses
 * that are likelier beforehand may be tested less strictly (weighted testing: Genovese, Roeder, Wasserman
 * 2006); it costs few false alerts as long as such signs are rare among healthy customers.
 */
const CORROBORATED_MAX = 0.2;
/** Strength from which the sign of a cause speaks for it (causes.ts). */
const STRENGTH_MIN = 0.3;

const isCorroborated = (
  customer: CustomerState,
  { fromMs, toMs }: Pick<ExpectationWindow, 'fromMs' | 'toMs'>,
  { view, context }: { readonly view: LedgerView; readonly context: DecisionContext },
): boolean => {
  const question = { customer, period: { fromMs, toMs }, view, context };
  return (
    territoryUnstaffed(question).strength >= STRENGTH_MIN ||
    priceOrReturns(question).strength >= STRENGTH_MIN
  );
};

/** What a test says of the whole customer's shortfall. */
export const isBorneOut = (
  finding: Finding,
  {
    customer,
    features,
    view,
    context,
  }: {
    readonly customer: CustomerState;
    readonly features: Features;
    readonly view: LedgerView;
    readonly context: DecisionContext;
  },
): { readonly isBehind: boolean; readonly probability: number } => {
  const { rows, probabilityMax } = shortfallTestOf(context.model.alerts, finding);
  const probability = shortfallProbability(finding, { features, view }, context.model);
  const isBehind =
    probability <= probabilityMax ||
    (rows > 0 &&
      probability <= CORROBORATED_MAX &&
      isCorroborated(customer, finding, { view, context }));
  return { isBehind, probability };
};

/**
 * True when enough money is missing for a customer. Where it was learned how healthy customers vary, the
 * test alone says whether that is improbable; else the interval must say so too.
 */
const isCustomerShort = (finding: Finding, context: DecisionContext): boolean =>
  context.model.alerts.shortfall.customer.rows === 0
    ? isShort(finding, context)
    : shortfallOf(finding) >= context.rulebook.alerts.shortfallMinMinor.customer;

/** Returns what stayed behind in a closed period, at the highest level that shows it. */
export const findBehind = (
  window: ExpectationWindow,
  customer: CustomerState,
  { view, context }: { readonly view: LedgerView; readonly context: DecisionContext },
): readonly Finding[] => {
  const features = featuresAt(customer.ledger, window.fromMs);
  if (features === null) return [];
  const facts = { features, view };
  const { alerts } = context.model;
  const isBehind = (finding: Finding): boolean =>
    isShort(finding, context) &&
    shortfallProbability(finding, facts, context.model) <=
      shortfallTestOf(alerts, finding).probabilityMax;
  const asked = {
    window,
    view,
    rules: context.rulebook.alerts,
    factor: marketFactor(context),
    newProducts: newProductsOf(features, window, context.model),
  };
  const whole = compareCustomer(asked);
  if (isCustomerShort(whole, context)) {
    if (isBorneOut(whole, { customer, ...facts, context }).isBehind) return [whole];
  }
  const groups = compareGroups(asked);
  const behind = groups.filter(isBehind);
  const covered = new Set(behind.map(({ scopeId }) => scopeId));
  const goingOn = groups.filter(({ scopeId }) => !covered.has(scopeId));
  return [...behind, ...compareProducts(goingOn, asked).filter(isBehind)].sort(
    (a, b) => shortfallOf(b) - shortfallOf(a) || a.scopeId - b.scopeId,
  );
};

/** A closed period, and the share of its expectation that a falling market leaves. */
export type Comparison = {
  readonly window: Pick<ExpectationWindow, 'fromMs' | 'toMs' | 'total' | 'groups'>;
  readonly view: LedgerView;
  readonly rules: Pick<AlertRules, 'productPurchasesMin' | 'productsMax'>;
  readonly factor: number;
};

/** Share that products never bought before have in a customer's known groups over a period. */
export const newProductsOf = (
  { vector }: Pick<CustomerState, 'vector'>,
  { fromMs, toMs }: Pick<ExpectationWindow, 'fromMs' | 'toMs'>,
  model: ModelArtefact,
): number =>
  newShare(
    horizonModelFor(model, (toMs - fromMs) / MS_PER_DAY).newShares?.products,
    vector[V.orderDays] ?? 0,
  );

const baseOf = ({ fromMs, toMs }: Comparison['window']) =>
  ({ kind: 'behind_forecast', fromMs, toMs }) as const;

/** Expected and actual of the whole customer. */
export const compareCustomer = ({ window, view, factor }: Comparison): Finding => ({
  ...baseOf(window),
  level: 'customer',
  scopeId: -1,
  expected: scaleExpectation(window.total, factor),
  actualMinor: actualMinor(view, WHOLE_CUSTOMER, window),
});

/** Expected and actual of each product group. */
export const compareGroups = ({ window, view, factor }: Comparison): readonly Finding[] => {
  const actuals = actualByGroup(view, window);
  return window.groups.map(({ groupId, ...expected }): Finding => ({
    ...baseOf(window),
    level: 'product_group',
    scopeId: groupId,
    expected: scaleExpectation(expected, factor),
    actualMinor: actuals.get(groupId) ?? 0,
  }));
};

/** Expected and actual of the products steadily bought in the year before, of these groups. */
export const compareProducts = (
  groups: readonly Finding[],
  {
    window,
    view,
    rules,
    newProducts,
  }: Comparison & {
    /** Share of a group's expectation that falls on products never bought before. */
    readonly newProducts: number;
  },
): readonly Finding[] => {
  const { productPurchasesMin, productsMax } = rules;
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
      : group.expected.expectedMinor * (1 - newProducts) * (Math.max(0, use.netMinor) / total);
  };
  return [...before.values()]
    .filter(({ purchases }) => purchases >= productPurchasesMin)
    .map((use) => ({ use, expectedMinor: Math.round(expectedOf(use)) }))
    .sort((a, b) => b.expectedMinor - a.expectedMinor || a.use.skuId - b.use.skuId)
    .slice(0, productsMax)
    .map(({ use, expectedMinor }): Finding => {
      const purchases = use.purchases * ((toMs - fromMs) / YEAR_MS);
      return {
        ...baseOf(window),
        level: 'product',
        scopeId: use.skuId,
        expected: productExpectation(expectedMinor, purchases),
        actualMinor: during.get(use.skuId)?.netMinor ?? 0,
      };
    });
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
