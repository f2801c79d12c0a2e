/** The events of the log as the engine reads them, told apart by the name of their schema. */
import type {
  AlertFeedback,
  ArtefactActivated,
  CustomerMerged,
  CustomerUpdated,
  ErasureRequested,
  HistoryForwarded,
  MachineUpdated,
  OrderEvent,
  ProductOffered,
  RatesOfDay,
  SegmentOverridden,
  TerritoryStaffed,
  Tick,
} from '../contract.generated.js';

/** Events about one customer, keyed by its id. */
export type CustomerEvent =
  | { readonly type: 'OrderEvent'; readonly event: OrderEvent }
  | { readonly type: 'CustomerUpdated'; readonly event: CustomerUpdated }
  | { readonly type: 'CustomerMerged'; readonly event: CustomerMerged }
  | { readonly type: 'HistoryForwarded'; readonly event: HistoryForwarded }
  | { readonly type: 'MachineUpdated'; readonly event: MachineUpdated }
  | { readonly type: 'SegmentOverridden'; readonly event: SegmentOverridden }
  | { readonly type: 'AlertFeedback'; readonly event: AlertFeedback }
  | { readonly type: 'ProductOffered'; readonly event: ProductOffered }
  | { readonly type: 'ErasureRequested'; readonly event: ErasureRequested };

/** Events broadcast to every partition. */
export type BroadcastEvent =
  | { readonly type: 'Tick'; readonly event: Tick }
  | { readonly type: 'RatesOfDay'; readonly event: RatesOfDay }
  | { readonly type: 'ArtefactActivated'; readonly event: ArtefactActivated }
  | { readonly type: 'TerritoryStaffed'; readonly event: TerritoryStaffed };

export type InputEvent = CustomerEvent | BroadcastEvent;

/** Names of the schemas that may appear on customer-events. */
export const INPUT_EVENT_TYPES = [
  'OrderEvent',
  'CustomerUpdated',
  'CustomerMerged',
  'HistoryForwarded',
  'MachineUpdated',
  'SegmentOverridden',
  'AlertFeedback',
  'ProductOffered',
  'ErasureRequested',
  'Tick',
  'RatesOfDay',
  'ArtefactActivated',
  'TerritoryStaffed',
] as const satisfies readonly InputEvent['type'][];

const BROADCAST_TYPES: ReadonlySet<string> = new Set([
  'Tick',
  'RatesOfDay',
  'ArtefactActivated',
  'TerritoryStaffed',
]);

/** Tells a broadcast from an event about one customer. */
export const isBroadcast = (input: InputEvent): input is BroadcastEvent =>
  BROADCAST_TYPES.has(input.type);
