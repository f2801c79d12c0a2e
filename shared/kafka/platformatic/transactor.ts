/**
 * Consume-transform-produce for one partition on @platformatic/kafka, with what that library gets wrong
 * by default set right (docs/adr/0011-two-kafka-clients.md).
 */
import type { Message, Producer } from '@platformatic/kafka';
import {
  TRANSACTION_TIMEOUT_MS,
  type OutgoingRecord,
  type Transactor,
  type TransactorOptions,
} from '../log-client.js';
import { packRequests } from '../produce-request.js';
import { backOff, inWords, type ConnectionOptions, type Library } from './library.js';

const RETRIES_MAX = 12;
const FIRST_RETRY_MS = 5;
const RETRY_MS_MAX = 1_000;
/**
 * By default the library says that it is producer 0 in epoch 0, and a broker that knows the id takes
 * the new owner for a fenced one. These say that it has no identity yet.
 */
const NOBODY = { producerId: -1n, producerEpoch: -1 } as const;
/** The offset of a group without members is committed in no generation. */
const NO_MEMBER = { generationId: -1, memberId: '' } as const;

const toMessage = ({ topic, partition, key, value, headers = [] }: OutgoingRecord) => ({
  topic,
  partition,
  ...(key === null ? {} : { key }),
  ...(value === null ? {} : { value }),
  // A map by the identity of its keys, so that a name may be there more than once.
  headers: new Map(
    headers.map((header) => [Buffer.from(header.name), Buffer.from(header.value ?? [])]),
  ),
});

const openProducer = async (
  library: Library,
  options: ConnectionOptions & { readonly transactionalId: string },
): Promise<Producer> => {
  const producer = new library.Producer({
    ...options,
    idempotent: true,
    // Also the time-out of transactions: the library tells the coordinator this one.
    timeout: TRANSACTION_TIMEOUT_MS,
    retries: RETRIES_MAX,
    retryDelay: backOff(FIRST_RETRY_MS, RETRY_MS_MAX),
  });
  try {
    // Initialises the producer id, which ends the previous owner's transaction and bumps the epoch.
    const transaction = await producer.beginTransaction({ ...NOBODY });
    await transaction.cancel();
    return producer;
  } catch (error) {
    await producer.close().catch(() => undefined);
    throw error;
  }
};

/** The message that the library takes an offset from: the last one read. */
const readUpTo = (
  { topic, partition, groupId }: TransactorOptions,
  { nextOffset, coordinatorId }: { readonly nextOffset: number; readonly coordinatorId: number },
): Message => {
  const consumer = { groupId, coordinatorId, ...NO_MEMBER };
  const message = { topic, partition, offset: BigInt(nextOffset) - 1n, metadata: { consumer } };
  return message as unknown as Message;
};

/** Opens a transactor and fences the one before it. */
export const openTransactor = async (
  library: Library,
  connection: ConnectionOptions,
  options: TransactorOptions,
): Promise<Transactor> => {
  const { transactionalId, groupId, topic, partition } = options;
  const producer = await inWords('opening a transactional producer', () =>
    openProducer(library, { ...connection, transactionalId }),
  );
  const admin = new library.Admin({ ...connection, retries: RETRIES_MAX, retryDelay: 100 });
  // Never joins: the library wants a consumer only for the group's name.
  const memberless = new library.Consumer({ ...connection, groupId });
  const groups = [{ groupId, topics: [{ name: topic, partitionIndexes: [partition] }] }];

  let coordinatorId: number | null = null;

  const findCoordinator = async (): Promise<number> => {
    const keyType = library.FindCoordinatorKeyTypes.GROUP;
    const [coordinator] = await admin.findCoordinator({ keyType, keys: [groupId] });
    if (coordinator === undefined) throw new Error(`the group ${groupId} has no coordinator`);
    return coordinator.nodeId;
  };

  const commit = async (records: readonly OutgoingRecord[], nextOffset: number): Promise<void> => {
    // One that moved makes the transaction fail, and the next transactor asks again.
    coordinatorId ??= await findCoordinator();
    const transaction = await producer.beginTransaction({ ...NOBODY });
    for (const request of packRequests(records)) {
      await transaction.send({ messages: request.records.map(toMessage) });
    }
    await transaction.addConsumer(memberless);
    await transaction.addOffset(readUpTo(options, { nextOffset, coordinatorId }));
    await transaction.commit();
  };

  return {
    committed: () =>
      inWords('reading the committed offset', async () => {
        const [group] = await admin.listConsumerGroupOffsets({ groups, requireStable: true });
        const offset = group?.topics[0]?.partitions[0]?.committedOffset;
        return offset === undefined || offset < 0n ? null : Number(offset);
      }),
    commit: (records, nextOffset) => inWords('a transaction', () => commit(records, nextOffset)),
    close: async () => {
      await Promise.all([producer.close(true), memberless.close(true), admin.close()]);
    },
  };
};
