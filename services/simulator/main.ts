/**
 * `kundenpuls simulator`: publishes a simulated after-sales business, with ticks in its own time. Run it
 * without the clock service, whose ticks are those of the wall.
 */
import { recordSchemas } from '../../shared/avro/record-schemas.js';
import { openRecordEncoder } from '../../shared/avro/record-encoder.js';
import { openRegistry } from '../../shared/avro/registry-client.js';
import { openBusiness } from '../../shared/business/business.js';
import { openEventProducer } from '../../shared/kafka/event-producer.js';
import { isFencedError } from '../../shared/kafka/fenced-error.js';
import { openTickPublisher } from '../../shared/kafka/tick-publisher.js';
import { kafkaIdentities, topicName } from '../../shared/kafka/topics.js';
import { kafkaOf } from '../../shared/service/kafka-of.js';
import {
  runService,
  type ServiceContext,
  type ServiceParts,
} from '../../shared/service/run-service.js';
import { sleepUnless } from '../../shared/service/sleep.js';
import { createSimulatorMetrics } from './metrics.js';
import { simulate } from './simulate.js';

export type SimulatorOptions = {
  readonly customers?: number;
  readonly ordersPerSecond?: number;
  readonly seed?: number;
  readonly days?: number;
};

/** Runs the simulator until it is told to stop, or for so many days. */
export const run = (options: SimulatorOptions): Promise<void> =>
  runService({ name: 'simulator', build: (context) => build(context, options) });

const build = (
  { config, log, metrics }: ServiceContext<'simulator'>,
  options: SimulatorOptions,
): ServiceParts => {
  const { app, simulator } = config;
  const startMs = Date.parse(`${simulator.startDate}T00:00:00Z`);
  const report = createSimulatorMetrics(metrics, startMs);
  const registry = openRegistry(config.registry);
  let isPublishing = false;

  const until = async (stop: AbortSignal): Promise<void> => {
    const kafka = kafkaOf(config, { service: 'simulator', log });
    const topic = topicName(app.topicPrefix, 'customer-events');
    const { encode } = await openRecordEncoder(registry, [...recordSchemas().keys()]);
    const producer = await openEventProducer({ kafka, topic, encode });
    const { clockGroup, clockTransactionalId } = kafkaIdentities(app.name);
    const ticks = await openTickPublisher({
      kafka,
      topic,
      groupId: clockGroup,
      transactionalId: clockTransactionalId,
      encode,
      // Its days are over in a moment: what a tick leaves would be in the way of the next one.
      customersMax: null,
    });
    isPublishing = true;
    try {
      const lastTickMs = await ticks.lastTickMs();
      log.info('simulation_begins', { from: lastTickMs === null ? 'start' : 'last tick' });
      await simulate(
        {
          business: openBusiness({
            seed: options.seed ?? simulator.seed,
            customers: options.customers ?? simulator.customers,
            startMs,
          }),
          startMs,
          historyDays: simulator.historyDays,
          ordersPerSecond: options.ordersPerSecond ?? simulator.ordersPerSecond,
          days: options.days ?? Infinity,
          lastTickMs,
          publish: producer.publish,
          flush: producer.flush,
          tick: ticks.publish,
          nowMs: Date.now,
          sleep: (ms) => sleepUnless(stop, ms),
          onDay: report.day,
        },
        stop,
      );
    } catch (error) {
      if (!isFencedError(error)) throw error;
      const { name } = app;
      throw new Error(
        `another simulator or a clock took over the ticks of the installation ${name}: run one of them ` +
          'only, or give this one a KUNDENPULS_APP of its own',
        { cause: error },
      );
    } finally {
      isPublishing = false;
      await producer.close();
      await ticks.close();
    }
  };
  return {
    parts: [{ name: 'registry', start: () => Promise.resolve(registry.close) }],
    readiness: () =>
      isPublishing
        ? { isReady: true, reasons: [] }
        : { isReady: false, reasons: ['the broker or the registry does not answer'] },
    until,
  };
};
