/**
 * `kundenpuls setup`: creates the topics and registers the schemas. May be repeated: what is there
 * stays as it is, and what differs from the table is said.
 */
import { openRegistry } from '../../shared/avro/registry-client.js';
import { registerContract } from '../../shared/avro/register-contract.js';
import { ensureTopics, inspectTopics } from '../../shared/kafka/ensure-topics.js';
import { createLog } from '../../shared/observability/log.js';
import { kafkaOf } from '../../shared/service/kafka-of.js';
import { loadOrExplain } from '../../shared/service/run-service.js';

/** Runs the command; a topic that is wrong or a schema that is refused sets exit code 1. */
export const run = async (): Promise<void> => {
  const config = loadOrExplain('setup');
  if (config === null) return;
  const { app, topics } = config;
  const log = createLog({ service: 'setup', level: app.logLevel });
  const kafka = kafkaOf(config, { service: 'setup', log });
  const registry = openRegistry(config.registry);
  const admin = kafka.admin();
  try {
    await admin.connect();
    const created = await ensureTopics(admin, {
      prefix: app.topicPrefix,
      inputPartitions: topics.partitions,
      replicationFactor: topics.replicationFactor,
    });
    const ids = await registerContract(registry);
    const findings = await inspectTopics(admin, { prefix: app.topicPrefix });
    process.stdout.write(
      `${String(created.length)} topics created, ${String(ids.size)} schemas registered\n`,
    );
    for (const { message } of findings) process.stdout.write(`- ${message}\n`);
    if (findings.some(({ severity }) => severity === 'wrong')) process.exitCode = 1;
  } finally {
    await admin.disconnect();
    await registry.close();
  }
};
