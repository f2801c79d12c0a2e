/**
 * Merging two debtors (docs/adr/0009-merge.md). The absorbed customer keeps its own history, is scored
 * no more, and forwards what it has to the customer that goes on, through the log; a reversal takes out
 * again exactly what came in. Nobody gets its own history back, so a circle of merges ends.
 */
import { withdrawAlerts } from '../alerts/review-alerts.js';
import type { CustomerMerged, ForwardedDocument, HistoryForwarded } from '../contract.generated.js';
import { createCustomer } from '../customer/create.js';
import type { Document } from '../customer/document.js';
import { foldForwarded } from '../customer/fold-order.js';
import { documentsOf } from '../customer/ledger.js';
import { orderHash } from '../customer/order-hash.js';
import type { CustomerState, Machine } from '../customer/state.js';
import { emitCard } from '../decide/card.js';
import { dimensionsNow, measureNow } from '../decide/classify.js';
import type { DecisionContext } from '../decide/context.js';
import { decideOnEvent } from '../decide/decide-on-event.js';
import { withdrawOpportunities } from '../opportunities/review-opportunities.js';
import { noteLedger, type ChangeSet } from './changes.js';
import { APPLIED, deadLetter, DUPLICATE, IGNORED, type Outcome } from './outcome.js';

export type Merging = {
  /** Merges a customer into another, or takes that back. */
  readonly merge: (event: CustomerMerged) => Outcome;
  /** Takes in what an absorbed customer forwards, or out again. */
  readonly receive: (event: HistoryForwarded) => Outcome;
  /** What an absorbed customer still gets goes on to its heir; nothing happens to others. */
  readonly forwardDocument: (customer: CustomerState, document: Document) => void;
  readonly forwardMachine: (customer: CustomerState, machine: Machine) => void;
  /** The heir gives back all that it got of a customer that is erased. */
  readonly giveBack: (customer: CustomerState) => void;
};

export type MergingDeps = {
  readonly context: DecisionContext;
  readonly find: (customerId: string) => CustomerState | undefined;
  /** Keeps a customer that may be new; what is ignored makes none. */
  readonly keep: (customer: CustomerState) => void;
  /** Runs a decision and notes what it changed of the standing. */
  readonly decide: <T>(customer: CustomerState, decision: () => T) => T;
  readonly changes: ChangeSet;
};

/** Creates the part of the engine that merges customers. */
export const createMerging = ({ context, find, keep, decide, changes }: MergingDeps): Merging => {
  const obtain = (customerId: string): CustomerState =>
    find(customerId) ?? createCustomer(customerId);

  const send = (customer: CustomerState, history: History, isWithdrawal: boolean): void => {
    if (customer.mergedInto === null) return;
    const route = { intoCustomerId: customer.mergedInto, isWithdrawal };
    forward(customer, context, { ...history, route });
  };

  /** Takes a merge back, if there is one, and scores the customer again. */
  const endMerge = (customer: CustomerState): void => {
    if (customer.mergedInto === null) return;
    send(customer, historyOf(customer), true);
    customer.mergedInto = null;
    decide(customer, () => decideOnEvent(customer, context));
  };

  const merge: Merging['merge'] = ({ customerId, intoCustomerId, isReversal }) => {
    if (customerId === intoCustomerId) return deadLetter('merge-circular', intoCustomerId);
    const customer = obtain(customerId);
    const isMerged = customer.mergedInto === intoCustomerId;
    if (isMerged !== isReversal) return IGNORED;
    keep(customer);
    endMerge(customer);
    if (isReversal) return APPLIED;
    customer.mergedInto = intoCustomerId;
    decide(customer, () => {
      retire(customer, context);
    });
    send(customer, historyOf(customer), false);
    return APPLIED;
  };

  const receive: Merging['receive'] = (event) => {
    const customer = obtain(event.customerId);
    const { fromCustomerIds, isWithdrawal } = event;
    const isCircle = customer.mergedInto !== null && fromCustomerIds.includes(customer.mergedInto);
    // The heir was merged into this customer later on: the newer merge holds, the older one ends.
    if (isCircle && !isWithdrawal) endMerge(customer);
    if (!takeIn(customer, event, context)) return DUPLICATE;
    keep(customer);
    noteLedger(changes.touch(customer), 0);
    decide(customer, () => decideOnEvent(customer, context));
    relay(customer, context, event);
    return APPLIED;
  };

  return {
    merge,
    receive,
    forwardDocument: (customer, document) => {
      send(customer, { documents: [document], machines: [] }, false);
    },
    forwardMachine: (customer, machine) => {
      send(customer, { documents: [], machines: [machine] }, false);
    },
    giveBack: (customer) => {
      send(customer, historyOf(customer), true);
    },
  };
};

/** Passes a history on, as it came, from a customer that was merged itself. */
const relay = (
  { customerId, mergedInto }: CustomerState,
  context: DecisionContext,
  event: HistoryForwarded,
): void => {
  const fromCustomerIds = [...event.fromCustomerIds, customerId];
  if (mergedInto === null || fromCustomerIds.length > HOPS_MAX) return;
  if (fromCustomerIds.includes(mergedInto)) return;
  context.emit({
    kind: 'history-forwarded',
    record: {
      ...event,
      eventId: `forwarded-${context.nextOutputId()}`,
      customerId: mergedInto,
      fromCustomerIds,
    },
  });
};

/** Weight of documents in one forwarded event: far below the largest record the log takes. */
const EVENT_LINES_MAX = 4_000;
/** Customers that a history passes through at most. */
const HOPS_MAX = 16;

