/**
 * `kundenpuls clock`: writes one tick per partition and interval, so that silence is noticed. Several
 * may run: one leads, the others stand by.
 */
import { openRecordEncoder } from '../../shared/avro/record-encoder.js';
import { openRegistry } from '../../shared/avro/registry-client.js';
import { LIVE_TICK_CUSTOMERS } from '../../shared/core/engine/tick.js';
import { committedOffset } from '../../shared/kafka/committed-offset.js';
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
import { createClockMetrics } from './metrics.js';
import { runTicker, type ClockState } from './ticker.js';

/** Runs the clock until it is told to stop. */
export const run = (): Promise<void> => runService({ name: 'clock', build });

const build = ({ config, log, metrics }: ServiceContext<'clock'>): ServiceParts => {
  const { app, clock } = config;
  const kafka = kafkaOf(config, { service: 'clock', log });
  const registry = openRegistry(config.registry);
  const report = createClockMetrics(metrics);
  const topic = topicName(app.topicPrefix, 'customer-events');
  const { clockGroup, clockTransactionalId } = kafkaIdentities(app.name);
  let state: ClockState = 'starting';

  const open = async () => {
    const { encode } = await openRecordEncoder(registry, ['kundenpuls.events.Tick']);
    const transactionalId = clockTransactionalId;
    return openTickPublisher({
      kafka,
      topic,
      groupId: clockGroup,
      transactionalId,
      encode,
      customersMax: LIVE_TICK_CUSTOMERS,
    });
  };
  const peek = async (): Promise<number | null> => {
    const admin = kafka.admin();
    await admin.connect();
    try {
      return await committedOffset(admin, { groupId: clockGroup, topic, partition: 0 });
    } finally {
      await admin.disconnect();
    }
  };
  return {
    parts: [{ name: 'registry', start: () => Promise.resolve(registry.close) }],
    readiness: () =>
      state === 'starting'
        ? { isReady: false, reasons: ['the broker or the registry does not answer'] }
        : { isReady: true, reasons: [] },
    until: (stop) =>
      runTicker(
        {
          intervalMs: clock.intervalMs,
          open,
          peek,
          isFenced: isFencedError,
          nowMs: Date.now,
          sleep: (ms) => sleepUnless(stop, ms),
          onTick: report.ticked,
          onState: (next) => {
            if (next !== state) log.info('clock_state', { state: next });
            state = next;
            report.state(next);
          },
          onTrouble: (error) => {
            report.trouble();
            log.warn('clock_trouble', { error });
          },
        },
        stop,
      ),
  };
};
