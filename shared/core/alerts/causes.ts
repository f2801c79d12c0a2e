/**
 * Likely causes of an alert, ranked, each with its evidence. Every cause looks for its own signature and
 * gives a strength between 0 and 1; the strengths are scaled to weights that sum to 1. What nothing
 * explains stays `unknown`.
 */
import type { CauseCode, LikelyCause } from '../contract.generated.js';
import type { CustomerState, OpenAlert } from '../customer/state.js';
import type { DecisionContext } from '../decide/context.js';
import { isoDay } from '../decide/dates.js';
import { percentInWords } from '../decide/words.js';
import { MS_PER_DAY, V } from '../features/vector.js';
import { activityProbability } from '../models/activity.js';
import { actualByGroup, actualMinor, type LedgerView, WHOLE_CUSTOMER } from './ledger-view.js';
import { priceOrReturns } from './price-evidence.js';

export type Evidence = {
  readonly code: CauseCode;
  readonly strength: number;
  readonly evidence: string;
};

export type CauseQuestion = {
  readonly customer: CustomerState;
  readonly alert: OpenAlert;
  readonly context: DecisionContext;
  readonly view: LedgerView;
};

const QUARTER_MS = 91 * MS_PER_DAY;
const YEAR_MS = 365 * MS_PER_DAY;
/** What the unexplained weighs beside a cause of full strength. */
const UNKNOWN_STRENGTH = 0.12;
/** Causes below this share are noise. */
const WEIGHT_MIN = 0.03;
/** A group with less than this share of its usual revenue has gone silent. */
const SILENT_SHARE = 0.15;
/** Others that keep this share of their usual revenue go on buying. */
const GOING_ON_SHARE = 0.7;

/** Returns the causes, the likeliest first; their weights sum to 1. */
export const rankCauses = (question: CauseQuestion): readonly LikelyCause[] => {
  const found: Evidence[] = [
    territoryUnstaffed(question),
    competitorLoss(question),
    priceOrReturns(question),
    insolvencyLike(question),
    churned(question),
    marketFalling(question),
    neverOffered(question),
    {
      code: 'unknown',
      strength: UNKNOWN_STRENGTH,
      evidence: 'No other signal in the data; ask the customer.',
    },
  ];
  const total = found.reduce((sum, cause) => sum + cause.strength, 0);
  const kept = found.filter(({ strength }) => strength / total >= WEIGHT_MIN);
  const keptTotal = kept.reduce((sum, cause) => sum + cause.strength, 0);
  return kept
    .map(({ code, strength, evidence }) => ({ code, weight: strength / keptTotal, evidence }))
    .sort((a, b) => b.weight - a.weight || (a.code < b.code ? -1 : 1));
};

const nothing = (code: CauseCode): Evidence => ({ code, strength: 0, evidence: '' });

const territoryUnstaffed = ({ customer, alert, context }: CauseQuestion): Evidence => {
  const territory = customer.master?.territory ?? '';
  const staffing = context.territories.get(territory);
  if (staffing === undefined || staffing.salesRep !== null) return nothing('territory_unstaffed');
  const overlapMs = alert.toMs - Math.max(alert.fromMs, staffing.staffedFromMs);
  const share = Math.min(1, Math.max(0, overlapMs) / Math.max(1, alert.toMs - alert.fromMs));
  return {
    code: 'territory_unstaffed',
    strength: 0.9 * share,
    evidence:
      `Nobody has been in charge of territory ${territory} since ${isoDay(staffing.staffedFromMs)}: ` +
      `${percentInWords(share)} of the period.`,
  };
};

/** Start of the history before a time that a year's view can use: no longer than there is any. */
const historyFrom = ({ customer }: CauseQuestion, yearBeforeMs: number): number =>
  Math.max(yearBeforeMs, customer.vector[V.firstOrderedAtMs] ?? 0);

/** Revenue by group: of the alert's period, and usual for as long by the year before it. */
const usualAndActual = (question: CauseQuestion) => {
  const { alert, view } = question;
  const lengthMs = Math.max(MS_PER_DAY, alert.toMs - alert.fromMs);
  const fromMs = historyFrom(question, alert.fromMs - YEAR_MS);
  const spanMs = Math.max(lengthMs, alert.fromMs - fromMs);
  const usual = new Map<number, number>();
  for (const [groupId, netMinor] of actualByGroup(view, { fromMs, toMs: alert.fromMs })) {
    if (netMinor > 0) usual.set(groupId, netMinor * (lengthMs / spanMs));
  }
  return { actual: actualByGroup(view, alert), usual };
};

