/**
 * The metrics registry of a service. Metrics are defined once, in the service's metrics.ts, from what
 * is made here, and handed in; never labelled by customer, order or offset, since a large registry
 * blocks the event loop (client_js#543).
 */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Buckets in seconds for durations from a quarter of a millisecond to ten seconds. */
export const DURATION_BUCKETS_SECONDS: readonly number[] = [
  0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

type Definition = { readonly name: string; readonly help: string };
type Labelled = Definition & { readonly labels?: readonly string[] };

export type Metrics = {
  readonly registry: Registry;
  readonly counter: (definition: Labelled) => Counter;
  /** A gauge; `collect` is asked when metrics are scraped. */
  readonly gauge: (definition: Labelled & { readonly collect?: (gauge: Gauge) => void }) => Gauge;
  readonly histogram: (
    definition: Labelled & { readonly buckets?: readonly number[] },
  ) => Histogram;
};

/** Creates a registry with the process's own metrics, every series labelled with the service. */
export const createMetrics = ({ service }: { readonly service: string }): Metrics => {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry });
  const base = ({ name, help, labels = [] }: Labelled) => ({
    name,
    help,
    labelNames: [...labels],
    registers: [registry],
  });
  return {
    registry,
    counter: (definition) => new Counter(base(definition)),
    gauge: ({ collect, ...definition }) =>
      new Gauge({
        ...base(definition),
        ...(collect === undefined
          ? {}
          : {
              collect(this: Gauge) {
                collect(this);
              },
            }),
      }),
    histogram: ({ buckets = DURATION_BUCKETS_SECONDS, ...definition }) =>
      new Histogram({ ...base(definition), buckets: [...buckets] }),
  };
};
