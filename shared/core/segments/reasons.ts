/**
 * Why a customer's segment, profile, flags or plan changed: in numbers (dimension before and after,
 * the threshold it crossed) and in words. The weightiest comes first. Cold path: runs on a change only.
 */
import type { Dimensions, Reason, Segment } from '../contract.generated.js';
import { moneyInWords, percentInWords } from '../decide/words.js';
import { shareOfWalletWithInterval, type WalletCertainty } from '../potential/share-of-wallet.js';
import { rankOf } from './ladder.js';
import type { DimensionName, SegmentConditions, SegmentRules } from './rules.js';

/** What a change was about; `before` is the standing as it was. */
export type ChangeFacts = {
  readonly fromSegment: Segment | null;
  readonly intoSegment: Segment;
  readonly fromProfile: string | null;
  readonly intoProfile: string;
  readonly wasPotentialCustomer: boolean;
  readonly isPotentialCustomer: boolean;
  readonly wasSmallCustomer: boolean;
  readonly isSmallCustomer: boolean;
  readonly override: 'set' | 'ended' | 'none';
  readonly overrideReason: string;
  readonly before: Dimensions | null;
  readonly after: Dimensions;
  readonly certainty: WalletCertainty;
  readonly currency: string;
};

const REASONS_MAX = 8;
/** A dimension that moved by less than this is not worth a sentence. */
const MOVE_MIN = 0.05;

const LABELS: Readonly<Record<DimensionName, string>> = {
  potentialMinor: 'yearly potential',
  trailingYearMinor: 'revenue of the last twelve months',
  shareOfWallet: 'share of wallet',
  buyingBehaviour: 'buying behaviour',
  probabilityAlive: 'probability of still buying',
};

const isMoney = (name: DimensionName): boolean =>
  name === 'potentialMinor' || name === 'trailingYearMinor';

const inWords = (name: DimensionName, value: number, currency: string): string =>
  isMoney(name) ? moneyInWords(value, currency) : percentInWords(value);

/** Returns the reasons of a change, the weightiest first, at least one. */
export const explainChange = (facts: ChangeFacts, rules: SegmentRules): readonly Reason[] => {
  const reasons: Reason[] = [];
  addOverrideReason(facts, reasons);
  addSegmentReasons(facts, rules, reasons);
  addFlagReasons(facts, reasons);
  addProfileReason(facts, reasons);
  if (reasons.length === 0) {
    reasons.push({
      code: 'plan_changed',
      feature: 'plan',
      before: null,
      after: facts.after.buyingBehaviour,
      text: 'The strategy plan changed with the rulebook; the customer itself did not.',
    });
  }
  return reasons.length > REASONS_MAX ? reasons.slice(0, REASONS_MAX) : reasons;
};

const addOverrideReason = (facts: ChangeFacts, reasons: Reason[]): void => {
  const { override, fromSegment, intoSegment } = facts;
  if (override === 'none') return;
  reasons.push({
    code: override === 'set' ? 'override_set' : 'override_ended',
    feature: 'override',
    before: fromSegment === null ? null : rankOf(fromSegment),
    after: rankOf(intoSegment),
    text:
      override === 'set'
        ? `A person set the segment to ${intoSegment}: ${facts.overrideReason}`
        : 'The segment set by a person ended; the dimensions decide again.',
  });
};

const addSegmentReasons = (facts: ChangeFacts, rules: SegmentRules, reasons: Reason[]): void => {
  const { fromSegment, intoSegment, before, after } = facts;
  if (facts.override === 'set' || fromSegment === intoSegment) return;
  if (fromSegment === null || before === null) {
    reasons.push(firstReason(facts));
    return;
  }
  const isRise = rankOf(intoSegment) < rankOf(fromSegment);
  const decisive = isRise ? intoSegment : fromSegment;
  const factor = isRise ? 1 + rules.hysteresisBand : 1 - rules.hysteresisBand;
  for (const move of moves) move.threshold = null;
  for (const level of rules.levels) {
    if (level.segment !== decisive) continue;
    const alternative = decisiveAlternative(level.anyOf, { before, after, factor, isRise });
    for (const { dimension, atLeast } of alternative) setThreshold(dimension, atLeast * factor);
  }
  addMovedReasons(facts, { before, isRise }, reasons);
};

const setThreshold = (name: DimensionName, threshold: number): void => {
  for (const move of moves) if (move.name === name) move.threshold = threshold;
};

/** The alternative that now holds (rise), or the one that came nearest before it failed (fall). */
const decisiveAlternative = (
  alternatives: readonly SegmentConditions[],
  {
    before,
    after,
    factor,
    isRise,
  }: {
    readonly before: Dimensions;
    readonly after: Dimensions;
    readonly factor: number;
    readonly isRise: boolean;
  },
): SegmentConditions => {
  const dimensions = isRise ? after : before;
  const fitting = alternatives.find((conditions) =>
    conditions.every(({ dimension, atLeast }) => dimensions[dimension] >= atLeast * factor),
  );
  return fitting ?? alternatives[0] ?? [];
};

