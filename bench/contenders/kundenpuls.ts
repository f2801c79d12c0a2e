/** Kundenpuls as it ships: the scorer service with its defaults, started through the one bin. */
import { join } from 'node:path';
import { packageRoot } from '../../shared/avro/package-root.js';
import { createRecordDecoder, isRefusal } from '../../shared/avro/record-decoder.js';
import { topicName } from '../../shared/kafka/topics.js';
import { partitionKeys } from '../../shared/redis/keys.js';
import { NODE_FLAGS } from '../../shared/service/node-flags.js';
import { startChild } from '../harness/child.js';
import { PARTITIONS, type Installation } from '../harness/installation.js';
import type { Contender, OutputSpec, Running } from './contender.js';

const SEGMENT_CHANGED = 'kundenpuls.outputs.SegmentChanged';
const HEADER_BYTES = 5;
const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition);

const start = (installation: Installation): Promise<Running> => {
  const { app, env, redis, profileFolder, scorers } = installation;
  const root = packageRoot();
  const profile = profileFolder === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`];
  const children = Array.from({ length: scorers }, () =>
    startChild({
      command: process.execPath,
      args: [...NODE_FLAGS, ...profile, join(root, 'services/cli/bin.mjs'), 'scorer'],
      cwd: root,
      env,
      hasChannel: false,
    }),
  );
  const keys = partitions.map((partition) => partitionKeys(app, partition));
  return Promise.resolve({
    pids: children.map(({ pid }) => pid),
    done: async () => {
      const nexts = await Promise.all(keys.map(({ cursor }) => redis.hget(cursor, 'next')));
      return nexts.reduce((sum, next) => sum + Number(next ?? 0), 0);
    },
    isSettled: async () => {
      const depths = await Promise.all(keys.map(({ outbox }) => redis.xlen(outbox)));
      return depths.every((depth) => depth === 0);
    },
    stop: async () => {
      await Promise.all(children.map((child) => child.stop()));
    },
    assertAlive: () => {
      for (const child of children) child.assertAlive();
    },
  });
};

/** Reads the cause of a segment change with the contract's decoder. */
const output = async ({ topicPrefix, registry, schemaIds }: Installation): Promise<OutputSpec> => {
  const decoder = createRecordDecoder({ registry, names: [SEGMENT_CHANGED] });
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32BE(schemaIds.get(SEGMENT_CHANGED) ?? 0, 1);
  await decoder.prepare([header]);
  return {
    topic: topicName(topicPrefix, 'segment-changes'),
    eventIdOf: (value) => {
      const decoded = decoder.decode(value);
      if (isRefusal(decoded)) return null;
      return (decoded.record as { readonly cause: { readonly eventId: string } }).cause.eventId;
    },
  };
};

export const kundenpuls: Contender = {
  name: 'kundenpuls',
  title: 'Kundenpuls, everything on',
  usesRedis: true,
  loadShare: 1,
  output,
  start,
};
