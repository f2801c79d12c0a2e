/**
 * Interns product, product group and machine type names to small integers in order of first
 * appearance in a partition's log, so that a ledger line takes a few bytes. The table is part of the
 * partition's state: the same log gives the same ids.
 */
import type { Names } from '../customer/document.js';

/** A table of names that also tells which ones are new since the last call of `takeNew`. */
export type NameTable = Names & {
  readonly size: () => number;
  /** Returns the [id, name] pairs added since the last call. */
  readonly takeNew: () => readonly (readonly [number, string])[];
};

/** Creates a table from the names known so far; their index is their id. */
export const createNameTable = (known: readonly string[]): NameTable => {
  const names = [...known];
  const ids = new Map(names.map((name, id) => [name, id]));
  let reported = names.length;
  return {
    idOf: (name) => {
      const id = ids.get(name);
      if (id !== undefined) return id;
      ids.set(name, names.length);
      return names.push(name) - 1;
    },
    nameOf: (id) => {
      const name = names[id];
      if (name === undefined) throw new RangeError(`no name has the id ${String(id)}`);
      return name;
    },
    size: () => names.length,
    takeNew: () => {
      const added = names.slice(reported).map((name, i) => [reported + i, name] as const);
      reported = names.length;
      return added;
    },
  };
};
