/**
 * The state of one customer, split in two by how it may be computed:
 *
 * - what follows from the documents alone (`vector`, `groups`, `ledger`): a pure function of the set
 *   of current documents, whatever order they arrived in. A correction edits the ledger and folds it
 *   again; an order at the end of the ledger is folded in place, O(1).
 * - what was decided over time (`standing`): segment with its hysteresis, open alerts, promises.
 *
 * The fold owns a state while it runs and changes it in place: a copy per order would cost more
 * than all scoring together.
 */
import type {
  AlertKind,
  AlertLevel,
  AlertStatus,
  Dimensions,
  Segment,
} from '../contract.generated.js';
import type { Ledger } from './ledger.js';

/** Master data as last reported; see schemas/events/customer-updated.avsc. */
export type CustomerMaster = {
  readonly country: string;
  readonly territory: string;
  readonly salesRep: string | null;
  readonly industry: string | null;
  readonly parentCustomerId: string | null;
  readonly latitude: number | null;
  readonly longitude: number | null;
  readonly currency: string;
};

export type Machine = {
  readonly machineId: string;
  readonly machineType: string;
  readonly commissionedAtMs: number;
  readonly decommissionedAtMs: number | null;
};

export type SegmentOverride = {
  readonly segment: Segment;
  readonly reason: string;
  readonly expiresAtMs: number | null;
};

/** What was expected of the running comparison period when it began; compared when it ends. */
export type ExpectationWindow = {
  readonly fromMs: number;
  readonly toMs: number;
  readonly total: Expectation;
  readonly groups: readonly (Expectation & { readonly groupId: number })[];
  /** Forecast by a trained model; what the built-in one expects is too vague to be held against anybody. */
  readonly isTrained: boolean;
};

export type Expectation = {
  readonly expectedMinor: number;
  readonly lower80Minor: number;
  readonly upper80Minor: number;
};

/** An alert that is not over yet; `scopeId` is the interned product group or product, -1 for none. */
export type OpenAlert = {
  readonly alertId: string;
  readonly level: AlertLevel;
  readonly kind: AlertKind;
  readonly scopeId: number;
  readonly status: AlertStatus;
  readonly fromMs: number;
  readonly toMs: number;
  readonly expected: Expectation;
  readonly actualMinor: number;
  readonly snoozedUntilMs: number | null;
};

export type OpenOpportunity = {
  readonly opportunityId: string;
  readonly kind: 'cross_sell' | 'up_sell' | 'order_proposal';
  readonly groupId: number;
  readonly skuId: number;
  readonly potentialMinor: number;
};

export type Offer = {
  readonly groupId: number;
  readonly skuId: number;
  readonly offeredAtMs: number;
};

/** What was decided on the customer so far. Path-dependent by nature: hysteresis has a memory. */
export type Standing = {
  segment: Segment | null;
  segmentSinceMs: number;
  /** The segment the dimensions ask for while the dwell time runs; null when they agree. */
  candidate: Segment | null;
  candidateSinceMs: number;
  override: SegmentOverride | null;
  /** Index of the behaviour profile in the model, -1 before the first assignment. */
  profile: number;
  profileName: string;
  isPotentialCustomer: boolean;
  isSmallCustomer: boolean;
  planId: string;
  dimensions: Dimensions | null;
  window: ExpectationWindow | null;
  alerts: OpenAlert[];
  opportunities: OpenOpportunity[];
  offers: Offer[];
  /** When the customer is to be looked at next by a tick; negative: never by time alone. */
  dueAtMs: number;
};

/**
 * `mergedInto` names the customer that took this one over and gets its history forwarded. An erased
 * customer is nothing but `erasedAtMs`, before which nothing comes back.
 */
export type CustomerState = {
  readonly customerId: string;
  /** Feature vector, layout in features/vector.ts; all doubles. */
  vector: number[];
  /** Per product group statistics, GROUP_STRIDE doubles each, ascending by group id. */
  groups: number[];
  ledger: Ledger;
  master: CustomerMaster | null;
  machines: readonly Machine[];
  mergedInto: string | null;
  readonly erasedAtMs: number | null;
  standing: Standing;
  /** The standing's bytes as the store last packed them, so that an order need not pack them again. */
  packedStanding: Uint8Array | null;
};