const firstReason = (facts: ChangeFacts): Reason => {
  const { after, currency, certainty } = facts;
  const wallet = shareOfWalletWithInterval({
    ...certainty,
    trailingMinor: after.trailingYearMinor,
    potentialMinor: after.potentialMinor,
  });
  return {
    code: 'first_assignment',
    feature: 'potentialMinor',
    before: null,
    after: after.potentialMinor,
    text:
      `First assignment: potential ${moneyInWords(after.potentialMinor, currency)} a year, ` +
      `share of wallet ${percentInWords(wallet.share)} ` +
      `(${percentInWords(wallet.lower80)} to ${percentInWords(wallet.upper80)}), ` +
      `buying behaviour ${percentInWords(after.buyingBehaviour)}.`,
  };
};

/** How one dimension moved; one object per dimension, filled anew for each change. */
type Move = {
  readonly name: DimensionName;
  readonly roseCode: string;
  readonly fellCode: string;
  threshold: number | null;
  hasCrossed: boolean;
  isWithChange: boolean;
  /** Size of the move relative to the larger of both values. */
  size: number;
};

const measureMove = (
  move: Move,
  { before, after, isRise }: { before: Dimensions; after: Dimensions; isRise: boolean },
): void => {
  const from = before[move.name];
  const to = after[move.name];
  const { threshold } = move;
  move.hasCrossed = threshold !== null && from < threshold !== to < threshold;
  move.isWithChange = isRise ? to > from : to < from;
  const scale = Math.max(Math.abs(from), Math.abs(to));
  move.size = scale === 0 ? 0 : Math.abs(to - from) / scale;
};

/** Crossed thresholds first, then the larger move. */
const compareMoves = (a: Move, b: Move): number =>
  Number(b.hasCrossed) - Number(a.hasCrossed) || b.size - a.size;

/** Moves of the dimensions: those that crossed a threshold first, then by how far they moved. */
const addMovedReasons = (
  { after, currency }: ChangeFacts,
  { before, isRise }: { readonly before: Dimensions; readonly isRise: boolean },
  reasons: Reason[],
): void => {
  for (const move of moves) measureMove(move, { before, after, isRise });
  const ordered = moves.slice().sort(compareMoves);
  const facts = { before, after, currency };
  const countBefore = reasons.length;
  for (const move of ordered) {
    const isTelling = move.hasCrossed || (move.isWithChange && move.size >= MOVE_MIN);
    if (isTelling) reasons.push(reasonOfMove(move, facts));
  }
  const largest = ordered[0];
  if (reasons.length === countBefore && largest !== undefined) {
    reasons.push(reasonOfMove(largest, facts));
  }
};

const reasonOfMove = (
  { name, threshold, hasCrossed, roseCode, fellCode }: Move,
  { before, after, currency }: { before: Dimensions; after: Dimensions; currency: string },
): Reason => {
  const hasRisen = after[name] >= before[name];
  const limit =
    hasCrossed && threshold !== null ? `, which crosses ${inWords(name, threshold, currency)}` : '';
  const from = inWords(name, before[name], currency);
  const into = inWords(name, after[name], currency);
  return {
    code: hasRisen ? roseCode : fellCode,
    feature: name,
    before: before[name],
    after: after[name],
    text: `The ${LABELS[name]} ${hasRisen ? 'rose' : 'fell'} from ${from} to ${into}${limit}.`,
  };
};

const snake = (name: DimensionName): string =>
  name.replace(/Minor$/, '').replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const MOVED: readonly DimensionName[] = [
  'trailingYearMinor',
  'shareOfWallet',
  'potentialMinor',
  'buyingBehaviour',
  'probabilityAlive',
];
const moves: readonly Move[] = MOVED.map((name) => ({
  name,
  roseCode: `${snake(name)}_rose`,
  fellCode: `${snake(name)}_fell`,
  threshold: null,
  hasCrossed: false,
  isWithChange: false,
  size: 0,
}));

const addFlagReasons = (facts: ChangeFacts, reasons: Reason[]): void => {
  const { after, before, currency } = facts;
  if (facts.wasPotentialCustomer !== facts.isPotentialCustomer) {
    const verb = facts.isPotentialCustomer ? 'Now' : 'No longer';
    reasons.push({
      code: facts.isPotentialCustomer ? 'potential_flag_set' : 'potential_flag_cleared',
      feature: 'shareOfWallet',
      before: before?.shareOfWallet ?? null,
      after: after.shareOfWallet,
      text:
        `${verb} a potential customer: ${percentInWords(after.shareOfWallet)} of a yearly potential ` +
        `of ${moneyInWords(after.potentialMinor, currency)} is bought here.`,
    });
  }
  if (facts.wasSmallCustomer !== facts.isSmallCustomer) {
    const verb = facts.isSmallCustomer ? 'Now' : 'No longer';
    reasons.push({
      code: facts.isSmallCustomer ? 'small_flag_set' : 'small_flag_cleared',
      feature: 'trailingYearMinor',
      before: before?.trailingYearMinor ?? null,
      after: after.trailingYearMinor,
      text:
        `${verb} a small customer: ${moneyInWords(after.trailingYearMinor, currency)} in twelve months, ` +
        `potential ${moneyInWords(after.potentialMinor, currency)}.`,
    });
  }
};

const addProfileReason = (facts: ChangeFacts, reasons: Reason[]): void => {
  const { fromProfile, intoProfile, before, after } = facts;
  if (fromProfile === null || fromProfile === intoProfile) return;
  reasons.push({
    code: 'profile_changed',
    feature: 'buyingBehaviour',
    before: before?.buyingBehaviour ?? null,
    after: after.buyingBehaviour,
    text: `The buying profile changed from ${fromProfile} to ${intoProfile}.`,
  });
};
