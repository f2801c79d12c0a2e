/**
 * Steps a customer's segment, flags, profile and plan. A rise and a first assignment hold at once; a
 * fall, a flag and a profile wait until nothing changed for the dwell time, so an input that swings
 * around a threshold cannot make the outputs flap (docs/adr/0007-segment-hysteresis.md). No allocation
 * while nothing changes: it runs for every order.
 */
import type { Dimensions, Segment } from '../contract.generated.js';
import type { CustomerState } from '../customer/state.js';
import { V } from '../features/vector.js';
import { trailingYearVariation } from '../features/year-luck.js';
import { assignProfile } from '../models/profiles.js';
import { potentialTableOf } from '../potential/calibrated-table.js';
import { machinePotentialError } from '../potential/machine-potential.js';
import type { WalletCertainty } from '../potential/share-of-wallet.js';
import { compileRulebook, type CompiledRulebook } from '../rulebook/compiled.js';
import {
  createDimensions,
  measureDimensions,
  type DimensionInputs,
} from '../segments/dimensions.js';
import { isPotentialCustomer, isSmallCustomer } from '../segments/flags.js';
import { rankOf, segmentFor } from '../segments/ladder.js';
import { explainChange } from '../segments/reasons.js';
import { flagOf, planFor } from '../treatments/plans.js';
import type { DecisionContext } from './context.js';
import { outputParts } from './output-parts.js';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Dimensions of the customer classified last; valid until the next call. */
export const dimensionsNow = createDimensions();

const inputs: { current: Mutable<DimensionInputs> | null } = { current: null };

/** Fills dimensionsNow for a customer. */
export const measureNow = (
  customer: CustomerState,
  { asOfMs, model, rulebook }: DecisionContext,
): void => {
  const { potential, behaviour } = rulebook;
  const potentialTable = potentialTableOf(rulebook, model);
  if (inputs.current === null) {
    inputs.current = { asOfMs, model, potential, potentialTable, behaviour };
  } else {
    const { current } = inputs;
    current.asOfMs = asOfMs;
    current.model = model;
    current.potential = potential;
    current.potentialTable = potentialTable;
    current.behaviour = behaviour;
  }
  measureDimensions(customer, inputs.current, dimensionsNow);
};

/** Where the next standing is worked out before it is compared with the present one. */
const next: {
  segment: Segment;
  profile: number;
  isPotential: boolean;
  isSmall: boolean;
} = { segment: 'D', profile: 0, isPotential: false, isSmall: false };

export type ClassifyOptions = {
  /** Ticks reconsider the profile; orders only assign the first one. */
  readonly mayChangeProfile: boolean;
  /** A person's word holds at once, whatever the dwell time. */
  readonly isForced: boolean;
};

/** Returns true when the standing changed, be it only its candidate; emits what others must know. */
export const classify = (
  customer: CustomerState,
  context: DecisionContext,
  options: ClassifyOptions,
): boolean => {
  const compiled = compileRulebook(context.rulebook);
  const { standing } = customer;
  const hasEnded = dropEndedOverride(customer, context.asOfMs);
  const isFirst = isFirstPurchase(customer);
  const profile = profileFor(customer, context, isFirst || options.mayChangeProfile);
  if (standing.profile === -1) standing.profile = profile;
  measureNow(customer, context);
  const { segments } = context.rulebook;
  const isUnbound = hasEnded || options.isForced;
  const current = isUnbound ? null : standing.segment;
  const asked = standing.override?.segment ?? segmentFor(dimensionsNow, current, segments);
  const sinceMs = context.asOfMs - standing.segmentSinceMs;
  const hasDwelt = isUnbound || isFirst || sinceMs >= compiled.dwellMs;
  chooseNext({ standing, asked, profile, hasDwelt, segments });
  const candidate = next.segment === asked ? null : asked;
  const isCandidateChanged = noteCandidate(customer, candidate, context);
  return applyNext(customer, context, { compiled, hasEnded, options }) || isCandidateChanged;
};

