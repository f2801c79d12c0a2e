/**
 * Keeps the artefacts of the models topic in memory: rulebooks and models by version, immutable. The
 * first content of a version stays; an activation names its content by hash, so that every scorer
 * applies the very same bytes or refuses.
 */
import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import kafkajs, { type Consumer, type Kafka } from 'kafkajs';

export type ArtefactKind = 'rulebook' | 'model';
export type Artefact = { readonly json: string; readonly sha256: string };

export type ArtefactReader = {
  /** Reads the topic to its present end, then goes on in the background. */
  readonly start: () => Promise<void>;
  readonly find: (kind: ArtefactKind, version: string) => Artefact | null;
  /** Waits until a version is there; null when it is not within the deadline. */
  readonly waitFor: (
    kind: ArtefactKind,
    version: string,
    deadlineMs: number,
  ) => Promise<Artefact | null>;
  readonly stop: () => Promise<void>;
};

const POLL_MS = 50;
const SESSION_TIMEOUT_MS = 10_000;
const CATCH_UP_DEADLINE_MS = 60_000;

/** Key of an artefact on the topic. */
export const artefactKey = (kind: ArtefactKind, version: string): string => `${kind}/${version}`;

/** Creates a reader of the topic; its group is its own and leaves no offsets behind. */
export const createArtefactReader = (
  kafka: Kafka,
  { topic, groupPrefix }: { readonly topic: string; readonly groupPrefix: string },
): ArtefactReader => {
  const artefacts = new Map<string, Artefact>();
  const consumer: Consumer = kafka.consumer({
    groupId: `${groupPrefix}-${randomUUID()}`,
    sessionTimeout: SESSION_TIMEOUT_MS,
    maxWaitTimeInMs: 250,
    readUncommitted: false,
    allowAutoTopicCreation: false,
    // A reader that has ended unseen would let every activation wait for ever.
    retry: { initialRetryTime: 100, retries: 10, restartOnFailure: () => Promise.resolve(true) },
  });
  let position = 0;

  /** With an admin of its own for each try: one that is open may know the leader of before. */
  const askEndOffset = async (): Promise<number> => {
    const admin = kafka.admin();
    await admin.connect();
    try {
      const [offsets] = await admin.fetchTopicOffsets(topic);
      return Number(offsets?.high ?? '0');
    } finally {
      await admin.disconnect();
    }
  };
  const endOffset = async (): Promise<number> => {
    const untilMs = performance.now() + CATCH_UP_DEADLINE_MS;
    for (;;) {
      try {
        return await askEndOffset();
      } catch (error) {
        const isPassing = error instanceof kafkajs.KafkaJSError && error.retriable;
        if (!isPassing || performance.now() > untilMs) throw error;
        await sleep(POLL_MS);
      }
    }
  };
  const poll = async (isDone: () => boolean, deadlineMs: number): Promise<boolean> => {
    const untilMs = performance.now() + deadlineMs;
    while (!isDone()) {
      if (performance.now() > untilMs) return false;
      await sleep(POLL_MS);
    }
    return true;
  };

  return {
    start: async () => {
      const end = await endOffset();
      // The end of a batch also tells of transaction markers, which carry no record.
      consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => {
        position = Number(payload.lastOffset) + 1;
      });
      await consumer.connect();
      await consumer.subscribe({ topics: [topic], fromBeginning: true });
      await consumer.run({
        autoCommit: false,
        eachMessage: ({ message }) => {
          const key = message.key?.toString() ?? '';
          const json = message.value?.toString() ?? '';
          if (json !== '' && !artefacts.has(key)) {
            const sha256 = createHash('sha256').update(json).digest('hex');
            artefacts.set(key, { json, sha256 });
          }
          return Promise.resolve();
        },
      });
      // Compaction may have removed the last record; a quiet topic then ends the wait by deadline.
      if (end > 0) await poll(() => position >= end, CATCH_UP_DEADLINE_MS);
    },
    find: (kind, version) => artefacts.get(artefactKey(kind, version)) ?? null,
    waitFor: async (kind, version, deadlineMs) => {
      const key = artefactKey(kind, version);
      await poll(() => artefacts.has(key), deadlineMs);
      return artefacts.get(key) ?? null;
    },
    stop: () => consumer.disconnect(),
  };
};
