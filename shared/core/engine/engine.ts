/**
 * The scoring engine of one partition: applies records in log order to customers that are already
 * loaded, and emits outputs. It is pure of I/O, clock and chance, so the Kafka service, the replay over
 * files, what-if and the simulation run this same code and get the same outputs, bit for bit.
 */
import { assertNever } from '../assert-never.js';
import type {
  ArtefactActivated,
  Coordinates,
  ErasureCompleted,
  HistoryForwarded,
  OrderEvent,
  ProductOffered,
  Tick,
} from '../contract.generated.js';
import { createCustomer, createErasedCustomer } from '../customer/create.js';
import { foldOrder, toDocument } from '../customer/fold-order.js';
import type { CustomerState, Machine } from '../customer/state.js';
import type { CoreOutput, DecisionContext } from '../decide/context.js';
import { decideOnEvent } from '../decide/decide-on-event.js';
import { decideOnTick } from '../decide/decide-on-tick.js';
import { applyFeedback } from '../decide/apply-feedback.js';
import { V } from '../features/vector.js';
import type { ModelArtefact } from '../models/artefact.js';
import type { Rulebook } from '../rulebook/rulebook.js';
import { isCurrency } from '../validation/currencies.js';
import {
  AMOUNT_MINOR_MAX,
  CUSTOMER_MINOR_MAX,
  refuseEventTime,
  refuseForwarded,
  refuseOrderEvent,
  refuseTick,
} from '../validation/order-event.js';
import { createChangeSet, noteLedger, type ChangeSet } from './changes.js';
import type { PartitionControl } from './control.js';
import type { CustomerEvent, InputEvent } from './input-event.js';
import { APPLIED, deadLetter, DUPLICATE, IGNORED, type Outcome, type Refusal } from './outcome.js';
import { createMerging, limitMachines } from './merge.js';
import { isRate, rateOn, setRate } from './rates.js';
import { isSuperseded, tickLimit } from './tick.js';

/**
 * Topics with records about a customer. An erasure puts a tombstone on each, behind all that was said
 * of the customer there, so that whoever keeps a copy learns to erase it (and CRMs are told).
 */
export const ERASED_TOPICS = [
  'customer-scores',
  'segment-changes',
  'under-performance-alerts',
  'sales-opportunities',
] as const;

export type { Outcome };

export type EngineOutput =
  | CoreOutput
  | { readonly kind: 'erasure-completed'; readonly record: ErasureCompleted }
  /** For the partition's own input log: the tick that goes on where a limited one ended. */
  | { readonly kind: 'tick-continued'; readonly record: Tick }
  | {
      readonly kind: 'tombstone';
      readonly topic: (typeof ERASED_TOPICS)[number];
      readonly customerId: string;
    };

/** Artefacts by version, present before the record that activates them is applied. */
export type Artefacts = {
  readonly rulebook: (version: string) => Rulebook | null;
  readonly model: (version: string) => ModelArtefact | null;
  /** Why an activation is refused, where more is known than that the version is missing. */
  readonly refusal?: (event: ArtefactActivated) => Refusal | null;
};

export type EngineOptions = {
  readonly partition: number;
  readonly control: PartitionControl;
  /** Returns a loaded customer, or undefined when none is stored under the id. */
  readonly find: (customerId: string) => CustomerState | undefined;
  /** Takes over a customer that was just created, or an erased one's absence (null). */
  readonly replace: (customerId: string, customer: CustomerState | null) => void;
  readonly artefacts: Artefacts;
  readonly emit: (output: EngineOutput) => void;
  /** Leaves out full cards, most of the cost of a tick, where nobody reads them. */
  readonly skipsCards?: boolean;
};

export type Engine = {
  readonly changes: ChangeSet;
  /** Applies one record; a tick is given its due customers, in due order. */
  readonly apply: (input: InputEvent, offset: number, due?: readonly CustomerState[]) => Outcome;
  /** True after a record that makes every customer of the partition due (an activation). */
  readonly takeAllDue: () => boolean;
};

