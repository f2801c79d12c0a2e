/** Opens the clients of the scorer; connections are made when its parts start. */
import type { Redis } from 'ioredis';
import type { Kafka } from 'kafkajs';
import { openRegistry, type RegistryClient } from '../../shared/avro/registry-client.js';
import { createArtefactReader, type ArtefactReader } from '../../shared/kafka/artefact-reader.js';
import { kafkaIdentities, topicName } from '../../shared/kafka/topics.js';
import { openRedis } from '../../shared/redis/client.js';
import { kafkaOf } from '../../shared/service/kafka-of.js';
import type { ServiceContext } from '../../shared/service/run-service.js';

export type Adapters = {
  readonly kafka: Kafka;
  readonly redis: Redis;
  readonly registry: RegistryClient;
  readonly reader: ArtefactReader;
};

/** Opens Kafka, Redis, the registry and the reader of artefacts by configuration. */
export const openAdapters = ({ config, log }: ServiceContext<'scorer'>): Adapters => {
  const { app } = config;
  const kafka = kafkaOf(config, { service: 'scorer', log });
  const redis = openRedis(config.redis, (error) => {
    log.warn('redis_connection_failed', { error });
  });
  const reader = createArtefactReader(kafka, {
    topic: topicName(app.topicPrefix, 'models'),
    groupPrefix: kafkaIdentities(app.name).artefactsGroup,
  });
  return { kafka, redis, registry: openRegistry(config.registry), reader };
};
