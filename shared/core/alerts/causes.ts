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
import { runOf, runProbability } from './group-runs.js';
import { actualByGroup, type LedgerView } from './ledger-view.js';
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
};

const YEAR_MS = 365 * MS_PER_DAY;
/** What the unexplained weighs beside a cause of full strength. */
const UNKNOWN_STRENGTH = 0.12;
/** Causes below this share are noise. */
const WEIGHT_MIN = 0.03;
/** A group with less than this share of its usual revenue has gone silent. */
const SILENT_SHARE = 0.15;
/** Last orders below this share of the usual pace are a fading, not a stop. */
const FADING_PACE = 0.7;
/** Others that keep this share of their usual revenue go on buying. */
const GOING_ON_SHARE = 0.5;
/** Share of the loss that silent groups must explain to be its cause. */
const EXPLAINED_MIN = 0.4;
/** A run of order days without a group that is as improbable is no chance. */
const RUN_IMPROBABLE = 0.02;

/** Returns the causes, the likeliest first; their weights sum to 1. */
export const rankCauses = (question: CauseQuestion): readonly LikelyCause[] => {
  const found: Evidence[] = [
    territoryUnstaffed({ ...question, period: question.alert }),
    competitorLoss(question),
    priceOrReturns({ ...question, period: question.alert }),
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

/** Groups that fell silent, by their own run of order days without them, while the customer bought on. */
const competitorLoss = (question: CauseQuestion): Evidence => {
  const { alert, context, view } = question;
  const { actual, usual } = usualAndActual(question);
  let silentMinor = 0;
  let othersUsual = 0;
  let othersActual = 0;
  const silent: number[] = [];
  for (const [groupId, usualMinor] of usual) {
    const groupMinor = actual.get(groupId) ?? 0;
    const isScope = alert.level === 'product_group' && alert.scopeId === groupId;
    if (isScope || (groupMinor < SILENT_SHARE * usualMinor && isMissed(view, groupId))) {
      silentMinor += usualMinor - groupMinor;
      silent.push(groupId);
    } else {
      othersUsual += usualMinor;
      othersActual += groupMinor;
    }
  }
  if (alert.level === 'product') return productLoss(question, othersActual);
  if (silent.length === 0 || othersUsual <= 0) return nothing('competitor_loss');
  const goingOn = othersActual / othersUsual;
  // What the others lost besides is explained by something else.
  const explained = silentMinor / (silentMinor + Math.max(0, othersUsual - othersActual));
  if (goingOn < GOING_ON_SHARE || explained < EXPLAINED_MIN) return nothing('competitor_loss');
  const names = silent.slice(0, 3).map((groupId) => context.names.nameOf(groupId));
  return {
    code: 'competitor_loss',
    strength: 0.8 * explained,
    evidence:
      `${names.join(', ')} fell silent while the other product groups kept ` +
      `${percentInWords(goingOn)} of their usual revenue: probably bought elsewhere.`,
  };
};

/** True when the customer bought on without the group for longer than chance explains. */
const isMissed = (view: LedgerView, groupId: number): boolean => {
  const run = runOf(view.orderDays(), groupId);
  return run !== null && runProbability(run) <= RUN_IMPROBABLE;
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