type Choice = {
  readonly standing: CustomerState['standing'];
  readonly asked: Segment;
  readonly profile: number;
  readonly hasDwelt: boolean;
  readonly segments: DecisionContext['rulebook']['segments'];
};

/** A rise takes effect at once; everything else waits for the dwell time. */
const chooseNext = ({ standing, asked, profile, hasDwelt: hasWaited, segments }: Choice): void => {
  const hasDwelt = hasWaited || standing.segment === null;
  const isRise = standing.segment !== null && rankOf(asked) < rankOf(standing.segment);
  next.segment = hasDwelt || isRise || standing.segment === null ? asked : standing.segment;
  next.profile = hasDwelt ? profile : standing.profile;
  next.isPotential = standing.isPotentialCustomer;
  next.isSmall = standing.isSmallCustomer;
  if (hasDwelt || (isRise && next.segment !== standing.segment)) {
    next.isPotential = isPotentialCustomer(dimensionsNow, next.isPotential, segments);
    next.isSmall = !next.isPotential && isSmallCustomer(dimensionsNow, next.isSmall, segments);
  }
};

/** A prospect's first purchase, or one of a customer given up, is looked at without waiting. */
const isFirstPurchase = ({ vector, standing }: CustomerState): boolean =>
  standing.dimensions !== null &&
  standing.dimensions.probabilityAlive === 0 &&
  (vector[V.orderDays] ?? 0) > 0;

const dropEndedOverride = ({ standing }: CustomerState, asOfMs: number): boolean => {
  const expiresAtMs = standing.override?.expiresAtMs ?? null;
  if (expiresAtMs === null || expiresAtMs > asOfMs) return false;
  standing.override = null;
  return true;
};

const profileFor = (
  { vector, standing }: CustomerState,
  { asOfMs, model, rulebook }: DecisionContext,
  mayChange: boolean,
): number => {
  const isNone = standing.profile === -1;
  if ((!isNone && !mayChange) || (vector[V.orderDays] ?? 0) === 0) {
    return isNone ? lastProfile(rulebook.treatments.profiles.length) : standing.profile;
  }
  const { index, margin } = assignProfile({ vector, asOfMs, model });
  const isClear = margin >= rulebook.segments.profileMarginMin;
  return isNone || isClear ? index : standing.profile;
};

/** Without a purchase a customer counts as occasional, the last profile. */
const lastProfile = (profiles: number): number => Math.max(0, profiles - 1);

const noteCandidate = (
  { standing }: CustomerState,
  candidate: Segment | null,
  { asOfMs }: DecisionContext,
): boolean => {
  if (standing.candidate === candidate) return false;
  standing.candidate = candidate;
  standing.candidateSinceMs = candidate === null ? 0 : asOfMs;
  return true;
};

type ApplyFacts = {
  readonly compiled: CompiledRulebook;
  readonly hasEnded: boolean;
  readonly options: ClassifyOptions;
};

const applyNext = (
  customer: CustomerState,
  context: DecisionContext,
  facts: ApplyFacts,
): boolean => {
  const { standing } = customer;
  const plan = planFor(
    facts.compiled.planTable,
    next.segment,
    next.profile,
    flagOf(next.segment, next.isPotential, next.isSmall),
  );
  if (
    standing.segment === next.segment &&
    standing.profile === next.profile &&
    standing.isPotentialCustomer === next.isPotential &&
    standing.isSmallCustomer === next.isSmall &&
    standing.planId === plan.planId &&
    !facts.hasEnded &&
    !facts.options.isForced
  ) {
    return false;
  }
  const before = snapshotOf(standing);
  const after: Dimensions = { ...dimensionsNow };
  standing.segment = next.segment;
  standing.segmentSinceMs = context.asOfMs;
  standing.profile = next.profile;
  standing.profileName = profileNameOf(next.profile, context);
  standing.isPotentialCustomer = next.isPotential;
  standing.isSmallCustomer = next.isSmall;
  standing.planId = plan.planId;
  standing.dimensions = after;
  emitChange(customer, context, {
    compiled: facts.compiled,
    hasEnded: facts.hasEnded,
    options: facts.options,
    before,
    after,
    plan,
  });
  return true;
};

