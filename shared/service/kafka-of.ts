/** The Kafka client of a service, named after it, with its reports going to the service's log. */
import { hostname } from 'node:os';
import type { Kafka } from 'kafkajs';
import { openKafka, type KafkaConnection } from '../kafka/client.js';
import { kafkajsLogClient } from '../kafka/group-reader.js';
import type { LogClient } from '../kafka/log-client.js';
import { openPlatformaticLogClient } from '../kafka/platformatic/log-client.js';
import type { Log } from '../observability/log.js';

type Names = { readonly app: { readonly name: string }; readonly kafka: KafkaConnection };

const clientIdOf = ({ app }: Names, service: string): string =>
  `${app.name}-${service}-${hostname()}`;

/** Opens the client; connections are made by its producers, consumers and admins. */
export const kafkaOf = (
  config: Names,
  { service, log }: { readonly service: string; readonly log: Log },
): Kafka =>
  openKafka(config.kafka, {
    clientId: clientIdOf(config, service),
    onLog: ({ level, message, detail }) => {
      log[level]('kafka_client', { message, ...detail });
    },
  });

/** The client of the exactly-once path, by configuration. */
export const openScorerLogClient = async (
  config: Names & { readonly scorer: { readonly kafkaClient: 'kafkajs' | 'platformatic' } },
  kafka: Kafka,
): Promise<LogClient> =>
  config.scorer.kafkaClient === 'kafkajs'
    ? kafkajsLogClient(kafka)
    : openPlatformaticLogClient(config.kafka, clientIdOf(config, 'scorer'));
