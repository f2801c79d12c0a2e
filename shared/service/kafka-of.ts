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
