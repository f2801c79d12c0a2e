/** The Kafka client of a service, named after it, with its reports going to the service's log. */
import { hostname } from 'node:os';
import type { Kafka } from 'kafkajs';
import { openKafka, type KafkaConnection } from '../kafka/client.js';
import type { Log } from '../observability/log.js';

/** Opens the client; connections are made by its producers, consumers and admins. */
export const kafkaOf = (
  config: { readonly app: { readonly name: string }; readonly kafka: KafkaConnection },
  { service, log }: { readonly service: string; readonly log: Log },
): Kafka =>
  openKafka(config.kafka, {
    clientId: `${config.app.name}-${service}-${hostname()}`,
    onLog: ({ level, message, detail }) => {
      log[level]('kafka_client', { message, ...detail });
    },
  });

/** Resolves after a time, or at once when told to stop. */
export const sleepUnless = (stop: AbortSignal, ms: number): Promise<void> =>
  new Promise((resolve) => {
    if (stop.aborted) {
      resolve();
      return;
    }
    const done = (): void => {
      clearTimeout(timer);
      stop.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    stop.addEventListener('abort', done);
  });
