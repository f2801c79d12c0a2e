/**
 * Publishes input events onto customer-events: those about a customer keyed by its id, on the
 * partition that the core's partitioner names (Kafka's own default, so other clients agree), and
 * broadcasts to every partition. One request is under way at a time, for one partition and so one
 * broker, and what arrives meanwhile is the next batch, so the order per partition is the order of the
 * calls and pace sets the batch size. Of several brokers kafkajs asks all at once, and when one
 * refuses it sends anew also what another has not answered yet, under new sequence numbers: those records
 * are then there twice. Bytes that wait are bounded: callers are held back, the broker never is flooded.
 */
import kafkajs, {
  type CompressionTypes as CompressionType,
  type Kafka,
  type Message,
  type Producer,
} from 'kafkajs';
import { isBroadcast, type InputEvent } from '../core/engine/input-event.js';
import { partitionOf } from '../core/partitioner.js';

export const COMPRESSIONS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;
export type Compression = (typeof COMPRESSIONS)[number];

export type EventProducerOptions = {
  readonly kafka: Kafka;
  /** Name of customer-events in this installation. */
  readonly topic: string;
  /** Encodes a record of the contract by its full name. */
  readonly encode: (name: string, record: object) => Buffer;
  readonly compression?: Compression;
};

export type EventProducer = {
  /** Partitions of the topic, as of the start. */
  readonly partitionCount: number;
  /** Takes an event; resolves when there is room for more, which is at once unless brokers lag. */
  readonly publish: (input: InputEvent) => Promise<void>;
  /** Takes an event for one partition only, whatever its key: a clock's tick. */
  readonly publishTo: (partition: number, input: InputEvent) => Promise<void>;
  /** Resolves when everything taken so far is acknowledged by all in-sync replicas. */
  readonly flush: () => Promise<void>;
  /** Events acknowledged, broadcasts once per partition. */
  readonly acknowledged: () => number;
  /** Flushes and disconnects. */
  readonly close: () => Promise<void>;
};

const NAMESPACE = 'kundenpuls.events.';
/** One batch per partition and request; the topic's max.message.bytes bounds the batch. */
const BATCH_BYTES_MAX = 768 << 10;
const BATCH_RECORDS_MAX = 10_000;
/** Bytes that wait above which callers are held back, and below which they go on. */
const WAITING_BYTES_MAX = 16 << 20;
const WAITING_BYTES_LOW = 8 << 20;
/** What a record takes besides key and value, about. */
const RECORD_OVERHEAD_BYTES = 32;
const INITIAL_RETRY_MS = 50;
const RETRY_MS_MAX = 2_000;
/** About half a minute of trying, so that a restarting broker is waited for. */
const RETRIES_MAX = 20;

const { CompressionTypes } = kafkajs;
const COMPRESSION_TYPES: Readonly<Record<Compression, CompressionType>> = {
  none: CompressionTypes.None,
  gzip: CompressionTypes.GZIP,
  snappy: CompressionTypes.Snappy,
  lz4: CompressionTypes.LZ4,
  zstd: CompressionTypes.ZSTD,
};

type Queue = { readonly messages: Message[]; head: number };

const bytesOf = ({ key, value }: Message): number =>
  (key?.length ?? 0) + (value?.length ?? 0) + RECORD_OVERHEAD_BYTES;

const waitingIn = (queue: Queue): number => queue.messages.length - queue.head;

/** Takes the next batch of a partition: at least one record, then as many as fit. */
const takeBatch = (queue: Queue): Message[] => {
  let end = queue.head;
  let bytes = 0;
  while (end < queue.messages.length && end - queue.head < BATCH_RECORDS_MAX) {
    const message = queue.messages[end];
    if (message === undefined) break;
    bytes += bytesOf(message);
    if (bytes > BATCH_BYTES_MAX && end > queue.head) break;
    end += 1;
  }
  const taken = queue.messages.slice(queue.head, end);
  queue.head = end;
  if (queue.head === queue.messages.length) {
    queue.messages.length = 0;
    queue.head = 0;
  } else if (queue.head > BATCH_RECORDS_MAX) {
    queue.messages.splice(0, queue.head);
    queue.head = 0;
  }
  return taken;
};

