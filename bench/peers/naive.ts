/**
 * What one would write first: for each message decode it, read the customer's hash, add the order,
 * write the hash back. At least once, no outputs. Arguments: topic, group.
 */
import avro from 'avsc';
import type { OrderEvent } from '../../shared/core/contract.generated.js';
import { recordSchema } from '../../shared/avro/record-schemas.js';
import { loadServiceConfig } from '../../shared/config/tables.js';
import { openKafka } from '../../shared/kafka/client.js';
import { connectRedis, openRedis } from '../../shared/redis/client.js';
import { ORDER_RECORD } from '../load/packed-log.js';

const HEADER_BYTES = 5;
const REPORT_MS = 50;
const REDIS_DEADLINE_MS = 10_000;
const [topic = '', groupId = ''] = process.argv.slice(2);

const config = loadServiceConfig('scorer');
const kafka = openKafka(config.kafka, { clientId: groupId, onLog: () => undefined });
const redis = openRedis(config.redis, () => undefined);
await connectRedis(redis, REDIS_DEADLINE_MS);
const type = avro.Type.forSchema(JSON.parse(recordSchema(ORDER_RECORD).text) as avro.Schema);
const consumer = kafka.consumer({ groupId });
let done = 0;

const score = async (event: OrderEvent): Promise<void> => {
  const key = `${groupId}:${event.customerId}`;
  const known = await redis.hgetall(key);
  const sign = event.kind === 'returned' ? -1 : 1;
  const netMinor = event.lines.reduce((sum, line) => sum + line.netAmountMinor, 0) * sign;
  await redis.hset(key, {
    orders: Number(known['orders'] ?? 0) + 1,
    revenueMinor: Number(known['revenueMinor'] ?? 0) + netMinor,
    lastOrderedAtMs: Math.max(Number(known['lastOrderedAtMs'] ?? 0), event.orderedAtMs),
  });
};

await consumer.connect();
await consumer.subscribe({ topics: [topic], fromBeginning: true });
await consumer.run({
  partitionsConsumedConcurrently: 4,
  eachMessage: async ({ message }) => {
    if (message.value === null) return;
    const decoded = type.decode(message.value, HEADER_BYTES) as { readonly value: OrderEvent };
    await score(decoded.value);
    done += 1;
  },
});
setInterval(() => process.send?.(done), REPORT_MS);
process.once('SIGTERM', () => {
  void consumer.disconnect().finally(() => process.exit(0));
});
