/**
 * Writes dead letters outside of a transaction, keyed by their output id: written twice after a crash
 * they are one letter, since the topic is compacted and its readers go by the key.
 */
import type { Kafka } from 'kafkajs';
import type { DeadLetter } from '../core/contract.generated.js';

export const DEAD_LETTER = 'kundenpuls.outputs.DeadLetter';

export type DeadLetterWriterOptions = {
  readonly kafka: Kafka;
  /** Name of dead-letters in this installation. */
  readonly topic: string;
  readonly encode: (name: string, record: object) => Buffer;
};

export type DeadLetterWriter = {
  /** Resolves when all in-sync replicas have the letter. */
  readonly write: (letter: DeadLetter) => Promise<void>;
  /** Removes letters for good, with their bytes. */
  readonly settle: (
    letters: readonly { readonly outputId: string; readonly partition: number }[],
  ) => Promise<void>;
  readonly close: () => Promise<void>;
};

/** Connects a writer. */
export const openDeadLetterWriter = async (
  options: DeadLetterWriterOptions,
): Promise<DeadLetterWriter> => {
  const { kafka, topic, encode } = options;
  const producer = kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
  });
  await producer.connect();
  return {
    write: async (letter) => {
      const value = encode(DEAD_LETTER, letter);
      await producer.send({ topic, acks: -1, messages: [{ key: letter.outputId, value }] });
    },
    settle: async (letters) => {
      if (letters.length === 0) return;
      const messages = letters.map(({ outputId, partition }) => ({
        key: outputId,
        value: null,
        partition,
      }));
      await producer.send({ topic, acks: -1, messages });
    },
    close: () => producer.disconnect(),
  };
};
