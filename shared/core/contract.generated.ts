// Generated from schemas/ by `npm run generate`; do not edit.

/** Lifecycle step reported by sales. */
export const ALERT_FEEDBACK_STATUS_SYMBOLS = ['acknowledged', 'pursuing', 'snoozed', 'dismissed', 'won', 'lost'] as const;
export type AlertFeedbackStatus = (typeof ALERT_FEEDBACK_STATUS_SYMBOLS)[number];

/** What sales did with an alert. */
export type AlertFeedback = {
  /** Unique id of this event, assigned by the source; repeated deliveries carry the same id. */
  readonly eventId: string;
  /** When it happened at the source (event time). Milliseconds since 1970-01-01 UTC. */
  readonly occurredAtMs: number;
  /** Customer (debtor) id; also the key of the record, so one customer lives on one partition. */
  readonly customerId: string;
  /** The alert this is about. */
  readonly alertId: string;
  /** What was reported. */
  readonly status: AlertFeedbackStatus;
  /** With snoozed: until when it is quiet. Milliseconds since 1970-01-01 UTC. */
  readonly snoozedUntilMs: null | number;
};

/** What is activated. */
export const ARTEFACT_KIND_SYMBOLS = ['rulebook', 'model'] as const;
export type ArtefactKind = (typeof ARTEFACT_KIND_SYMBOLS)[number];

/** From this record on a version of the rulebook or model is in force. Broadcast to every partition. */
export type ArtefactActivated = {
  /** Unique id of this event, assigned by the source; repeated deliveries carry the same id. */
  readonly eventId: string;
  /** When it happened at the source (event time). Milliseconds since 1970-01-01 UTC. */
  readonly occurredAtMs: number;
  /** What is activated. */
  readonly kind: ArtefactKind;
  /** Version of the artefact on the models topic. */
  readonly version: string;
  /** SHA-256 of the artefact's bytes, hexadecimal; the scorer refuses any other content. */
  readonly sha256: string;
};

/** Two debtors turned out to be one legal entity, or that was taken back. */
export type CustomerMerged = {
  /** Unique id of this event, assigned by the source; repeated deliveries carry the same id. */
  readonly eventId: string;
  /** When it happened at the source (event time). Milliseconds since 1970-01-01 UTC. */
  readonly occurredAtMs: number;
  /** Customer (debtor) id; also the key of the record, so one customer lives on one partition. */
  readonly customerId: string;
  /** The customer that goes on; the record's key is the customer that is absorbed. */
  readonly intoCustomerId: string;
  /** True when an earlier merge is taken back. */
  readonly isReversal: boolean;
};

/** Master data of a customer, complete at each change. */
export type CustomerUpdated = {
  /** Unique id of this event, assigned by the source; repeated deliveries carry the same id. */
  readonly eventId: string;
  /** When it happened at the source (event time). Milliseconds since 1970-01-01 UTC. */
  readonly occurredAtMs: number;
  /** Customer (debtor) id; also the key of the record, so one customer lives on one partition. */
  readonly customerId: string;
  /** Country subsidiary that serves the customer, ISO 3166-1 alpha-2. */
  readonly country: string;
  /** Sales territory or region within the subsidiary. */
  readonly territory: string;
  /** Latitude of the delivery address in degrees, WGS 84. */
  readonly latitude: null | number;
  /** Longitude of the delivery address in degrees, WGS 84. */
  readonly longitude: null | number;
  /** Sales representative in charge, by id. */
  readonly salesRep: null | string;
  /** Industry of the customer, by the subsidiary's catalogue. */
  readonly industry: null | string;
  /** Customer id of the parent account, for roll-ups. */
  readonly parentCustomerId: null | string;
  /** ISO 4217 code in which the customer is invoiced. */
  readonly currency: string;
};

/** Everything held on the customer is to be erased; records before this one never come back. */
export type ErasureRequested = {
  /** Unique id of this event, assigned by the source; repeated deliveries carry the same id. */
  readonly eventId: string;
  /** When it happened at the source (event time). Milliseconds since 1970-01-01 UTC. */
  readonly occurredAtMs: number;
  /** Customer (debtor) id; also the key of the record, so one customer lives on one partition. */
  readonly customerId: string;
  /** Id of the request, echoed in its acknowledgement. */
  readonly requestId: string;
};