type MutableContext = { -readonly [K in keyof DecisionContext]: DecisionContext[K] };

/** Creates the engine of a partition. */
export const createEngine = (options: EngineOptions): Engine => {
  const { partition, control, find, replace, artefacts, emit } = options;
  const changes = createChangeSet();
  let ordinal = 0;
  let isAllDue = false;
  const cause = { eventId: '', partition, offset: 0 };
  const context: MutableContext = {
    asOfMs: 0,
    streamTimeMs: 0,
    rulebook: control.rulebook,
    model: control.model,
    names: control.names,
    territories: control.territories,
    cause,
    nextOutputId: () => {
      ordinal += 1;
      return `${String(partition)}-${String(cause.offset)}-${String(ordinal)}`;
    },
    emit,
    skipsCards: options.skipsCards ?? false,
  };

  const setContext = (asOfMs: number, coordinates: Coordinates): void => {
    ordinal = 0;
    cause.eventId = coordinates.eventId;
    cause.offset = coordinates.offset;
    context.cause = { ...coordinates };
    context.asOfMs = asOfMs;
    context.streamTimeMs = control.streamTimeMs;
    context.rulebook = control.rulebook;
    context.model = control.model;
  };

  /** True for what happened before the customer was erased, however often and late it comes. */
  const isBehindBarrier = (
    customer: CustomerState | undefined,
    { type, event }: CustomerEvent,
  ): boolean => {
    const erasedAtMs = customer?.erasedAtMs ?? null;
    if (erasedAtMs === null || type === 'ErasureRequested') return false;
    return (type === 'OrderEvent' ? event.orderedAtMs : event.occurredAtMs) <= erasedAtMs;
  };

  const create = (customerId: string): CustomerState => {
    const customer = createCustomer(customerId);
    replace(customerId, customer);
    return customer;
  };
  const obtain = (customerId: string): CustomerState => find(customerId) ?? create(customerId);

  /** Runs a decision and notes what it changed of the standing. */
  const decide = <T>(customer: CustomerState, decision: () => T): T => {
    const { standing } = customer;
    const dueBeforeMs = standing.dueAtMs;
    const result = decision();
    const change = changes.touch(customer);
    change.isStandingChanged = true;
    if (standing.dueAtMs !== dueBeforeMs) change.isDueChanged = true;
    return result;
  };

  const merging = createMerging({
    context,
    find,
    keep: (customer) => {
      replace(customer.customerId, customer);
    },
    decide,
    changes,
  });

  const hasRoomFor = ({ lines }: OrderEvent): boolean =>
    control.names.hasRoomFor(2 * lines.length, () =>
      lines.flatMap(({ sku, productGroup }) => [sku, productGroup]),
    );

  const hasRoomForOffer = ({ productGroup, sku }: ProductOffered): boolean => {
    const names = sku === null ? [productGroup] : [productGroup, sku];
    return control.names.hasRoomFor(names.length, () => names);
  };

  const applyOrder = (event: OrderEvent, known: CustomerState | undefined): Outcome => {
    const refusal = refuseOrderEvent(event, control.streamTimeMs);
    if (refusal !== null) return deadLetter(refusal, `order ${event.orderId}`);
    const rate =
      event.currency === control.rulebook.reportingCurrency
        ? 1
        : rateOn(control.rates, event.currency, event.orderedAtMs);
    if (rate === null) return deadLetter('rate-unknown', event.currency);
    if (rate > 1 && amountMinorOf(event) * rate > AMOUNT_MINOR_MAX) {
      return deadLetter('amount-absurd', `order ${event.orderId} at the rate of its day`);
    }
    if (known !== undefined && isFull(known)) return deadLetter('amount-absurd', TOO_MUCH);
    if (!hasRoomFor(event)) return deadLetter('names-full', `order ${event.orderId}`);
    const customer = known ?? create(event.customerId);
    const folded = foldOrder(customer, event, { rate, names: control.names });
    if (folded.kind === 'duplicate') return DUPLICATE;
    if (folded.kind === 'late') return deadLetter('late-beyond-window', `order ${event.orderId}`);
    const change = changes.touch(customer);
    noteLedger(change, folded.kind === 'appended' ? folded.fromByte : 0);
    if (customer.mergedInto === null) decideHot(customer, change);
    else merging.forwardDocument(customer, toDocument(event, { rate, names: control.names }));
    return APPLIED;
  };

  /** The hot path: a decision that leaves the standing alone costs no write of it. */
  const decideHot = (
    customer: CustomerState,
    change: { isStandingChanged: boolean; isDueChanged: boolean },
  ): void => {
    const { standing } = customer;
    const dueBeforeMs = standing.dueAtMs;
    if (decideOnEvent(customer, context)) change.isStandingChanged = true;
    if (standing.dueAtMs !== dueBeforeMs) change.isDueChanged = true;
  };

  const applyActivation = (event: ArtefactActivated): Outcome => {
    const refusal = artefacts.refusal?.(event) ?? null;
    if (refusal !== null) return deadLetter(refusal.code, refusal.detail);
    if (event.kind === 'rulebook') {
      const rulebook = artefacts.rulebook(event.version);
      if (rulebook === null) return deadLetter('artefact-unknown', event.version);
      control.rulebook = rulebook;
    } else {
      const model = artefacts.model(event.version);
      if (model === null) return deadLetter('artefact-unknown', event.version);
      control.model = model;
    }
    isAllDue = true;
    return APPLIED;
  };

  /** Replaces the customer by a barrier: nothing from before it comes back, in any replay. */
  const applyErasure = (customerId: string, requestId: string): Outcome => {
    const customer = find(customerId);
    if (customer !== undefined) merging.giveBack(customer);
    const erased = createErasedCustomer(customerId, context.asOfMs);
    replace(customerId, erased);
    const change = changes.touch(erased);
    noteLedger(change, 0);
    change.isStandingChanged = true;
    change.isDueChanged = true;
    for (const topic of ERASED_TOPICS) emit({ kind: 'tombstone', topic, customerId });
    emit({
      kind: 'erasure-completed',
      record: { requestId, outputId: context.nextOutputId(), asOfMs: context.asOfMs },
    });
    return APPLIED;
  };

  const receiveHistory = (event: HistoryForwarded, known: CustomerState | undefined): Outcome => {
    const refusal = refuseForwarded(event);
    if (refusal !== null) return deadLetter(refusal, event.eventId);
    if (known !== undefined && isFull(known)) return deadLetter('amount-absurd', TOO_MUCH);
    return merging.receive(event);
  };

  const applyCustomerEvent = (input: CustomerEvent): Outcome => {
    const known = find(input.event.customerId);
    if (isBehindBarrier(known, input)) return IGNORED;
    if (input.type === 'OrderEvent') return applyOrder(input.event, known);
    // The scorer's own events carry the time of another partition, which may be ahead of this one.
    if (input.type === 'HistoryForwarded') return receiveHistory(input.event, known);
    const refusal = refuseEventTime(input.event.occurredAtMs, control.streamTimeMs);
    if (refusal !== null) return deadLetter(refusal, input.event.eventId);
    switch (input.type) {
      case 'ErasureRequested':
        return applyErasure(input.event.customerId, input.event.requestId);
      case 'CustomerUpdated': {
        const customer = obtain(input.event.customerId);
        const { eventId: _id, occurredAtMs: _at, customerId: _key, ...master } = input.event;
        customer.master = master;
        decide(customer, () => decideOnEvent(customer, context));
        return APPLIED;
      }
      case 'MachineUpdated': {
        const customer = obtain(input.event.customerId);
        customer.machines = withMachine(customer.machines, input.event);
        decide(customer, () => decideOnEvent(customer, context));
        merging.forwardMachine(customer, toMachine(input.event));
        return APPLIED;
      }
      case 'CustomerMerged':
        return merging.merge(input.event);
      case 'SegmentOverridden':
      case 'AlertFeedback':
      case 'ProductOffered': {
        if (input.type === 'ProductOffered' && !hasRoomForOffer(input.event)) {
          return deadLetter('names-full', input.event.eventId);
        }
        const customer = obtain(input.event.customerId);
        return decide(customer, () => applyFeedback(customer, input, context)) ? APPLIED : IGNORED;
      }
      default:
        return assertNever(input);
    }
  };

  const applyTick = (tick: Tick, due: readonly CustomerState[]): Outcome => {
    const { tickAtMs, customersMax } = tick;
    const refusal = refuseTick(tickAtMs);
    if (refusal !== null) return deadLetter(refusal, String(tickAtMs));
    if (isSuperseded(tick, control.streamTimeMs)) return IGNORED;
    for (const customer of due) {
      decide(customer, () => {
        decideOnTick(customer, context);
      });
      // An activation made everybody due without touching their states: the queue is always told.
      changes.touch(customer).isDueChanged = true;
    }
    control.streamTimeMs = Math.max(control.streamTimeMs, tickAtMs);
    const limit = tickLimit(tick);
    if (customersMax !== null && due.length >= limit) {
      const eventId = `continued-${context.nextOutputId()}`;
      emit({ kind: 'tick-continued', record: { eventId, tickAtMs, customersMax: limit } });
    }
    return APPLIED;
  };

  const apply: Engine['apply'] = (input, offset, due = []) => {
    const atMs = input.type === 'Tick' ? input.event.tickAtMs : input.event.occurredAtMs;
    setContext(Math.max(control.streamTimeMs, atMs), {
      eventId: input.event.eventId,
      partition,
      offset,
    });
    switch (input.type) {
      case 'Tick':
        return applyTick(input.event, due);
      case 'RatesOfDay':
        for (const { currency, minorRateNano } of input.event.rates) {
          if (!isCurrency(currency)) return deadLetter('currency-unknown', currency);
          if (!isRate(minorRateNano)) return deadLetter('rate-invalid', currency);
        }
        for (const { currency, minorRateNano } of input.event.rates) {
          setRate(control.rates, currency, { epochDay: input.event.epochDay, minorRateNano });
        }
        return APPLIED;
      case 'TerritoryStaffed':
        control.territories.set(input.event.territory, {
          salesRep: input.event.salesRep,
          staffedFromMs: input.event.staffedFromMs,
        });
        return APPLIED;
      case 'ArtefactActivated':
        return applyActivation(input.event);
      default:
        return applyCustomerEvent(input);
    }
  };

  return {
    changes,
    apply,
    takeAllDue: () => {
      const was = isAllDue;
      isAllDue = false;
      return was;
    },
  };
};

const amountMinorOf = ({ lines }: OrderEvent): number => {
  let sum = 0;
  for (const { netAmountMinor } of lines) sum += netAmountMinor;
  return sum;
};

/** True when a further document might take a customer's sums beyond what is counted exactly. */
const isFull = ({ vector }: CustomerState): boolean =>
  (vector[V.salesMinor] ?? 0) + (vector[V.returnsMinor] ?? 0) > CUSTOMER_MINOR_MAX;
const TOO_MUCH = 'the customer has bought more than ten times the largest document';

const toMachine = ({
  machineId,
  machineType,
  commissionedAtMs,
  decommissionedAtMs,
}: Machine): Machine => ({ machineId, machineType, commissionedAtMs, decommissionedAtMs });

const withMachine = (machines: readonly Machine[], event: Machine): readonly Machine[] =>
  limitMachines([
    ...machines.filter((machine) => machine.machineId !== event.machineId),
    toMachine(event),
  ]);
