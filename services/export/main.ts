/**
 * `kundenpuls export --customer ID --out FILE`: everything held about one customer as JSON, for the
 * customer's right to it. What the log keeps of the export names nobody.
 */
import { open, rm } from 'node:fs/promises';
import { openRegistry } from '../../shared/avro/registry-client.js';
import { createLog, hashCustomer } from '../../shared/observability/log.js';
import { connectRedis, openRedis } from '../../shared/redis/client.js';
import { exportCustomer } from '../../shared/service/customer-export.js';
import { kafkaOf } from '../../shared/service/kafka-of.js';
import { createProgressBar } from '../../shared/service/progress-bar.js';
import { loadOrExplain } from '../../shared/service/run-service.js';

const REDIS_CONNECT_DEADLINE_MS = 15_000;
/** Only the owner reads the file. */
const FILE_MODE = 0o600;

/** Runs the command; the file is created first, so that nothing is read for a place nobody can write. */
export const run = async (options: Readonly<Record<string, unknown>>): Promise<void> => {
  const config = loadOrExplain('export');
  if (config === null) return;
  const customerId = String(options['customer']);
  const requestId = typeof options['request'] === 'string' ? options['request'] : null;
  const log = createLog({ service: 'export', level: config.app.logLevel });
  const path = String(options['out']);
  const file = await open(path, 'wx', FILE_MODE);
  const registry = openRegistry(config.registry);
  const redis = openRedis(config.redis, () => undefined);
  const bar = createProgressBar();
  const audited = { customer: hashCustomer(customerId), requestId };
  log.info('export_started', audited);
  try {
    await connectRedis(redis, REDIS_CONNECT_DEADLINE_MS);
    const exported = await exportCustomer(customerId, {
      kafka: kafkaOf(config, { service: 'export', log }),
      registry,
      redis,
      app: config.app.name,
      topicPrefix: config.app.topicPrefix,
      folders: [config.copies.crmFolder, config.copies.salesFolder].filter((path) => path !== ''),
      onProgress: bar.update,
    });
    bar.stop();
    const exportedAt = new Date().toISOString();
    await file.writeFile(`${JSON.stringify({ exportedAt, requestId, ...exported }, null, 2)}\n`);
    await file.sync();
    log.info('export_completed', {
      ...audited,
      hasState: exported.stored['state'] !== null,
      records: exported.topics.reduce((sum, { records }) => sum + records.length, 0),
      copies: exported.copies.reduce((sum, { lines }) => sum + lines.length, 0),
    });
  } catch (error) {
    // Half an export must not be taken for a whole one.
    await rm(path, { force: true });
    throw error;
  } finally {
    bar.stop();
    redis.disconnect();
    await Promise.all([file.close(), registry.close()]);
  }
};