/** One line of a forwarded document. */
export type ForwardedLine = {
  /** Product. */
  readonly sku: string;
  /** Its group. */
  readonly productGroup: string;
  /** Quantity in thousandths of the unit of sale. */
  readonly quantityMilli: number;
  /** Net amount in minor units of the reporting currency; never negative. */
  readonly amountMinor: number;
};

/** The current version of a document of the absorbed customer. */
export type ForwardedDocument = {
  /** 53-bit hash of the absorbed customer and its order id. */
  readonly orderHash: number;
  /** A return, with amounts that count negative. */
  readonly isReturn: boolean;
  /** Version of the document; a higher one replaces a lower one. */
  readonly documentVersion: number;
  /** Business date of the document. Milliseconds since 1970-01-01 UTC. */
  readonly orderedAtMs: number;
  /** The lines; empty for a cancelled or withdrawn document. */
  readonly lines: readonly ForwardedLine[];
};

/** A machine of the absorbed customer. */
export type ForwardedMachine = {
  /** Machine id behind the absorbed customer's id. */
  readonly machineId: string;
  /** Machine type, as named in the potential table. */
  readonly machineType: string;
  /** When it went into operation. Milliseconds since 1970-01-01 UTC. */
  readonly commissionedAtMs: number;
  /** When it went out of operation; null while it runs. Milliseconds since 1970-01-01 UTC. */
  readonly decommissionedAtMs: null | number;
};

/** What an absorbed customer brings into the one that goes on, or takes out again. Written by the scorer itself, in the transaction of its outputs. */
export type HistoryForwarded = {
  /** Unique id of this event, assigned by the source; repeated deliveries carry the same id. */
  readonly eventId: string;
  /** When it happened at the source (event time). Milliseconds since 1970-01-01 UTC. */
  readonly occurredAtMs: number;
  /** Customer (debtor) id; also the key of the record, so one customer lives on one partition. */
  readonly customerId: string;
  /** The customers that the history came through, the absorbed one first; a customer never gets it twice. */
  readonly fromCustomerIds: readonly string[];
  /** True when the merge was taken back: what is named here leaves the customer again. */
  readonly isWithdrawal: boolean;
  /** Documents, at most some hundreds an event. */
  readonly documents: readonly ForwardedDocument[];
  /** Machines. */
  readonly machines: readonly ForwardedMachine[];
};

/** A machine installed at a customer, complete at each change. */
export type MachineUpdated = {
  /** Unique id of this event, assigned by the source; repeated deliveries carry the same id. */
  readonly eventId: string;
  /** When it happened at the source (event time). Milliseconds since 1970-01-01 UTC. */
  readonly occurredAtMs: number;
  /** Customer (debtor) id; also the key of the record, so one customer lives on one partition. */
  readonly customerId: string;
  /** Serial number or equipment id. */
  readonly machineId: string;
  /** Machine type, as named in the potential table. */
  readonly machineType: string;
  /** When the machine went into operation. Milliseconds since 1970-01-01 UTC. */
  readonly commissionedAtMs: number;
  /** When it went out of operation; null while it runs. Milliseconds since 1970-01-01 UTC. */
  readonly decommissionedAtMs: null | number;
};

/** What this version says of the document. */
export const ORDER_KIND_SYMBOLS = ['placed', 'amended', 'cancelled', 'returned'] as const;
export type OrderKind = (typeof ORDER_KIND_SYMBOLS)[number];

/** One line of the document. */
export type OrderLine = {
  /** Line id within the document. */
  readonly lineId: string;
  /** Product (stock keeping unit). */
  readonly sku: string;
  /** Product group of the product at the time of the order. */
  readonly productGroup: string;
  /** Quantity in the unit of sale; never negative. */
  readonly quantity: number;
  /** Net amount of the whole line after discounts, in minor units of the currency; never negative, the kind gives the sign. */
  readonly netAmountMinor: number;
};

