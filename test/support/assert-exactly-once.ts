/**
 * Assertions of the exactly-once guarantee, each with a message that names the first offender:
 * what was written is what should have been, each once, in order.
 */

export type Identified = {
  readonly topic: string;
  readonly partition: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
};

const laneOf = ({ topic, partition }: Identified): string => `${topic}/${String(partition)}`;
const textOf = ({ key, value }: Identified): string =>
  `${key?.toString('hex') ?? '-'}:${value?.toString('hex') ?? '-'}`;

/** Groups by topic and partition, keeping the order. */
const byLane = <T extends Identified>(outputs: readonly T[]): ReadonlyMap<string, readonly T[]> => {
  const lanes = new Map<string, T[]>();
  for (const output of outputs) {
    const lane = lanes.get(laneOf(output));
    if (lane === undefined) lanes.set(laneOf(output), [output]);
    else lane.push(output);
  }
  return lanes;
};

const countTexts = (outputs: readonly Identified[]): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  for (const output of outputs) counts.set(textOf(output), (counts.get(textOf(output)) ?? 0) + 1);
  return counts;
};

/** Throws when an output was written more often than expected; tombstones repeat legitimately. */
export const assertNoDuplicates = (
  expected: readonly Identified[],
  actual: readonly Identified[],
): void => {
  const expectedLanes = byLane(expected);
  for (const [lane, outputs] of byLane(actual)) {
    const wanted = countTexts(expectedLanes.get(lane) ?? []);
    for (const [text, count] of countTexts(outputs)) {
      const most = wanted.get(text) ?? 0;
      if (most > 0 && count > most) {
        throw new Error(`${lane} has ${String(count)} times instead of ${String(most)}: ${text}`);
      }
    }
  }
};

/** Throws when an expected output is missing, or one was written that nobody expects. */
export const assertNoGaps = (
  expected: readonly Identified[],
  actual: readonly Identified[],
): void => {
  const actualLanes = byLane(actual);
  const expectedLanes = byLane(expected);
  for (const [lane, outputs] of expectedLanes) {
    const present = countTexts(actualLanes.get(lane) ?? []);
    const missing = outputs.find((output) => !present.has(textOf(output)));
    if (missing !== undefined) throw new Error(`${lane} lacks: ${textOf(missing)}`);
  }
  for (const [lane, outputs] of actualLanes) {
    const wanted = countTexts(expectedLanes.get(lane) ?? []);
    const stray = outputs.find((output) => !wanted.has(textOf(output)));
    if (stray !== undefined) throw new Error(`${lane} has what nobody expects: ${textOf(stray)}`);
  }
};

/** Throws when a topic's partition holds the outputs in another order. */
export const assertSameOrder = (
  expected: readonly Identified[],
  actual: readonly Identified[],
): void => {
  const actualLanes = byLane(actual);
  for (const [lane, outputs] of byLane(expected)) {
    const found = actualLanes.get(lane) ?? [];
    const at = outputs.findIndex((output, i) => {
      const other = found[i];
      return other === undefined || textOf(other) !== textOf(output);
    });
    if (at !== -1) throw new Error(`${lane} differs from the expected order at ${String(at)}`);
    if (found.length !== outputs.length) throw new Error(`${lane} has too many outputs`);
  }
};