const snapshotOf = (standing: CustomerState['standing']) => ({
  segment: standing.segment,
  profileName: standing.profileName === '' ? null : standing.profileName,
  isPotential: standing.isPotentialCustomer,
  isSmall: standing.isSmallCustomer,
  planId: standing.planId === '' ? null : standing.planId,
  dimensions: standing.dimensions,
});

type ChangeFacts = ApplyFacts & {
  readonly before: ReturnType<typeof snapshotOf>;
  readonly after: Dimensions;
  readonly plan: ReturnType<typeof planFor>;
};

const emitChange = (
  customer: CustomerState,
  context: DecisionContext,
  facts: ChangeFacts,
): void => {
  const { standing } = customer;
  const { before, after, plan } = facts;
  const { rulebook } = context;
  const parts = outputParts(customer, context);
  context.emit({
    kind: 'segment-changed',
    // Spelled out: a literal that begins with a spread is built property by property, ten times slower.
    record: {
      outputId: parts.outputId,
      customerId: parts.customerId,
      asOfMs: parts.asOfMs,
      country: parts.country,
      territory: parts.territory,
      salesRep: parts.salesRep,
      currency: parts.currency,
      cause: parts.cause,
      rulebookVersion: parts.rulebookVersion,
      modelVersion: parts.modelVersion,
      fromSegment: before.segment,
      intoSegment: next.segment,
      fromProfile: before.profileName,
      intoProfile: standing.profileName,
      dimensionsBefore: before.dimensions,
      dimensionsAfter: after,
      isPotentialCustomer: next.isPotential,
      isSmallCustomer: next.isSmall,
      isOverride: standing.override !== null,
      reasons: explainChange(
        {
          fromSegment: before.segment,
          intoSegment: next.segment,
          fromProfile: before.profileName,
          intoProfile: standing.profileName,
          wasPotentialCustomer: before.isPotential,
          isPotentialCustomer: next.isPotential,
          wasSmallCustomer: before.isSmall,
          isSmallCustomer: next.isSmall,
          override: overrideFact(customer, facts),
          overrideReason: standing.override?.reason ?? '',
          before: before.dimensions,
          after,
          certainty: certaintyOf(customer, context),
          currency: parts.currency,
        },
        rulebook.segments,
      ),
      planBefore: before.planId,
      plan,
    },
  });
};

/** How sure the share of wallet is. */
const certaintyOf = (
  { machines, vector }: CustomerState,
  { rulebook, model, asOfMs }: DecisionContext,
): WalletCertainty => ({
  potentialError:
    machines.length > 0
      ? machinePotentialError(machines, potentialTableOf(rulebook, model), asOfMs)
      : rulebook.potential.peerUncertainty,
  yearVariation: trailingYearVariation(vector, asOfMs),
  orderDayMinor: (vector[V.salesMinor] ?? 0) / Math.max(1, vector[V.orderDays] ?? 0),
});

const overrideFact = (
  { standing }: CustomerState,
  { hasEnded, options }: ApplyFacts,
): 'set' | 'ended' | 'none' => {
  if (hasEnded) return 'ended';
  if (!options.isForced) return 'none';
  return standing.override === null ? 'ended' : 'set';
};

/** Name of a profile by the model in force, else by the rulebook's plans. */
export const profileNameOf = (profile: number, { model, rulebook }: DecisionContext): string =>
  model.profiles.names[profile] ?? rulebook.treatments.profiles[profile]?.profile ?? 'unknown';