const competitorLoss = (question: CauseQuestion): Evidence => {
  const { alert, context } = question;
  const { actual, usual } = usualAndActual(question);
  let silentMinor = 0;
  let othersUsual = 0;
  let othersActual = 0;
  const silent: number[] = [];
  for (const [groupId, usualMinor] of usual) {
    const actualMinorOfGroup = actual.get(groupId) ?? 0;
    const isScope = alert.level === 'product_group' && alert.scopeId === groupId;
    if (isScope || actualMinorOfGroup < SILENT_SHARE * usualMinor) {
      silentMinor += usualMinor;
      silent.push(groupId);
    } else {
      othersUsual += usualMinor;
      othersActual += actualMinorOfGroup;
    }
  }
  if (alert.level === 'product') return productLoss(question, othersActual);
  if (silent.length === 0 || othersUsual <= 0) return nothing('competitor_loss');
  const goingOn = othersActual / othersUsual;
  if (goingOn < GOING_ON_SHARE || silentMinor < 0.05 * othersUsual) {
    return nothing('competitor_loss');
  }
  const names = silent.slice(0, 3).map((groupId) => context.names.nameOf(groupId));
  return {
    code: 'competitor_loss',
    strength: 0.8,
    evidence:
      `${names.join(', ')} fell silent while the other product groups kept ` +
      `${percentInWords(goingOn)} of their usual revenue: probably bought elsewhere.`,
  };
};

const productLoss = ({ context, alert }: CauseQuestion, othersActual: number): Evidence =>
  othersActual <= 0
    ? nothing('competitor_loss')
    : {
        code: 'competitor_loss',
        strength: 0.5,
        evidence:
          `${context.names.nameOf(alert.scopeId)} is no longer bought while other products are: ` +
          'replaced, or bought elsewhere.',
      };

/**
 * Revenue of the quarter before the period, relative to the year before that; null where there is less
 * than a quarter to compare with.
 */
const trendBefore = (question: CauseQuestion): number | null => {
  const { alert, view } = question;
  const quarterMs = alert.fromMs - QUARTER_MS;
  const fromMs = historyFrom(question, quarterMs - YEAR_MS);
  const spanMs = quarterMs - fromMs;
  if (spanMs < QUARTER_MS) return null;
  const earlier = actualMinor(view, WHOLE_CUSTOMER, { fromMs, toMs: quarterMs });
  if (earlier <= 0) return null;
  const period = { fromMs: quarterMs, toMs: alert.fromMs };
  return actualMinor(view, WHOLE_CUSTOMER, period) / (earlier * (QUARTER_MS / spanMs));
};

/** Alerts of the whole customer only: everything stopped at once, out of steady business. */
const insolvencyLike = (question: CauseQuestion): Evidence => {
  const { alert } = question;
  if (alert.level !== 'customer') return nothing('insolvency_like');
  const { usual } = usualAndActual(question);
  const trend = trendBefore(question);
  const isSilent = alert.actualMinor <= 0.05 * alert.expected.expectedMinor;
  if (!isSilent || trend === null || trend < 0.75 || usual.size < 2) {
    return nothing('insolvency_like');
  }
  return {
    code: 'insolvency_like',
    strength: 0.6,
    evidence:
      `All ${String(usual.size)} product groups stopped at once, after a quarter at ` +
      `${percentInWords(trend)} of the usual revenue: check solvency and whether the site still works.`,
  };
};

const churned = (question: CauseQuestion): Evidence => {
  const { customer, context, alert } = question;
  if (alert.level !== 'customer') return nothing('churned');
  const { asOfMs, model } = context;
  const alive = activityProbability(customer.vector, { asOfMs, model });
  const trend = trendBefore(question);
  const isDeclining = trend !== null && trend < 0.7;
  const strength = Math.max(0, 0.7 * (1 - alive) + (isDeclining ? 0.25 : -0.1));
  return {
    code: 'churned',
    strength,
    evidence:
      `The customer still buys with a probability of ${percentInWords(alive)}` +
      (isDeclining ? `, after a quarter at ${percentInWords(trend)} of the usual revenue.` : '.'),
  };
};

const marketFalling = ({ context }: CauseQuestion): Evidence => {
  const { marketLevel } = context.model;
  if (marketLevel >= context.rulebook.alerts.marketFallingBelow) return nothing('market_falling');
  return {
    code: 'market_falling',
    strength: Math.min(0.8, 2 * (1 - marketLevel)),
    evidence:
      `All customers together bought ${percentInWords(marketLevel)} of their forecast in the last ` +
      'eight weeks; the expectation was lowered by that already.',
  };
};

const neverOffered = ({ customer, alert, context }: CauseQuestion): Evidence => {
  if (alert.level === 'customer') return nothing('never_offered');
  const { offers } = customer.standing;
  const isOffered = offers.some(
    ({ groupId, skuId, offeredAtMs }) =>
      offeredAtMs > alert.fromMs - YEAR_MS &&
      (alert.level === 'product_group' ? groupId : skuId) === alert.scopeId,
  );
  if (isOffered) return nothing('never_offered');
  const name = context.names.nameOf(alert.scopeId);
  return {
    code: 'never_offered',
    // Where offers are never recorded at all, a missing one says little.
    strength: offers.length > 0 ? 0.35 : 0.08,
    evidence: `No offer of ${name} is on record in the year before the period.`,
  };
};
