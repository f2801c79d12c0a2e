/**
 * Dead letters as people handle them: which are open, what they say, and how one is mended. A letter is
 * open while the last record under its output id is no tombstone; a mended one is written again under
 * the same id.
 */
import type { DeadLetter, DeadLetterAction } from '../core/contract.generated.js';

export type OpenLetter = {
  readonly letter: DeadLetter;
  /** Partition of dead-letters, where its tombstone belongs. */
  readonly partition: number;
  readonly offset: number;
};

export type LetterFilter = {
  readonly code: string | null;
  readonly topic: string | null;
  readonly outputId: string | null;
  /** Only letters whose source record was written then or later. */
  readonly sinceMs: number | null;
  readonly limit: number;
};

/** Returns the letters that a filter lets through, the oldest first. */
export const selectLetters = (
  letters: Iterable<OpenLetter>,
  { code, topic, outputId, sinceMs, limit }: LetterFilter,
): readonly OpenLetter[] =>
  [...letters]
    .filter(
      ({ letter }) =>
        (code === null || letter.code === code) &&
        (topic === null || letter.topic === topic) &&
        (outputId === null || letter.outputId === outputId) &&
        (sinceMs === null || letter.recordedAtMs >= sinceMs),
    )
    .sort((a, b) => a.letter.recordedAtMs - b.letter.recordedAtMs)
    .slice(0, limit);

/** Returns the actions that a filter lets through, the latest ones when they are more than its limit. */
export const selectActions = (
  actions: readonly DeadLetterAction[],
  { code, topic, outputId, sinceMs, limit }: LetterFilter,
): readonly DeadLetterAction[] => {
  const found = actions.filter(
    (action) =>
      (code === null || action.code === code) &&
      (topic === null || action.topic === topic) &&
      (outputId === null || action.outputId === outputId) &&
      (sinceMs === null || action.doneAtMs >= sinceMs),
  );
  return found.slice(Math.max(0, found.length - limit));
};

/** A letter cannot be mended as asked; the message says why. */
export class CannotFix extends Error {
  override readonly name = 'CannotFix';
}

type Json = Record<string, unknown>;
const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null;

/** Parses `field=json`; a value that is no JSON is taken as the text it is. Throws CannotFix. */
export const parseAssignment = (
  text: string,
): { readonly path: string; readonly value: unknown } => {
  const at = text.indexOf('=');
  if (at < 1) throw new CannotFix(`"${text}" is not of the form field=value`);
  const raw = text.slice(at + 1);
  try {
    return { path: text.slice(0, at), value: JSON.parse(raw) as unknown };
  } catch {
    return { path: text.slice(0, at), value: raw };
  }
};

/** Returns a copy of a record with fields replaced; a path that is not there is an error. */
export const setFields = (record: object, assignments: readonly string[]): object => {
  const copy = structuredClone(record) as Json;
  for (const { path, value } of assignments.map(parseAssignment)) {
    const names = path.split('.');
    const last = names.pop() ?? '';
    let at: unknown = copy;
    for (const name of names) at = isJson(at) && Object.hasOwn(at, name) ? at[name] : undefined;
    // The length of a list is none of its fields, though JavaScript has it as one.
    if (!isJson(at) || !Object.keys(at).includes(last)) {
      throw new CannotFix(`the record has no field ${path}`);
    }
    at[last] = value;
  }
  return copy;
};