/** Returns how many partitions the topic has; throws in words when there is no such topic. */
export const countPartitions = async (kafka: Kafka, topic: string): Promise<number> => {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const topics = await admin.listTopics();
    if (!topics.includes(topic)) {
      throw new Error(`the topic ${topic} does not exist; run \`kundenpuls setup\``);
    }
    const metadata = await admin.fetchTopicMetadata({ topics: [topic] });
    return metadata.topics[0]?.partitions.length ?? 0;
  } finally {
    await admin.disconnect();
  }
};

const createProducer = (kafka: Kafka): Producer =>
  kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    retry: { initialRetryTime: INITIAL_RETRY_MS, maxRetryTime: RETRY_MS_MAX, retries: RETRIES_MAX },
  });

/** Connects a producer of input events; throws in words when the topic is missing. */
export const openEventProducer = async (options: EventProducerOptions): Promise<EventProducer> => {
  const { kafka, topic, encode, compression = 'none' } = options;
  const partitionCount = await countPartitions(kafka, topic);
  const producer = createProducer(kafka);
  await producer.connect();
  const queues = Array.from({ length: partitionCount }, (): Queue => ({ messages: [], head: 0 }));
  let waitingBytes = 0;
  let acknowledged = 0;
  let failure: { readonly error: unknown } | null = null;
  let pumping: Promise<void> | null = null;
  let release: () => void = () => undefined;
  let room: Promise<void> | null = null;

  const assertSound = (): void => {
    if (failure !== null) {
      throw new Error(`publishing to ${topic} failed`, { cause: failure.error });
    }
  };

  const sendNext = async (queue: Queue): Promise<void> => {
    const messages = takeBatch(queue);
    await producer.send({
      topic,
      messages,
      acks: -1,
      compression: COMPRESSION_TYPES[compression],
    });
    acknowledged += messages.length;
    waitingBytes -= messages.reduce((sum, message) => sum + bytesOf(message), 0);
    if (waitingBytes < WAITING_BYTES_LOW) letGo();
  };

  const letGo = (): void => {
    room = null;
    release();
  };

  const pump = async (): Promise<void> => {
    // What the caller publishes in one go becomes one batch.
    await new Promise((resolve) => setImmediate(resolve));
    try {
      for (;;) {
        const waiting = queues.filter((queue) => waitingIn(queue) > 0);
        if (waiting.length === 0) break;
        for (const queue of waiting) await sendNext(queue);
      }
    } catch (error) {
      failure = { error };
    } finally {
      pumping = null;
      letGo();
    }
  };

  const add = (partition: number, message: Message): void => {
    const queue = queues[partition];
    if (queue === undefined) {
      throw new RangeError(`${topic} has no partition ${String(partition)}`);
    }
    queue.messages.push({ ...message, partition });
    waitingBytes += bytesOf(message);
    pumping ??= pump();
  };

  const waitForRoom = async (): Promise<void> => {
    if (waitingBytes > WAITING_BYTES_MAX) {
      room ??= new Promise((resolve) => {
        release = resolve;
      });
      await room;
    }
    assertSound();
  };

  const toMessage = ({ type, event }: InputEvent): Message => ({
    key: 'customerId' in event ? Buffer.from(event.customerId) : null,
    value: encode(NAMESPACE + type, event),
  });

  const publish: EventProducer['publish'] = async (input) => {
    assertSound();
    const message = toMessage(input);
    if (isBroadcast(input)) {
      for (let partition = 0; partition < partitionCount; partition += 1) {
        add(partition, message);
      }
    } else add(partitionOf(input.event.customerId, partitionCount), message);
    if (waitingBytes > WAITING_BYTES_MAX) await waitForRoom();
  };

  const flush = async (): Promise<void> => {
    while (pumping !== null) await pumping;
    assertSound();
  };

  return {
    partitionCount,
    publish,
    publishTo: async (partition, input) => {
      assertSound();
      add(partition, toMessage(input));
      await waitForRoom();
    },
    flush,
    acknowledged: () => acknowledged,
    close: async () => {
      try {
        await flush();
      } finally {
        await producer.disconnect();
      }
    },
  };
};
