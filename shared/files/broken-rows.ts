/** Keeps the first broken rows of a file to be named, and counts the rest: files can be all broken. */
import type { BrokenRow } from './table-reader.js';

/** Broken rows that are named one by one; more are only counted. */
const SHOWN_MAX = 20;

export type BrokenRows = {
  readonly add: (row: BrokenRow) => void;
  readonly count: () => number;
  /** One line per named row, and one for the rest. */
  readonly describe: () => readonly string[];
};

/** Creates an empty collection; `prefix` stands in front of every line, for a second file. */
export const createBrokenRows = (prefix = ''): BrokenRows => {
  const shown: BrokenRow[] = [];
  let count = 0;
  return {
    add: (row) => {
      count += 1;
      if (shown.length < SHOWN_MAX) shown.push(row);
    },
    count: () => count,
    describe: () => [
      ...shown.map(({ line, reason }) => `${prefix}line ${String(line)}: ${reason}`),
      ...(count > shown.length
        ? [`${prefix}… and ${String(count - shown.length)} more broken rows`]
        : []),
    ],
  };
};