/** One version of an order document or of a return against it. Per order id and document (order or return) the highest version wins; lines are always the complete document. */
export type OrderEvent = {
  /** Unique id of this event, assigned by the source; repeated deliveries carry the same id. */
  readonly eventId: string;
  /** When it happened at the source (event time). Milliseconds since 1970-01-01 UTC. */
  readonly occurredAtMs: number;
  /** Customer (debtor) id; also the key of the record, so one customer lives on one partition. */
  readonly customerId: string;
  /** Order id in the source system; unique per customer. */
  readonly orderId: string;
  /** Version of the document, starting at 1; a higher version replaces a lower one whenever it arrives. */
  readonly documentVersion: number;
  /** placed and amended carry the order's lines; cancelled empties it; returned carries the lines that came back, as positive amounts, and is a document of its own beside the order. */
  readonly kind: OrderKind;
  /** Business date of the document: when the order was placed, or the goods were returned. Milliseconds since 1970-01-01 UTC. */
  readonly orderedAtMs: number;
  /** ISO 4217 code of all amounts in this document. */
  readonly currency: string;
  /** How the order came in, for example shop, phone, rep, edi; unknown where the source does not say. */
  readonly channel: string;
  /** The complete lines of this version; empty when cancelled. */
  readonly lines: readonly OrderLine[];
};

/** A product group or product was offered to the customer. */
export type ProductOffered = {
  /** Unique id of this event, assigned by the source; repeated deliveries carry the same id. */
  readonly eventId: string;
  /** When it happened at the source (event time). Milliseconds since 1970-01-01 UTC. */
  readonly occurredAtMs: number;
  /** Customer (debtor) id; also the key of the record, so one customer lives on one partition. */
  readonly customerId: string;
  /** Product group that was offered. */
  readonly productGroup: string;
  /** Product that was offered; null for the whole group. */
  readonly sku: null | string;
};

/** The rate of one currency. */
export type Rate = {
  /** ISO 4217 code of the foreign currency. */
  readonly currency: string;
  /** Reporting minor units for one minor unit of the currency, times 1,000,000,000. */
  readonly minorRateNano: number;
};

/** Exchange rates of one day. Broadcast to every partition. */
export type RatesOfDay = {
  /** Unique id of this event, assigned by the source; repeated deliveries carry the same id. */
  readonly eventId: string;
  /** When it happened at the source (event time). Milliseconds since 1970-01-01 UTC. */
  readonly occurredAtMs: number;
  /** The day the rates hold for, in days since 1970-01-01 UTC. */
  readonly epochDay: number;
  /** ISO 4217 code into which amounts are converted. */
  readonly reportingCurrency: string;
  /** One entry per currency. */
  readonly rates: readonly Rate[];
};

/** Key Account, A, B, C, D. */
export const SEGMENT_SYMBOLS = ['KA', 'A', 'B', 'C', 'D'] as const;
export type Segment = (typeof SEGMENT_SYMBOLS)[number];

/** A person sets a customer's segment, or clears that. */
export type SegmentOverridden = {
  /** Unique id of this event, assigned by the source; repeated deliveries carry the same id. */
  readonly eventId: string;
  /** When it happened at the source (event time). Milliseconds since 1970-01-01 UTC. */
  readonly occurredAtMs: number;
  /** Customer (debtor) id; also the key of the record, so one customer lives on one partition. */
  readonly customerId: string;
  /** The segment to use; null clears an earlier override. */
  readonly segment: null | Segment;
  /** Why, in words; shown wherever the segment is shown. */
  readonly reason: string;
  /** When the override ends by itself; null for until cleared. Milliseconds since 1970-01-01 UTC. */
  readonly expiresAtMs: null | number;
};

/** Who serves a territory and since when. Broadcast to every partition. */
export type TerritoryStaffed = {
  /** Unique id of this event, assigned by the source; repeated deliveries carry the same id. */
  readonly eventId: string;
  /** When it happened at the source (event time). Milliseconds since 1970-01-01 UTC. */
  readonly occurredAtMs: number;
  /** The territory. */
  readonly territory: string;
  /** Who serves it; null for nobody. */
  readonly salesRep: null | string;
  /** From when this holds. Milliseconds since 1970-01-01 UTC. */
  readonly staffedFromMs: number;
};

