/** The Kafka Streams peer, built with Maven on first use and started on its own topics. */
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../shared/avro/package-root.js';
import { runTool } from '../../deploy/local/run-tool.js';
import { startChild } from '../harness/child.js';
import { doneOfGroup } from '../harness/group-progress.js';
import type { Installation } from '../harness/installation.js';
import { PARTITIONS } from '../harness/installation.js';
import { ORDER_RECORD } from '../load/packed-log.js';
import type { Contender } from './contender.js';

const BUILD_TIMEOUT_MS = 600_000;
/** As many as this machine can run at once; more threads than partitions would idle. */
const STREAM_THREADS = 2;
const SOURCES = ['Peer.java', 'OrderReader.java', 'CustomerState.java'];

const folder = (): string => join(packageRoot(), 'bench/peers/kafka-streams');
const jar = (): string => join(folder(), 'target/kafka-streams-peer-1.jar');

const isBuilt = (): boolean => {
  if (!existsSync(jar()) || !existsSync(join(folder(), 'target/lib'))) return false;
  const sources = SOURCES.map((name) => join(folder(), 'src/main/java/kundenpuls/bench', name));
  const builtMs = statSync(jar()).mtimeMs;
  return [join(folder(), 'pom.xml'), ...sources].every((file) => statSync(file).mtimeMs <= builtMs);
};

/** Builds the peer when it is not built or older than a source. */
export const buildKafkaStreamsPeer = async (): Promise<void> => {
  if (isBuilt()) return;
  await runTool({
    command: 'mvn',
    args: ['-B', '-q', '-ntp', '-f', join(folder(), 'pom.xml'), 'package'],
    what: 'building the Kafka Streams peer with Maven',
    timeoutMs: BUILD_TIMEOUT_MS,
  });
};

const outputTopic = ({ topicPrefix }: Installation): string => `${topicPrefix}peer-changes`;

export const kafkaStreamsEos: Contender = {
  name: 'kafkaStreamsEos',
  title: `Kafka Streams, EOS v2, ${String(STREAM_THREADS)} threads`,
  usesRedis: false,
  loadShare: 1,
  output: (installation) =>
    Promise.resolve({
      topic: outputTopic(installation),
      eventIdOf: (value) => value.toString('latin1').split('|')[0] ?? null,
    }),
  start: async (installation) => {
    const { app, admin, brokers, inputTopic, schemaIds, env } = installation;
    await buildKafkaStreamsPeer();
    const topic = outputTopic(installation);
    await admin.createTopics({ topics: [{ topic, numPartitions: PARTITIONS }] });
    const stateFolder = mkdtempSync(join(tmpdir(), 'kundenpuls-bench-'));
    const application = `${app}-peer`;
    const child = startChild({
      command: 'java',
      args: [
        ...['-Xmx1g', '-cp', `${jar()}:${join(folder(), 'target/lib/*')}`],
        'kundenpuls.bench.Peer',
        ...[brokers.join(','), inputTopic, topic, application, stateFolder],
        join(packageRoot(), 'schemas/events/order-event.avsc'),
        String(STREAM_THREADS),
        String(schemaIds.get(ORDER_RECORD) ?? 0),
      ],
      cwd: packageRoot(),
      env,
      hasChannel: false,
    });
    return {
      pids: [child.pid],
      done: () => doneOfGroup(installation, application),
      // Its offsets commit with its outputs: all done is all published.
      isSettled: () => Promise.resolve(true),
      assertAlive: child.assertAlive,
      stop: async () => {
        await child.stop();
        rmSync(stateFolder, { recursive: true, force: true });
      },
    };
  },
};
