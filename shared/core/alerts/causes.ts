/**
 * Likely causes of an alert, ranked, each with its evidence. Every cause looks for its own signature and
 * gives a strength between 0 and 1; the strengths are scaled to weights that sum to 1. What nothing
 * explains stays `unknown`.
 */
import type { CauseCode, LikelyCause } from '../contract.generated.js';
import type { CustomerState, OpenAlert } from '../customer/state.js';
import type { DecisionContext } from '../decide/context.js';
import { percentInWords } from '../decide/words.js';
import { MS_PER_DAY, V } from '../features/vector.js';
import { activityProbability } from '../models/activity.js';
import { chanceOdds, groupChanceOdds } from './chance.js';
import { runOf } from './group-runs.js';
import { actualByGroup, actualMinor, WHOLE_CUSTOMER, type LedgerView } from './ledger-view.js';
import { paceBefore } from './pace.js';
import { priceOrReturns } from './price-evidence.js';
import { territoryUnstaffed } from './territory-evidence.js';

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
  /** Tail probability of what the alert is about. */
  readonly probability: number;
};

const YEAR_MS = 365 * MS_PER_DAY;
/** What the unexplained weighs beside a cause of full strength. */
const UNKNOWN_STRENGTH = 0.12;
/** Odds from which chance is spoken of, and a strength beyond all others. */
const CHANCE_MIN = 0.1;
const STRENGTH_MAX = 1e6;
/** Causes below this share are noise. */
const WEIGHT_MIN = 0.03;
/** Probability from which a group counts as lost. */
const SURE_MIN = 0.5;
/** What a group that was lost for certain weighs. */
const LOST_STRENGTH = 0.8;
/** Last orders below this share of the usual pace are a fading, not a stop. */
const FADING_PACE = 0.7;
/** Share of the shortfall that lost groups must explain to be its cause. */
const EXPLAINED_MIN = 0.25;

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

/** What looks alike in orders: who lost a group for certain is neither gone nor behind by chance. */
const explainedAway = (loss: Evidence, { alert }: CauseQuestion): number =>
  alert.level === 'customer' ? 1 - Math.min(1, loss.strength / LOST_STRENGTH) : 1;

/** Returns the causes, the likeliest first; their weights sum to 1. */
export const rankCauses = (question: CauseQuestion): readonly LikelyCause[] => {
  const loss = competitorLoss(question);
  const left = explainedAway(loss, question);
  const fromOrders = [insolvencyLike(question), churned(question)].map((cause) => ({
    ...cause,
    strength: left * cause.strength,
  }));
  const found: Evidence[] = [
    territoryUnstaffed({ ...question, period: question.alert }),
    loss,
    priceOrReturns({ ...question, period: question.alert }),
    ...fromOrders,
    marketFalling(question),
    neverOffered(question),
  ];
  found.push(unknown(question, found, left));
  const total = sumOf(found.map(({ strength }) => strength));
  const kept = found.filter(({ strength }) => strength / total >= WEIGHT_MIN);
  const keptTotal = sumOf(kept.map(({ strength }) => strength));
  return kept
    .map(({ code, strength, evidence }) => ({ code, weight: strength / keptTotal, evidence }))
    .sort((a, b) => b.weight - a.weight || (a.code < b.code ? -1 : 1));
};

/** Signs that stand beside what the alert is about, and are rare among customers in health. */
const SIGNS: ReadonlySet<CauseCode> = new Set(['territory_unstaffed', 'price_or_returns']);
const SIGN_STRENGTH_MIN = 0.3;
const isSign = ({ code, strength }: Evidence): boolean =>
  SIGNS.has(code) && strength >= SIGN_STRENGTH_MIN;

/** Chance, and trouble that nothing explains: so much more than all named as makes its weight that. */
const unknown = (question: CauseQuestion, named: readonly Evidence[], left: number): Evidence => {
  // With such a sign beside it trouble is as likely as none, before anything is known of the orders.
  const odds = named.some(isSign) ? question.probability : chanceOdds(question);
  const troubles = UNKNOWN_STRENGTH + sumOf(named.map(({ strength }) => strength));
  return {
    code: 'unknown',
    strength: left * Math.min(STRENGTH_MAX, UNKNOWN_STRENGTH + odds * troubles),
    evidence:
      odds >= CHANCE_MIN
        ? `Chance alone, with a probability of ${percentInWords(odds / (1 + odds))}; ask the customer.`
        : 'No other signal in the data; ask the customer.',
  };
};

const nothing = (code: CauseCode): Evidence => ({ code, strength: 0, evidence: '' });

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

/** A group of the customer: how surely it was lost, what is missing of it, and on how many order days. */
type GroupLoss = { readonly groupId: number; readonly sure: number; readonly missingMinor: number };