/** Time has passed. Broadcast to every partition; customers that are due are scored again. */
export type Tick = {
  /** Unique id of this event, assigned by the source; repeated deliveries carry the same id. */
  readonly eventId: string;
  /** The time it is now, by the clock service or by event time in a replay. Milliseconds since 1970-01-01 UTC. */
  readonly tickAtMs: number;
  /** Customers that this record scores at most. Where more are due, the scorer writes itself a tick of the same time behind what came meanwhile and goes on there, so that orders never wait for a whole portfolio. Null scores up to 5,000 and leaves the rest to the next tick. */
  readonly customersMax: null | number;
};

/** The three dimensions a segment is decided from. */
export type Dimensions = {
  /** Yearly revenue potential, minor units. */
  readonly potentialMinor: number;
  /** Net revenue of the last twelve months, minor units. */
  readonly trailingYearMinor: number;
  /** Trailing-year revenue divided by potential, 0 to 1. */
  readonly shareOfWallet: number;
  /** Buying behaviour score, 0 (gone) to 1 (thriving). */
  readonly buyingBehaviour: number;
  /** Probability that the customer still buys, 0 to 1. */
  readonly probabilityAlive: number;
};

/** Expected revenue of a horizon. */
export type Forecast = {
  /** Product group; empty for the customer's total, (new) for all groups never bought before. */
  readonly productGroup: string;
  /** Days ahead from the as-of time. */
  readonly horizonDays: number;
  /** Expected number of order days. */
  readonly expectedOrders: number;
  /** Expected net revenue. */
  readonly expectedMinor: number;
  /** Lower bound of the 80 % interval. */
  readonly lower80Minor: number;
  /** Upper bound of the 80 % interval. */
  readonly upper80Minor: number;
};

/** The full card of a customer as of a tick; the topic is compacted by customer. */
export type CustomerScore = {
  /** Identity of this output: partition-offset-ordinal of the source record. */
  readonly outputId: string;
  /** Customer (debtor) id; also the key of the record, so one customer lives on one partition. */
  readonly customerId: string;
  /** Time of the evaluation (event time, never the wall clock). Milliseconds since 1970-01-01 UTC. */
  readonly asOfMs: number;
  /** Segment. */
  readonly segment: Segment;
  /** Set by a person. */
  readonly isOverride: boolean;
  /** High potential, low revenue. */
  readonly isPotentialCustomer: boolean;
  /** Small: remote care. */
  readonly isSmallCustomer: boolean;
  /** Behaviour profile. */
  readonly profile: string;
  /** How much nearer the chosen profile is than the next, 0 to 1. */
  readonly profileMargin: number;
  /** The three dimensions. */
  readonly dimensions: Dimensions;
  /** Assigned strategy plan. */
  readonly planId: string;
  /** Forecasts, total first. */
  readonly forecasts: readonly Forecast[];
  /** Last purchase; null without one. Milliseconds since 1970-01-01 UTC. */
  readonly lastOrderedAtMs: null | number;
  /** When the next purchase is expected by the own rhythm. Milliseconds since 1970-01-01 UTC. */
  readonly expectedNextOrderAtMs: null | number;
  /** Days with a purchase so far. */
  readonly orderDays: number;
  /** Net revenue so far. */
  readonly lifetimeRevenueMinor: number;
  /** Returned share of gross revenue, 0 to 1. */
  readonly returnRate: number;
  /** Open under-performance alerts. */
  readonly openAlerts: number;
  /** Shortfall over the open alerts. */
  readonly moneyAtRiskMinor: number;
  /** Parent account for roll-ups. */
  readonly parentCustomerId: null | string;
  /** The customer that took this one over and is scored in its place; null for a customer of its own. */
  readonly mergedIntoCustomerId: null | string;
  /** Country subsidiary of the customer; empty while unknown. */
  readonly country: string;
  /** Sales territory; empty while unknown. */
  readonly territory: string;
  /** Sales representative in charge. */
  readonly salesRep: null | string;
  /** ISO 4217 code of all amounts: the reporting currency. */
  readonly currency: string;
  /** Rulebook in force. */
  readonly rulebookVersion: string;
  /** Model in force. */
  readonly modelVersion: string;
};

