/**
 * Interns product, product group and machine type names to small integers in order of first
 * appearance in a partition's log, so that a ledger line takes a few bytes. The table is part of the
 * partition's state: the same log gives the same ids.
 */
import type { Names } from '../customer/document.js';

/**
 * Names a partition keeps at most, some 100 MB: they are never forgotten, so a source that puts order
 * numbers into the field of products would fill the memory of every scorer for ever.
 */
export const NAMES_MAX = 1_000_000;

/** A table of names that also tells which ones the store does not have yet. */
export type NameTable = Names & {
  readonly size: () => number;
  /**
   * False when one of the names is new and the table is full; they are asked for only when so many
   * might not fit.
   */
  readonly hasRoomFor: (count: number, names: () => readonly string[]) => boolean;
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
    hasRoomFor: (count, wanted) =>
      names.length + count <= NAMES_MAX || wanted().every((name) => ids.has(name)),
    unstored: () => names.slice(stored).map((name, i) => [stored + i, name] as const),
    markStored: () => {
      stored = names.length;
    },
  };
};
