/**
 * Everything a decision may look at besides the customer: time, rulebook, model, names and
 * territories. There is no other input, so the same log gives the same outputs, bit for bit.
 */
import type {
  Coordinates,
  CustomerScore,
  HistoryForwarded,
  SalesOpportunity,
  SegmentChanged,
  UnderPerformanceAlert,
} from '../contract.generated.js';
import type { Names } from '../customer/document.js';
import type { ModelArtefact } from '../models/artefact.js';
import type { Rulebook } from '../rulebook/rulebook.js';

/** Staffing of a territory as last broadcast; a territory never mentioned counts as staffed. */
export type TerritoryStaffing = {
  readonly salesRep: string | null;
  readonly staffedFromMs: number;
};

export type CoreOutput =
  | { readonly kind: 'segment-changed'; readonly record: SegmentChanged }
  | { readonly kind: 'under-performance-alert'; readonly record: UnderPerformanceAlert }
  | { readonly kind: 'sales-opportunity'; readonly record: SalesOpportunity }
  | { readonly kind: 'customer-score'; readonly record: CustomerScore }
  /** For the input log itself: the history of a merged customer. */
  | { readonly kind: 'history-forwarded'; readonly record: HistoryForwarded };

export type DecisionContext = {
  /** Event time of the record being applied; never the wall clock. */
  readonly asOfMs: number;
  /** Time of the partition's last tick. */
  readonly streamTimeMs: number;
  readonly rulebook: Rulebook;
  readonly model: ModelArtefact;
  readonly names: Names;
  readonly territories: ReadonlyMap<string, TerritoryStaffing>;
  /** The record being applied. */
  readonly cause: Coordinates;
  /** Returns the identity of the next output: `partition-offset-ordinal`. */
  readonly nextOutputId: () => string;
  readonly emit: (output: CoreOutput) => void;
  /** Full cards are not read by anyone and not made; their output ids are used up all the same. */
  readonly skipsCards?: boolean;
};