/** What was done: fields replaced, sent again, or given up for good. */
export const LETTER_ACTION_SYMBOLS = ['fixed', 'replayed', 'dropped'] as const;
export type LetterAction = (typeof LETTER_ACTION_SYMBOLS)[number];

/** Something a person did to a dead letter: who, when, why. Holds no bytes of the record. */
export type DeadLetterAction = {
  /** The dead letter. */
  readonly outputId: string;
  /** What was done. */
  readonly action: LetterAction;
  /** When, by the clock of the machine. Milliseconds since 1970-01-01 UTC. */
  readonly doneAtMs: number;
  /** Who, as told with --by, or the user of the machine. */
  readonly doneBy: string;
  /** Why, in the person's words; never empty for dropped. */
  readonly reason: string;
  /** Reason code of the dead letter. */
  readonly code: string;
  /** Source topic of the record. */
  readonly topic: string;
  /** Source partition of the record. */
  readonly partition: number;
  /** Source offset of the record. */
  readonly offset: number;
};

/** A header of a Kafka record. */
export type RecordHeader = {
  /** Name of the header; it may be there more than once. */
  readonly name: string;
  /** Original bytes. */
  readonly value: null | Uint8Array;
};

/** An input record that could not be applied: why, its coordinates and its original bytes. */
export type DeadLetter = {
  /** Identity of this output: partition-offset-ordinal of the source record. */
  readonly outputId: string;
  /** Reason code from the closed error table. */
  readonly code: string;
  /** The reason as a sentence, with what to do. */
  readonly reason: string;
  /** Source topic. */
  readonly topic: string;
  /** Source partition. */
  readonly partition: number;
  /** Source offset. */
  readonly offset: number;
  /** Timestamp of the source record. Milliseconds since 1970-01-01 UTC. */
  readonly recordedAtMs: number;
  /** Original key bytes. */
  readonly key: null | Uint8Array;
  /** Original value bytes, unchanged. */
  readonly value: null | Uint8Array;
  /** Original headers, for example of tracing; a replay sends them again. */
  readonly headers: readonly RecordHeader[];
};

/** All that was held on a customer is erased and durable; names nobody. */
export type ErasureCompleted = {
  /** Id of the request. */
  readonly requestId: string;
  /** Identity of this output: partition-offset-ordinal of the source record. */
  readonly outputId: string;
  /** Time of the evaluation (event time, never the wall clock). Milliseconds since 1970-01-01 UTC. */
  readonly asOfMs: number;
};

/** Kind of opportunity. */
export const OPPORTUNITY_KIND_SYMBOLS = ['cross_sell', 'up_sell', 'order_proposal'] as const;
export type OpportunityKind = (typeof OPPORTUNITY_KIND_SYMBOLS)[number];

/** Lifecycle status. */
export const OPPORTUNITY_STATUS_SYMBOLS = ['raised', 'updated', 'withdrawn'] as const;
export type OpportunityStatus = (typeof OPPORTUNITY_STATUS_SYMBOLS)[number];

/** A product of the proposal. */
export type ProposedProduct = {
  /** Product. */
  readonly sku: string;
  /** Its group. */
  readonly productGroup: string;
  /** Proposed quantity. */
  readonly quantity: number;
  /** Amount at the customer's usual price. */
  readonly amountMinor: number;
};

/** Where the record that led to this output stands in the log. */
export type Coordinates = {
  /** Event id of that record; empty where it had none. */
  readonly eventId: string;
  /** Partition of customer-events. */
  readonly partition: number;
  /** Offset in that partition. */
  readonly offset: number;
};

