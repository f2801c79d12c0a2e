/**
 * Drives the core over an in-memory log the way Kafka Streams' TopologyTestDriver does: given a
 * history, when something happens, then these outputs come, and no more. Nothing is mocked: it is the
 * replay's own partitions with their due queues.
 */
import type {
  CustomerScore,
  SalesOpportunity,
  SegmentChanged,
  UnderPerformanceAlert,
} from '../../shared/core/contract.generated.js';
import type { EngineOutput, Outcome } from '../../shared/core/engine/engine.js';
import type { BroadcastEvent, CustomerEvent } from '../../shared/core/engine/input-event.js';
import type { CustomerState } from '../../shared/core/customer/state.js';
import type { Names } from '../../shared/core/customer/document.js';
import { documentsOf } from '../../shared/core/customer/ledger.js';
import { GROUP_STRIDE } from '../../shared/core/features/groups.js';
import { builtinModel, type ModelArtefact } from '../../shared/core/models/artefact.js';
import { builtinRulebook, type Rulebook } from '../../shared/core/rulebook/rulebook.js';
import { createReplayLog, type ReplayLog } from '../../shared/pipeline/replay-partitions.js';
import { DAY_MS, day, tick } from './events.js';

type Input = CustomerEvent | BroadcastEvent;

export type DriverOptions = {
  readonly partitions?: number;
  readonly rulebook?: Rulebook;
  readonly model?: ModelArtefact;
  /** False leaves the built-in model in force until the test activates the given one. */
  readonly isModelActive?: boolean;
};

export type Driver = {
  readonly log: ReplayLog;
  /** Publishes events; what they emit counts as history and is dropped. */
  readonly given: (...events: readonly Input[]) => Driver;
  /** Publishes events; returns their outcomes. */
  readonly when: (...events: readonly Input[]) => readonly Outcome[];
  /** Ticks at the end of a day until nobody is due. */
  readonly tickOn: (dayNumber: number) => Driver;
  /** Ticks daily from one day to another. */
  readonly tickThrough: (fromDay: number, toDay: number) => Driver;
  /** Lives through days: publishes the events of each day by their event time, then ticks. */
  readonly play: (fromDay: number, toDay: number, events?: readonly CustomerEvent[]) => Driver;
  /** Everything emitted since the last call of `take` or `given`. */
  readonly take: () => readonly EngineOutput[];
  readonly takeAlerts: () => readonly UnderPerformanceAlert[];
  readonly takeOpportunities: () => readonly SalesOpportunity[];
  readonly takeSegments: () => readonly SegmentChanged[];
  readonly takeCards: () => readonly CustomerScore[];
  /** Throws when an output other than cards is left. */
  readonly andNoMore: () => void;
  readonly customer: (customerId: string) => CustomerState | undefined;
};

/** A rulebook with its version changed, so that outputs can tell it from the built-in one. */
export const rulebookWith = (over: Partial<Rulebook>): Rulebook => ({
  ...builtinRulebook,
  version: 'test-1',
  ...over,
});

const activation = (kind: 'rulebook' | 'model', version: string): BroadcastEvent => ({
  type: 'ArtefactActivated',
  event: { eventId: `${kind}-${version}`, occurredAtMs: 0, kind, version, sha256: '' },
});

/** Creates a driver over an empty log with the artefacts in force. */
export const createDriver = (options: DriverOptions = {}): Driver => {
  const { partitions = 2, rulebook = builtinRulebook, model = builtinModel } = options;
  const { isModelActive = true } = options;
  let outputs: EngineOutput[] = [];
  const log = createReplayLog(partitions, {
    artefacts: {
      rulebook: (version) => (version === rulebook.version ? rulebook : null),
      model: (version) => (version === model.version ? model : null),
    },
    onOutput: (output) => {
      outputs.push(output);
    },
  });
  log.publish(activation('rulebook', rulebook.version));
  if (isModelActive) log.publish(activation('model', model.version));

  /** Removes and returns the records of one kind. */
  const takeKind = <K extends EngineOutput['kind']>(kind: K) => {
    const taken = outputs.filter((output) => output.kind === kind);
    outputs = outputs.filter((output) => output.kind !== kind);
    return taken as Extract<EngineOutput, { readonly kind: K }>[];
  };
  const driver: Driver = {
    log,
    given: (...events) => {
      for (const event of events) log.publish(event);
      outputs = [];
      return driver;
    },
    when: (...events) => events.flatMap((event) => log.publish(event)),
    tickOn: (dayNumber) => {
      log.tickUntilQuiet(day(dayNumber) + DAY_MS / 2);
      return driver;
    },
    tickThrough: (fromDay, toDay) => {
      for (let n = fromDay; n <= toDay; n += 1) log.publish(tick(day(n) + DAY_MS / 2));
      return driver;
    },
    play: (fromDay, toDay, events = []) => {
      const waiting = [...events].sort((a, b) => a.event.occurredAtMs - b.event.occurredAtMs);
      for (let n = fromDay; n <= toDay; n += 1) {
        const tickAtMs = day(n) + DAY_MS / 2;
        while (waiting[0] !== undefined && waiting[0].event.occurredAtMs < tickAtMs) {
          log.publish(waiting[0]);
          waiting.shift();
        }
        log.publish(tick(tickAtMs));
      }
      return driver;
    },
    take: () => {
      const taken = outputs;
      outputs = [];
      return taken;
    },
    takeAlerts: () => takeKind('under-performance-alert').map(({ record }) => record),
    takeOpportunities: () => takeKind('sales-opportunity').map(({ record }) => record),
    takeSegments: () => takeKind('segment-changed').map(({ record }) => record),
    takeCards: () => takeKind('customer-score').map(({ record }) => record),
    andNoMore: () => {
      const rest = outputs.filter(({ kind }) => kind !== 'customer-score');
      if (rest.length > 0) throw new Error(`more was emitted: ${JSON.stringify(rest, null, 1)}`);
    },
    customer: (customerId) => {
      for (const { customers } of log.partitions) {
        const found = customers.get(customerId);
        if (found !== undefined) return found;
      }
      return undefined;
    },
  };
  return driver;
};

/** Entries of the groups by name: their ids, and so their order, depend on what came first. */
const groupsByName = (groups: readonly number[], names: Names) =>
  Array.from({ length: groups.length / GROUP_STRIDE }, (_, i) => {
    const [groupId = 0, ...statistics] = groups.slice(i * GROUP_STRIDE, (i + 1) * GROUP_STRIDE);
    return { group: names.nameOf(groupId), statistics };
  }).sort((a, b) => (a.group < b.group ? -1 : 1));

/** A customer's features and documents in comparable form, with names instead of their ids. */
export const comparable = (driver: Driver, customerId: string) => {
  const customer = driver.customer(customerId);
  const home = driver.log.partitions.find(({ customers }) => customers.has(customerId));
  if (customer === undefined || home === undefined) return null;
  const { names } = home.control;
  return {
    vector: customer.vector,
    groups: groupsByName(customer.groups, names),
    documents: [...documentsOf(customer.ledger)].map((document) => ({
      ...document,
      lines: document.lines.map(({ skuId, groupId, ...rest }) => ({
        sku: names.nameOf(skuId),
        group: names.nameOf(groupId),
        ...rest,
      })),
    })),
    machines: customer.machines,
  };
};
