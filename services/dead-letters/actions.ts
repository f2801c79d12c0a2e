/** The actions of `kundenpuls dead-letters`: what each does with the letters a filter lets through. */
import {
  CannotFix,
  selectActions,
  selectLetters,
  type LetterFilter,
  type OpenLetter,
} from '../../shared/dead-letters/letters.js';
import type { Actor, LetterBox, LetterChanger } from '../../shared/service/letter-box.js';
import { actionAsJson, historyInWords, letterAsJson, letterInWords, listInWords } from './print.js';

export type DeadLettersOptions = {
  readonly filter: LetterFilter;
  readonly isJson: boolean;
  readonly isConfirmed: boolean;
  readonly assignments: readonly string[];
  readonly actor: Actor;
};

/** What a person did not say or said wrongly; the message has the way out. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

type Print = (text: string) => void;

const shown = (options: DeadLettersOptions, open: readonly OpenLetter[]): readonly OpenLetter[] =>
  selectLetters(open, options.filter);

/** Prints the open letters as a table or as JSON lines. */
export const list = async (
  box: LetterBox,
  options: DeadLettersOptions,
  print: Print,
): Promise<void> => {
  const selected = shown(options, await box.readOpen());
  if (options.isJson) {
    for (const open of selected) print(letterAsJson(open, box.contentOf(open.letter)));
  } else print(listInWords(selected, box, Date.now()));
};

/** Prints letters with all that can be decoded of them. */
export const show = async (
  box: LetterBox,
  options: DeadLettersOptions,
  print: Print,
): Promise<void> => {
  const selected = shown(options, await box.readOpen());
  if (selected.length === 0) throw new UsageError(NOTHING);
  for (const open of selected) {
    const content = box.contentOf(open.letter);
    print(options.isJson ? letterAsJson(open, content) : `${letterInWords(open, content)}\n`);
  }
};

/** Prints what was done to letters, by whom and why. */
export const history = async (
  box: LetterBox,
  { filter, isJson }: DeadLettersOptions,
  print: Print,
): Promise<void> => {
  const selected = selectActions(await box.readActions(), filter);
  if (isJson) for (const action of selected) print(actionAsJson(action));
  else print(historyInWords(selected));
};

const NOTHING =
  'no open dead letter passes these filters; it may have been replayed, dropped or erased already';

/** The letters to change: several only with --yes, since there is no way back. */
const chosen = async (
  box: LetterBox,
  options: DeadLettersOptions,
  action: string,
): Promise<readonly OpenLetter[]> => {
  const selected = shown(options, await box.readOpen());
  if (selected.length === 0) throw new UsageError(NOTHING);
  if (selected.length > 1 && !options.isConfirmed) {
    throw new UsageError(
      `this would ${action} ${String(selected.length)} letters; add --yes, or name one with --id`,
    );
  }
  return selected;
};

/** Sets fields of one letter's record and keeps it open, to be replayed. */
export const fix = async (
  box: LetterChanger,
  options: DeadLettersOptions,
  print: Print,
): Promise<void> => {
  const { filter, assignments } = options;
  if (filter.outputId === null || assignments.length === 0) {
    throw new UsageError('fix needs --id and at least one --set field=json');
  }
  const [open] = shown(options, await box.readOpen());
  if (open === undefined) throw new UsageError(NOTHING);
  const letter = await box.fix(open, assignments, options.actor);
  print(letterInWords({ ...open, letter }, box.contentOf(letter)));
  print(`\nfixed; send it with: kundenpuls dead-letters replay --id ${letter.outputId}`);
};

/** Sends the records again, each with its settlement in one transaction. */
export const replay = async (
  box: LetterChanger,
  options: DeadLettersOptions,
  print: Print,
): Promise<void> => {
  const selected = await chosen(box, options, 'replay');
  for (const open of selected) {
    await box.replay(open, options.actor);
    print(`replayed ${open.letter.outputId} (${open.letter.code})`);
  }
};

/** Settles letters without sending them: the customer's figures lack them, so why must be told. */
export const drop = async (
  box: LetterChanger,
  options: DeadLettersOptions,
  print: Print,
): Promise<void> => {
  if (options.actor.reason === '') {
    throw new UsageError(
      'drop needs --reason "…": why these records may be missing; it is kept with your name',
    );
  }
  const selected = await chosen(box, options, 'drop');
  await box.drop(selected, options.actor);
  for (const { letter } of selected) print(`dropped ${letter.outputId} (${letter.code})`);
};

/** Tells errors whose message is all a person needs. */
export const isForPeople = (error: unknown): error is Error =>
  error instanceof UsageError || error instanceof CannotFix;