/** Revenue that is there to be had: cross-sell, up-sell or a proposal for the next order. */
export type SalesOpportunity = {
  /** Deterministic id: customer, kind, product group, product, period. */
  readonly opportunityId: string;
  /** Identity of this output: partition-offset-ordinal of the source record. */
  readonly outputId: string;
  /** Customer (debtor) id; also the key of the record, so one customer lives on one partition. */
  readonly customerId: string;
  /** Time of the evaluation (event time, never the wall clock). Milliseconds since 1970-01-01 UTC. */
  readonly asOfMs: number;
  /** cross_sell: never bought; up_sell: bought below forecast; order_proposal: the next order. */
  readonly kind: OpportunityKind;
  /** Where it stands now. */
  readonly status: OpportunityStatus;
  /** Product group; empty when it spans several. */
  readonly productGroup: string;
  /** Product; null for the whole group. */
  readonly sku: null | string;
  /** Forecast minus actual over the period, minor units. */
  readonly potentialMinor: number;
  /** When the next order is expected. Milliseconds since 1970-01-01 UTC. */
  readonly dueAtMs: null | number;
  /** Proposed products. */
  readonly products: readonly ProposedProduct[];
  /** Why, as a sentence in English. */
  readonly reason: string;
  /** Country subsidiary of the customer; empty while unknown. */
  readonly country: string;
  /** Sales territory; empty while unknown. */
  readonly territory: string;
  /** Sales representative in charge. */
  readonly salesRep: null | string;
  /** ISO 4217 code of all amounts: the reporting currency. */
  readonly currency: string;
  /** The record that led to this output. */
  readonly cause: Coordinates;
  /** Rulebook in force. */
  readonly rulebookVersion: string;
  /** Model in force. */
  readonly modelVersion: string;
};

/** One reason, in numbers and in words. */
export type Reason = {
  /** Reason code, stable across versions. */
  readonly code: string;
  /** The feature or dimension that moved it. */
  readonly feature: string;
  /** Its value before. */
  readonly before: null | number;
  /** Its value after. */
  readonly after: number;
  /** The reason as a sentence in English. */
  readonly text: string;
};

/** What the plan says on one of the seven themes. */
export type ThemeMeasure = {
  /** Theme, one of sales_intensity, responsibility, channels, offer, prices_terms, service_level, digital. */
  readonly theme: string;
  /** What is done, in words. */
  readonly measure: string;
};

/** The strategy plan assigned to the customer. */
export type TreatmentPlan = {
  /** Id of the plan in the rulebook. */
  readonly planId: string;
  /** Name of the plan for people. */
  readonly name: string;
  /** Personal visits per year. */
  readonly visitsPerYear: number;
  /** One measure for each of the seven themes. */
  readonly measures: readonly ThemeMeasure[];
};

/** A customer's segment, profile, flags or plan changed; complete, so that a CRM applies it without asking back. */
export type SegmentChanged = {
  /** Identity of this output: partition-offset-ordinal of the source record. */
  readonly outputId: string;
  /** Customer (debtor) id; also the key of the record, so one customer lives on one partition. */
  readonly customerId: string;
  /** Time of the evaluation (event time, never the wall clock). Milliseconds since 1970-01-01 UTC. */
  readonly asOfMs: number;
  /** Segment before; null for a new customer. */
  readonly fromSegment: null | Segment;
  /** Segment from now on. */
  readonly intoSegment: Segment;
  /** Behaviour profile before. */
  readonly fromProfile: null | string;
  /** Behaviour profile from now on. */
  readonly intoProfile: string;
  /** The dimensions at the previous change. */
  readonly dimensionsBefore: null | Dimensions;
  /** The dimensions now. */
  readonly dimensionsAfter: Dimensions;
  /** High potential, low revenue. */
  readonly isPotentialCustomer: boolean;
  /** Small: remote care. */
  readonly isSmallCustomer: boolean;
  /** The segment was set by a person. */
  readonly isOverride: boolean;
  /** Why, the weightiest first. */
  readonly reasons: readonly Reason[];
  /** Id of the plan before. */
  readonly planBefore: null | string;
  /** The plan from now on. */
  readonly plan: TreatmentPlan;
  /** Country subsidiary of the customer; empty while unknown. */
  readonly country: string;
  /** Sales territory; empty while unknown. */
  readonly territory: string;
  /** Sales representative in charge. */
  readonly salesRep: null | string;
  /** ISO 4217 code of all amounts: the reporting currency. */
  readonly currency: string;
  /** The record that led to this output. */
  readonly cause: Coordinates;
  /** Rulebook in force. */
  readonly rulebookVersion: string;
  /** Model in force. */
  readonly modelVersion: string;
};