/** Groups that are rather lost than missing by chance, by their own run of order days without them. */
const lostGroups = (question: CauseQuestion): readonly GroupLoss[] => {
  const { view } = question;
  const { actual, usual } = usualAndActual(question);
  return [...usual].flatMap(([groupId, usualMinor]) => {
    const run = runOf(view.orderDays(), groupId);
    if (run === null) return [];
    const sure = 1 / (1 + groupChanceOdds(question, groupId, run));
    const missingMinor = usualMinor - (actual.get(groupId) ?? 0);
    return sure >= SURE_MIN && missingMinor > 0 ? [{ groupId, sure, missingMinor }] : [];
  });
};

/** A customer that lost a group, by itself, or as a part of what the whole customer lost. */
const competitorLoss = (question: CauseQuestion): Evidence => {
  const { alert, context, view } = question;
  if (alert.level === 'product') return productLoss(question);
  const shortfallMinor = alert.expected.expectedMinor - alert.actualMinor;
  const lost =
    alert.level === 'customer'
      ? lostGroups(question)
      : [{ groupId: alert.scopeId, sure: 1, missingMinor: shortfallMinor }];
  const missingMinor = sumOf(lost.map((group) => group.missingMinor));
  if (lost.length === 0 || missingMinor < EXPLAINED_MIN * shortfallMinor) {
    return nothing('competitor_loss');
  }
  const parts = lost.slice(0, 3).map(({ groupId }) => {
    const days = runOf(view.orderDays(), groupId)?.sizes.without.length ?? 0;
    return `${context.names.nameOf(groupId)} is missing on the last ${String(days)} order days`;
  });
  return {
    code: 'competitor_loss',
    strength: LOST_STRENGTH * Math.max(...lost.map(({ sure }) => sure)),
    evidence: `${parts.join(', ')}, while others are bought: probably bought elsewhere.`,
  };
};

const productLoss = ({ context, alert, view }: CauseQuestion): Evidence =>
  actualMinor(view, WHOLE_CUSTOMER, alert) <= alert.actualMinor
    ? nothing('competitor_loss')
    : {
        code: 'competitor_loss',
        strength: 0.5,
        evidence:
          `${context.names.nameOf(alert.scopeId)} is no longer bought while other products are: ` +
          'replaced, or bought elsewhere.',
      };

const SILENT_LEFT = 0.05;

const isSilent = ({ alert }: CauseQuestion): boolean =>
  alert.actualMinor <= SILENT_LEFT * alert.expected.expectedMinor;

/** Alerts of the whole customer only: everything stopped at once, out of steady business. */
const insolvencyLike = (question: CauseQuestion): Evidence => {
  const { alert, view } = question;
  if (alert.level !== 'customer' || !isSilent(question)) return nothing('insolvency_like');
  const { usual } = usualAndActual(question);
  const pace = paceBefore(view, alert.toMs);
  if (pace === null || pace < FADING_PACE || usual.size < 2) return nothing('insolvency_like');
  return {
    code: 'insolvency_like',
    strength: 0.6,
    evidence:
      `All ${String(usual.size)} product groups stopped at once, after last orders at ` +
      `${percentInWords(pace)} of the usual pace: check solvency and whether the site still works.`,
  };
};

/** Alerts of the whole customer only: orders came ever smaller and later before they stopped. */
const churned = (question: CauseQuestion): Evidence => {
  const { customer, context, alert, view } = question;
  if (alert.level !== 'customer') return nothing('churned');
  const { asOfMs, model } = context;
  const alive = activityProbability(customer.vector, { asOfMs, model });
  const pace = paceBefore(view, alert.toMs);
  const isFading = pace !== null && pace < FADING_PACE;
  return {
    code: 'churned',
    strength: isFading ? 0.35 + 0.45 * (1 - alive) : 0.3 * (1 - alive),
    evidence:
      `The customer still buys with a probability of ${percentInWords(alive)}` +
      (isFading ? `; its last orders came at ${percentInWords(pace)} of the usual pace.` : '.'),
  };
};

const marketFalling = ({ context }: CauseQuestion): Evidence => {
  const { marketLevel } = context.model;
  if (marketLevel >= context.rulebook.alerts.marketFallingBelow) return nothing('market_falling');
  return {
    code: 'market_falling',
    strength: Math.min(0.8, 2 * (1 - marketLevel)),
    evidence:
      `All customers together order at ${percentInWords(marketLevel)} of the pace of the weeks before; ` +
      'the expectation was lowered by that already.',
  };
};

/** What was bought without an offer in the year before did not stop for want of one. */
const isBoughtUnasked = (question: CauseQuestion): boolean =>
  question.alert.level === 'product' || usualAndActual(question).usual.has(question.alert.scopeId);

const neverOffered = (question: CauseQuestion): Evidence => {
  const { customer, alert, context } = question;
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
    strength: offers.length > 0 && !isBoughtUnasked(question) ? 0.35 : 0.08,
    evidence: `No offer of ${name} is on record in the year before the period.`,
  };
};
