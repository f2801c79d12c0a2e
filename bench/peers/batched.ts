/**
 * The least that this client and Redis could do: batches, a state of 256 bytes in memory written to Redis
 * once per batch, and the rule of the Kafka Streams peer. At least once, changes published without a
 * transaction, no corrections. What a scorer does beyond it is what scoring and exactly-once cost.
 * Arguments: topic, group.
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
const PARTITIONS_CONCURRENTLY = 4;
/** As in the Kafka Streams peer: 32 doubles, counters, fading sums and monthly tiles. */
const STATE_DOUBLES = 32;
const AT = { orders: 0, revenue: 1, lastOrderedAt: 2, decayed: 3, segment: 6, tiles: 8 } as const;
const MONTHS = 12;
const MS_PER_WEEK = 604_800_000;
const MS_PER_MONTH = 2_629_800_000;
const HALF_LIVES_WEEKS = [3, 12, 40] as const;
const SEGMENT_FROM = [0, 50_000, 200_000, 1_000_000, 5_000_000] as const;
const [topic = '', groupId = ''] = process.argv.slice(2);

const config = loadServiceConfig('scorer');
const kafka = openKafka(config.kafka, { clientId: groupId, onLog: () => undefined });
const redis = openRedis(config.redis, () => undefined);
await connectRedis(redis, REDIS_DEADLINE_MS);
const type = avro.Type.forSchema(JSON.parse(recordSchema(ORDER_RECORD).text) as avro.Schema);
const consumer = kafka.consumer({
  groupId,
  maxBytesPerPartition: 1 << 20,
  maxWaitTimeInMs: 100,
});
const producer = kafka.producer({ allowAutoTopicCreation: false });
const outputTopic = topic.replace(/customer-events$/, 'segment-changes');
const states = new Map<string, Float64Array>();
let done = 0;

const keyOf = (customerId: string): string => `${groupId}:${customerId}`;

/** Adds an order and steps the segment; true when it changed. */
const add = (state: Float64Array, { kind, lines, orderedAtMs }: OrderEvent): boolean => {
  const get = (at: number): number => state[at] ?? 0;
  const sign = kind === 'returned' ? -1 : 1;
  const netMinor = lines.reduce((sum, line) => sum + line.netAmountMinor, 0) * sign;
  const elapsedWeeks = Math.max(0, orderedAtMs - get(AT.lastOrderedAt)) / MS_PER_WEEK;
  for (const [i, halfLifeWeeks] of HALF_LIVES_WEEKS.entries()) {
    state[AT.decayed + i] = get(AT.decayed + i) * 2 ** (-elapsedWeeks / halfLifeWeeks) + netMinor;
  }
  const isFirst = get(AT.orders) === 0;
  state[AT.orders] = get(AT.orders) + 1;
  state[AT.revenue] = get(AT.revenue) + netMinor;
  state[AT.lastOrderedAt] = Math.max(orderedAtMs, get(AT.lastOrderedAt));
  const tile = AT.tiles + (Math.floor(orderedAtMs / MS_PER_MONTH) % MONTHS);
  state[tile] = get(tile) + netMinor;
  let segment = 0;
  while (get(AT.decayed + 2) >= (SEGMENT_FROM[segment + 1] ?? Infinity)) segment += 1;
  const isChanged = isFirst || segment !== get(AT.segment);
  state[AT.segment] = segment;
  return isChanged;
};

const load = async (customerIds: ReadonlySet<string>): Promise<void> => {
  const missing = [...customerIds].filter((id) => !states.has(id));
  if (missing.length === 0) return;
  const found = await redis.mgetBuffer(missing.map(keyOf));
  for (const [i, id] of missing.entries()) {
    const state = new Float64Array(STATE_DOUBLES);
    const stored = found[i] ?? null;
    if (stored !== null) stored.copy(new Uint8Array(state.buffer));
    states.set(id, state);
  }
};

await producer.connect();
await consumer.connect();
await consumer.subscribe({ topics: [topic], fromBeginning: true });
await consumer.run({
  eachBatchAutoResolve: false,
  partitionsConsumedConcurrently: PARTITIONS_CONCURRENTLY,
  eachBatch: async (payload) => {
    const { batch } = payload;
    const events: OrderEvent[] = [];
    for (const { value } of batch.messages) {
      if (value === null) continue;
      events.push((type.decode(value, HEADER_BYTES) as { readonly value: OrderEvent }).value);
    }
    const touched = new Set(events.map(({ customerId }) => customerId));
    await load(touched);
    const changes = events.flatMap((event) => {
      const state = states.get(event.customerId);
      if (state === undefined || !add(state, event)) return [];
      return [{ partition: batch.partition, key: event.customerId, value: event.eventId }];
    });
    const written: (string | Buffer)[] = [];
    for (const id of touched) {
      const state = states.get(id);
      if (state !== undefined) written.push(keyOf(id), Buffer.from(state.buffer));
    }
    if (written.length > 0) await redis.mset(...written);
    if (changes.length > 0)
      await producer.send({ topic: outputTopic, messages: changes, acks: -1 });
    payload.resolveOffset(batch.lastOffset());
    done += batch.messages.length;
  },
});
setInterval(() => process.send?.(done), REPORT_MS);
process.once('SIGTERM', () => {
  void Promise.all([consumer.disconnect(), producer.disconnect()]).finally(() => process.exit(0));
});