/** What is forwarded: a withdrawal names it, without lines. */
type History = {
  readonly documents: readonly Document[];
  readonly machines: readonly Machine[];
};

/** All that a customer has, its own and what was forwarded to it. */
const historyOf = ({ ledger, machines }: CustomerState): History => ({
  documents: [...documentsOf(ledger)],
  machines,
});

/** Own documents get a hash that no other customer's order can have; forwarded ones keep theirs. */
const forwardedHash = (customerId: string, { orderHash: hash, isForwarded }: Document): number =>
  isForwarded ? hash : orderHash(`${customerId}/${String(hash)}`);

const forwardedMachineId = (customerId: string, machineId: string): string =>
  machineId.includes(MACHINE_MARK) ? machineId : `${customerId}${MACHINE_MARK}${machineId}`;

/** Stands between customer and machine in the id of a forwarded machine; no source writes it. */
const MACHINE_MARK = '\u001f';

type Route = { readonly intoCustomerId: string; readonly isWithdrawal: boolean };

/** Emits a history as events of the log, keyed by the customer that it goes to. */
const forward = (
  customer: CustomerState,
  context: DecisionContext,
  { documents, machines, route }: History & { readonly route: Route },
): void => {
  const { intoCustomerId, isWithdrawal } = route;
  const emitPart = (part: readonly ForwardedDocument[], own: readonly Machine[]): void => {
    context.emit({
      kind: 'history-forwarded',
      record: {
        eventId: `forwarded-${context.nextOutputId()}`,
        occurredAtMs: context.asOfMs,
        customerId: intoCustomerId,
        fromCustomerIds: [customer.customerId],
        isWithdrawal,
        documents: part,
        machines: own.map((machine) => ({
          ...machine,
          machineId: forwardedMachineId(customer.customerId, machine.machineId),
        })),
      },
    });
  };
  let part: ForwardedDocument[] = [];
  let lines = 0;
  for (const document of documents) {
    if (part.length > 0 && lines + document.lines.length >= EVENT_LINES_MAX) {
      emitPart(part, []);
      part = [];
      lines = 0;
    }
    part.push(toForwarded(customer.customerId, document, { context, isWithdrawal }));
    lines += 1 + document.lines.length;
  }
  if (part.length > 0 || machines.length > 0) emitPart(part, machines);
};

const toForwarded = (
  customerId: string,
  document: Document,
  { context, isWithdrawal }: { readonly context: DecisionContext; readonly isWithdrawal: boolean },
): ForwardedDocument => {
  const { isReturn, version, orderedAtMs, lines } = document;
  const { names } = context;
  return {
    orderHash: forwardedHash(customerId, document),
    isReturn,
    documentVersion: version,
    orderedAtMs,
    lines: isWithdrawal
      ? []
      : lines.map(({ skuId, groupId, quantityMilli, netMinor }) => ({
          sku: names.nameOf(skuId),
          productGroup: names.nameOf(groupId),
          quantityMilli,
          amountMinor: Math.abs(netMinor),
        })),
  };
};

/** Ends the scoring of an absorbed customer: open alerts and chances go, the card names the heir. */
const retire = (customer: CustomerState, context: DecisionContext): void => {
  const { standing } = customer;
  withdrawAlerts(customer, context);
  withdrawOpportunities(customer, context);
  standing.window = null;
  standing.dueAtMs = -1;
  measureNow(customer, context);
  emitCard(customer, context, dimensionsNow);
};

/** Takes a forwarded history in, or out again. False when it changed nothing. */
const takeIn = (
  customer: CustomerState,
  { documents, machines, isWithdrawal }: HistoryForwarded,
  { names }: DecisionContext,
): boolean => {
  const own = new Set<number>();
  for (const document of documentsOf(customer.ledger)) {
    if (!document.isForwarded) own.add(forwardedHash(customer.customerId, document));
  }
  const foreign = documents.filter(
    ({ orderHash: hash, orderedAtMs }) =>
      !own.has(hash) && orderedAtMs > (customer.erasedAtMs ?? Number.NEGATIVE_INFINITY),
  );
  const isFolded = foldForwarded(
    customer,
    foreign.map((document) => ({
      orderHash: document.orderHash,
      isReturn: document.isReturn,
      isForwarded: true,
      version: document.documentVersion,
      orderedAtMs: document.orderedAtMs,
      lines: document.lines.map(({ sku, productGroup, quantityMilli, amountMinor }) => ({
        skuId: names.idOf(sku),
        groupId: names.idOf(productGroup),
        quantityMilli,
        netMinor: document.isReturn ? -amountMinor : amountMinor,
      })),
    })),
    isWithdrawal,
  );
  const ids = new Set(machines.map(({ machineId }) => machineId));
  const others = customer.machines.filter(({ machineId }) => !ids.has(machineId));
  const foreignMachines = machines.filter(
    ({ machineId }) => !machineId.startsWith(`${customer.customerId}${MACHINE_MARK}`),
  );
  if (foreignMachines.length > 0) {
    customer.machines = limitMachines(isWithdrawal ? others : [...others, ...foreignMachines]);
  }
  return isFolded || foreignMachines.length > 0;
};

/** Machines a customer may have; beyond it those with the lowest ids are let go. */
const MACHINES_MAX = 2_000;

/** Sorts machines by id and keeps their number bounded. */
export const limitMachines = (machines: readonly Machine[]): readonly Machine[] =>
  [...machines].sort((a, b) => (a.machineId < b.machineId ? -1 : 1)).slice(-MACHINES_MAX);