/** What is behind. */
export const ALERT_LEVEL_SYMBOLS = ['customer', 'product_group', 'product'] as const;
export type AlertLevel = (typeof ALERT_LEVEL_SYMBOLS)[number];

/** How it is behind. */
export const ALERT_KIND_SYMBOLS = ['behind_forecast', 'overdue'] as const;
export type AlertKind = (typeof ALERT_KIND_SYMBOLS)[number];

/** Lifecycle status. */
export const ALERT_STATUS_SYMBOLS = ['raised', 'updated', 'withdrawn', 'acknowledged', 'pursuing', 'snoozed', 'dismissed', 'won', 'lost', 'expired'] as const;
export type AlertStatus = (typeof ALERT_STATUS_SYMBOLS)[number];

/** How much it hurts, by money at risk and value of the customer. */
export const SEVERITY_SYMBOLS = ['low', 'medium', 'high', 'critical'] as const;
export type Severity = (typeof SEVERITY_SYMBOLS)[number];

/** Kinds of cause. */
export const CAUSE_CODE_SYMBOLS = ['never_offered', 'territory_unstaffed', 'competitor_loss', 'price_or_returns', 'insolvency_like', 'market_falling', 'churned', 'unknown'] as const;
export type CauseCode = (typeof CAUSE_CODE_SYMBOLS)[number];

/** A likely cause with its evidence. */
export type LikelyCause = {
  /** Kind of cause. */
  readonly code: CauseCode;
  /** Weight among the causes, 0 to 1; they sum to 1. */
  readonly weight: number;
  /** The evidence as a sentence in English. */
  readonly evidence: string;
};

/** A customer, product group or product is behind its forecast, or no longer is. */
export type UnderPerformanceAlert = {
  /** Deterministic id of the business fact: customer, level, scope, kind and period. */
  readonly alertId: string;
  /** Identity of this output: partition-offset-ordinal of the source record. */
  readonly outputId: string;
  /** Customer (debtor) id; also the key of the record, so one customer lives on one partition. */
  readonly customerId: string;
  /** Time of the evaluation (event time, never the wall clock). Milliseconds since 1970-01-01 UTC. */
  readonly asOfMs: number;
  /** What is behind. */
  readonly level: AlertLevel;
  /** The product group or product; empty at customer level. */
  readonly scope: string;
  /** behind_forecast: a closed period stayed below its lower quantile; overdue: silent for longer than the own rhythm allows. */
  readonly kind: AlertKind;
  /** Where it stands now. */
  readonly status: AlertStatus;
  /** Start of the period compared. Milliseconds since 1970-01-01 UTC. */
  readonly periodFromMs: number;
  /** End of the period compared. Milliseconds since 1970-01-01 UTC. */
  readonly periodToMs: number;
  /** Forecast revenue of the period. */
  readonly expectedMinor: number;
  /** Lower bound of its 80 % interval. */
  readonly lower80Minor: number;
  /** Upper bound of its 80 % interval. */
  readonly upper80Minor: number;
  /** Actual net revenue of the period. */
  readonly actualMinor: number;
  /** Expected minus actual: money at risk. */
  readonly shortfallMinor: number;
  /** Probability of an actual this low, were nothing wrong. */
  readonly tailProbability: number;
  /** How much it hurts. */
  readonly severity: Severity;
  /** Likely causes, the likeliest first. */
  readonly causes: readonly LikelyCause[];
  /** Country subsidiary of the customer; empty while unknown. */
  readonly country: string;
  /** Sales territory; empty while unknown. */
  readonly territory: string;
  /** Sales representative in charge. */
  readonly salesRep: null | string;
  /** ISO 4217 code of all amounts: the reporting currency. */
  readonly currency: string;
  /** The record that led to this output. */
  readonly cause: Coordinates;
  /** Rulebook in force. */
  readonly rulebookVersion: string;
  /** Model in force. */
  readonly modelVersion: string;
};
