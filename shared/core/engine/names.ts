/**
 * Interns product, product group and machine type names to small integers in order of first
 * appearance in a partition's log, so that a ledger line takes a few bytes. The table is part of the
 * partition's state: the same log gives the same ids.
 */
import type { Names } from '../customer/document.js';

/** A table of names that also tells which ones the store does not have yet. */
export type NameTable = Names & {
  readonly size: () => number;
  /** Returns the [id, name] pairs added since `markStored`; the same ones until it is called. */
  readonly unstored: () => readonly (readonly [number, string])[];
  /** Called once a commit with all names is known to be stored. */
  readonly markStored: () => void;
};

/** Creates a table from the names known so far; their index is their id. */
export const createNameTable = (known: readonly string[]): NameTable => {
  const names = [...known];
  const ids = new Map(names.map((name, id) => [name, id]));
  let stored = names.length;
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
    unstored: () => names.slice(stored).map((name, i) => [stored + i, name] as const),
    markStored: () => {
      stored = names.length;
    },
  };
};
