/**
 * Seeds that once broke an invariant, with what they found. They run as tests for ever, beside the
 * first thousand. A seed means the same run only as long as the simulation draws the same numbers, so
 * the mutations guard what was found as well.
 */
export const FOUND_SEEDS: readonly { readonly seed: number; readonly found: string }[] = [
  { seed: 8, found: 'an idle owner did not notice that Redis had gone back to an older state' },
  { seed: 13, found: 'a commit cut short was computed again from half-written states' },
  { seed: 105, found: 'an activation was refused because its artefact came later than 30 s' },
  { seed: 130, found: 'a lost state was rebuilt from a log that no longer had its beginning' },
  { seed: 193, found: 'erased and heard of again within one chunk, a customer became due' },
  { seed: 527, found: 'an old owner took what it loaded from its successor for a bug, and died' },
];
