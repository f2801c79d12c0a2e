/**
 * Why a customer's segment, profile, flags or plan changed: in numbers (dimension before and after,
 * the threshold it crossed) and in words. The weightiest comes first. Cold path: runs on a change only.
 */
import type { Dimensions, Reason, Segment } from '../contract.generated.js';
import { moneyInWords, percentInWords } from '../decide/words.js';
import { shareOfWalletWithInterval } from '../potential/share-of-wallet.js';
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
  readonly potentialError: number;
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
  const reasons = [
    ...overrideReasons(facts),
    ...segmentReasons(facts, rules),
    ...flagReasons(facts),
    ...profileReasons(facts),
  ];
  if (reasons.length === 0) {
    reasons.push({
      code: 'plan_changed',
      feature: 'plan',
      before: null,
      after: facts.after.buyingBehaviour,
      text: 'The strategy plan changed with the rulebook; the customer itself did not.',
    });
  }
  return reasons.slice(0, REASONS_MAX);
};

const overrideReasons = ({ override, overrideReason, ...facts }: ChangeFacts): readonly Reason[] =>
  override === 'none'
    ? []
    : [
        {
          code: override === 'set' ? 'override_set' : 'override_ended',
          feature: 'override',
          before: facts.fromSegment === null ? null : rankOf(facts.fromSegment),
          after: rankOf(facts.intoSegment),
          text:
            override === 'set'
              ? `A person set the segment to ${facts.intoSegment}: ${overrideReason}`
              : 'The segment set by a person ended; the dimensions decide again.',
        },
      ];

const segmentReasons = (facts: ChangeFacts, rules: SegmentRules): readonly Reason[] => {
  const { fromSegment, intoSegment, before, after } = facts;
  if (facts.override === 'set' || fromSegment === intoSegment) return [];
  if (fromSegment === null || before === null) return [firstReason(facts)];
  const isRise = rankOf(intoSegment) < rankOf(fromSegment);
  const decisive = isRise ? intoSegment : fromSegment;
  const factor = isRise ? 1 + rules.hysteresisBand : 1 - rules.hysteresisBand;
  const thresholds = new Map<DimensionName, number>();
  for (const level of rules.levels) {
    if (level.segment !== decisive) continue;
    const alternative = decisiveAlternative(level.anyOf, { before, after, factor, isRise });
    for (const { dimension, atLeast } of alternative) thresholds.set(dimension, atLeast * factor);
  }
  return movedReasons(facts, thresholds, { before, isRise });
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
  const { after, currency, potentialError } = facts;
  const wallet = shareOfWalletWithInterval(
    after.trailingYearMinor,
    after.potentialMinor,
    potentialError,
  );
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

/** Moves of the dimensions: those that crossed a threshold first, then by how far they moved. */
const movedReasons = (
  { after, currency }: ChangeFacts,
  thresholds: ReadonlyMap<DimensionName, number>,
  { before, isRise }: { readonly before: Dimensions; readonly isRise: boolean },
): readonly Reason[] => {
  const names: readonly DimensionName[] = [
    'trailingYearMinor',
    'shareOfWallet',
    'potentialMinor',
    'buyingBehaviour',
    'probabilityAlive',
  ];
  const moves = names.map((name) => {
    const threshold = thresholds.get(name);
    const hasCrossed =
      threshold !== undefined && before[name] < threshold !== after[name] < threshold;
    const isWithChange = isRise ? after[name] > before[name] : after[name] < before[name];
    const scale = Math.max(Math.abs(before[name]), Math.abs(after[name]));
    const move = scale === 0 ? 0 : Math.abs(after[name] - before[name]) / scale;
    return { name, threshold, hasCrossed, isWithChange, move };
  });
  moves.sort((a, b) => Number(b.hasCrossed) - Number(a.hasCrossed) || b.move - a.move);
  const telling = moves.filter((m) => m.hasCrossed || (m.isWithChange && m.move >= MOVE_MIN));
  return (telling.length > 0 ? telling : moves.slice(0, 1)).map(
    ({ name, threshold, hasCrossed }) => {
      const rose = after[name] >= before[name];
      const limit =
        hasCrossed && threshold !== undefined
          ? `, which crosses ${inWords(name, threshold, currency)}`
          : '';
      return {
        code: `${snake(name)}_${rose ? 'rose' : 'fell'}`,
        feature: name,
        before: before[name],
        after: after[name],
        text:
          `The ${LABELS[name]} ${rose ? 'rose' : 'fell'} from ` +
          `${inWords(name, before[name], currency)} to ${inWords(name, after[name], currency)}${limit}.`,
      };
    },
  );
};

const snake = (name: DimensionName): string =>
  name.replace(/Minor$/, '').replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const flagReasons = (facts: ChangeFacts): readonly Reason[] => {
  const reasons: Reason[] = [];
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
  return reasons;
};

const profileReasons = ({ fromProfile, intoProfile, ...facts }: ChangeFacts): readonly Reason[] =>
  fromProfile === null || fromProfile === intoProfile
    ? []
    : [
        {
          code: 'profile_changed',
          feature: 'buyingBehaviour',
          before: facts.before?.buyingBehaviour ?? null,
          after: facts.after.buyingBehaviour,
          text: `The buying profile changed from ${fromProfile} to ${intoProfile}.`,
        },
      ];
