/** The proof that ends every test with a scorer: stored state and outputs are what a fold of the log gives. */
import { expect } from '@jest/globals';
import { OUTPUT_TOPICS } from '../../shared/kafka/topics.js';
import {
  assertNoDuplicates,
  assertNoGaps,
  assertSameOrder,
  type Identified,
} from './assert-exactly-once.js';
import { expectedCustomers, expectedSegments, readStored } from './compare-state.js';
import type { Installation } from './installation.js';
import { foldInput, type Fold } from './oracle.js';
import { readTopic } from './read-topic.js';

/** Reads all outputs of an installation but what the scorer forwards into its own input. */
export const readOutputs = async ({ kafka, topic }: Installation): Promise<Identified[]> => {
  const names = OUTPUT_TOPICS.filter((name) => name !== 'customer-events');
  const read = await Promise.all(
    names.map(async (name) =>
      (await readTopic(kafka, topic(name))).map(({ partition, key, value }) => ({
        topic: name,
        partition,
        key,
        value,
      })),
    ),
  );
  return read.flat();
};

/** Compares, byte by byte, and returns the fold; the scorers must have applied and published all. */
export const expectStoredEqualsFold = async (
  installation: Installation,
  { partitions }: { readonly partitions: number },
): Promise<Fold> => {
  const fold = await foldInput(installation, partitions);
  const written = await readOutputs(installation);
  const outputs = fold.outputs.filter(({ topic }) => topic !== 'customer-events');
  assertNoDuplicates(outputs, written);
  assertNoGaps(outputs, written);
  assertSameOrder(outputs, written);
  const url = installation.env['KUNDENPULS_REDIS_URL'] ?? '';
  for (const partition of fold.partitions) {
    const stored = await readStored(url, { app: installation.app, ...partition });
    expect(stored.outboxEntries).toBe(0);
    expect(stored.streamTimeMs).toBe(partition.control.streamTimeMs);
    expect(stored.customers).toEqual(expectedCustomers(partition));
    expect(stored.segmentCounts).toEqual(expectedSegments(partition));
    expect(stored.due).toEqual(Object.fromEntries(partition.due));
  }
  return fold;
};
