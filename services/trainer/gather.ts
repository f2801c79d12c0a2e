/** Gathers from the log what a model is trained on: histories, rates of the days, the time it is. */
import type { ArtefactKind, MachineUpdated } from '../../shared/core/contract.generated.js';
import type { InputEvent } from '../../shared/core/engine/input-event.js';
import { rateOn, setRate, type RateTable } from '../../shared/core/engine/rates.js';
import type { TraitsOf } from '../../shared/core/models/peers.js';
import { createHistoryBuilder, type HistoryBuilder } from '../../shared/pipeline/histories.js';

export type Gathered = {
  readonly builder: HistoryBuilder;
  readonly add: (input: InputEvent) => void;
  /** Time of the newest tick, or of the newest order where there is no clock; 0 for an empty log. */
  readonly asOfMs: () => number;
  readonly firstOrderedAtMs: () => number;
  /** Country by the newest master data of a customer; null before any. */
  readonly countryOf: (customerId: string) => string | null;
  /** Machines in operation and industry by the newest master data; null before any. */
  readonly traitsOf: TraitsOf;
  /** Version of the model, or rulebook, that was activated last; null before any. */
  readonly active: (kind: ArtefactKind) => string | null;
  /** Orders left out, since no rate of their currency was known. */
  readonly withoutRate: () => number;
};

type Known = {
  readonly machines: Map<string, MachineUpdated>;
  industry: string | null;
};

/** Remembers the machines and the industry of customers. */
const createTraits = (): { readonly add: (input: InputEvent) => void; readonly of: TraitsOf } => {
  const known = new Map<string, Known>();
  const knownOf = (customerId: string): Known => {
    const found = known.get(customerId) ?? { machines: new Map(), industry: null };
    known.set(customerId, found);
    return found;
  };
  return {
    add: (input) => {
      if (input.type === 'ErasureRequested') known.delete(input.event.customerId);
      if (input.type === 'CustomerUpdated') {
        knownOf(input.event.customerId).industry = input.event.industry;
      }
      if (input.type === 'MachineUpdated') {
        knownOf(input.event.customerId).machines.set(input.event.machineId, input.event);
      }
    },
    of: (customerId) => {
      const found = known.get(customerId);
      if (found === undefined) return null;
      const running = [...found.machines.values()].filter((m) => m.decommissionedAtMs === null);
      return {
        machines: running,
        machineTypes: new Set(running.map(({ machineType }) => machineType)),
        industry: found.industry,
      };
    },
  };
};

/** Creates an empty collection for amounts in the reporting currency. */
export const createGathered = (reportingCurrency: string): Gathered => {
  const builder = createHistoryBuilder();
  const rates: RateTable = new Map();
  const countries = new Map<string, string>();
  const traits = createTraits();
  let tickMs = 0;
  let lastOrderMs = 0;
  let firstOrderMs = Number.POSITIVE_INFINITY;
  let withoutRate = 0;
  const active = new Map<ArtefactKind, string>();
  return {
    builder,
    asOfMs: () => (tickMs > 0 ? tickMs : lastOrderMs),
    firstOrderedAtMs: () => firstOrderMs,
    countryOf: (customerId) => countries.get(customerId) ?? null,
    traitsOf: traits.of,
    active: (kind) => active.get(kind) ?? null,
    withoutRate: () => withoutRate,
    add: (input) => {
      traits.add(input);
      if (input.type === 'ArtefactActivated') active.set(input.event.kind, input.event.version);
      if (input.type === 'Tick') tickMs = Math.max(tickMs, input.event.tickAtMs);
      if (input.type === 'ErasureRequested') {
        builder.forget(input.event.customerId);
        countries.delete(input.event.customerId);
      }
      if (input.type === 'CustomerUpdated') {
        countries.set(input.event.customerId, input.event.country);
      }
      if (input.type === 'RatesOfDay') {
        for (const { currency, minorRateNano } of input.event.rates) {
          setRate(rates, currency, { epochDay: input.event.epochDay, minorRateNano });
        }
      }
      if (input.type !== 'OrderEvent') return;
      const { currency, orderedAtMs } = input.event;
      const rate = currency === reportingCurrency ? 1 : rateOn(rates, currency, orderedAtMs);
      if (rate === null) {
        withoutRate += 1;
        return;
      }
      lastOrderMs = Math.max(lastOrderMs, orderedAtMs);
      firstOrderMs = Math.min(firstOrderMs, orderedAtMs);
      builder.add(input.event, rate);
    },
  };
};
