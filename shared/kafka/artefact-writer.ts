/**
 * Publishes artefacts (rulebooks and models) onto the models topic. A version is immutable: the same
 * content again is no second record, another content is refused, and since two writers may race, the
 * record is read back before anybody is told to activate it: readers keep the first one.
 */
import type { Kafka } from 'kafkajs';
import {
  artefactKey,
  createArtefactReader,
  type ArtefactKind,
  type ArtefactReader,
} from './artefact-reader.js';

export type WrittenArtefact = {
  readonly kind: ArtefactKind;
  readonly version: string;
  readonly json: string;
  /** SHA-256 of the content, hexadecimal. */
  readonly sha256: string;
};

/** Another content was published under the version before; take a new version. */
export class ArtefactConflict extends Error {
  override readonly name = 'ArtefactConflict';
}

export type ArtefactWriter = {
  /** What is on the topic, also as others publish it. */
  readonly reader: ArtefactReader;
  /** Publishes and reads back; throws ArtefactConflict when the version has another content. */
  readonly write: (artefact: WrittenArtefact) => Promise<'written' | 'present'>;
  readonly close: () => Promise<void>;
};

export type ArtefactWriterOptions = {
  readonly kafka: Kafka;
  /** Name of the models topic in this installation. */
  readonly topic: string;
  readonly groupPrefix: string;
};

const READ_BACK_DEADLINE_MS = 30_000;

const assertSame = ({ kind, version, sha256 }: WrittenArtefact, found: string): void => {
  if (found === sha256) return;
  throw new ArtefactConflict(
    `the ${kind} ${version} was published before with another content; versions are immutable, ` +
      'publish it under a new version',
  );
};

/** Opens a writer; the topic is read to its end first. */
export const openArtefactWriter = async (
  options: ArtefactWriterOptions,
): Promise<ArtefactWriter> => {
  const { kafka, topic, groupPrefix } = options;
  const reader = createArtefactReader(kafka, { topic, groupPrefix });
  const producer = kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
  });
  await Promise.all([reader.start(), producer.connect()]);
  return {
    reader,
    write: async (artefact) => {
      const { kind, version, json } = artefact;
      const known = reader.find(kind, version);
      if (known !== null) {
        assertSame(artefact, known.sha256);
        return 'present';
      }
      await producer.send({
        topic,
        acks: -1,
        messages: [{ key: artefactKey(kind, version), value: json, partition: 0 }],
      });
      const kept = await reader.waitFor(kind, version, READ_BACK_DEADLINE_MS);
      if (kept === null) {
        throw new Error(
          `the ${kind} ${version} was published but cannot be read back from ${topic}`,
        );
      }
      assertSame(artefact, kept.sha256);
      return 'written';
    },
    close: async () => {
      await Promise.all([reader.stop(), producer.disconnect()]);
    },
  };
};
