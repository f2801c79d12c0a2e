/** Prints dead letters for people, as a table in words, and for programs, as JSON lines. */
import type { DeadLetter, DeadLetterAction } from '../../shared/core/contract.generated.js';
import type { OpenLetter } from '../../shared/dead-letters/letters.js';
import type { Content, LetterBox } from '../../shared/service/letter-box.js';

const MS_PER_MINUTE = 60_000;
const MINUTES_PER_HOUR = 60;
const HOURS_PER_DAY = 24;
const HEX_BYTES_MAX = 64;

/** Returns an age in its largest unit: "3 d", "5 h", "12 min". */
export const ageInWords = (ageMs: number): string => {
  const minutes = Math.max(0, Math.floor(ageMs / MS_PER_MINUTE));
  if (minutes < MINUTES_PER_HOUR) return `${String(minutes)} min`;
  const hours = Math.floor(minutes / MINUTES_PER_HOUR);
  if (hours < 2 * HOURS_PER_DAY) return `${String(hours)} h`;
  return `${String(Math.floor(hours / HOURS_PER_DAY))} d`;
};

/** The largest distance from 1970 that a date can have, ms; a poisoned record may claim any number. */
const TIME_MS_MAX = 8.64e15;

const timeInWords = (ms: number): string =>
  Math.abs(ms) <= TIME_MS_MAX ? new Date(ms).toISOString() : `no date (${String(ms)} ms)`;

const placeOf = ({
  topic,
  partition,
  offset,
}: Pick<DeadLetter, 'topic' | 'partition' | 'offset'>): string =>
  `${topic}/${String(partition)}@${String(offset)}`;

/** Returns rows in columns that are as wide as their widest cell; the last one runs free. */
export const toTable = (rows: readonly (readonly string[])[]): string => {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0),
        )
        .join('  '),
    )
    .join('\n');
};

/** Returns the table of `dead-letters list`. */
export const listInWords = (
  open: readonly OpenLetter[],
  box: Pick<LetterBox, 'customerOf'>,
  nowMs: number,
): string => {
  if (open.length === 0) return 'no dead letters';
  const rows = open.map(({ letter }) => [
    letter.outputId,
    letter.code,
    ageInWords(nowMs - letter.recordedAtMs),
    placeOf(letter),
    box.customerOf(letter) ?? '-',
    letter.reason,
  ]);
  return toTable([['ID', 'CODE', 'AGE', 'FROM', 'CUSTOMER', 'REASON'], ...rows]);
};

/** Returns the table of `dead-letters history`. */
export const historyInWords = (actions: readonly DeadLetterAction[]): string => {
  if (actions.length === 0) return 'nothing was done to a dead letter';
  const rows = actions.map((action) => [
    new Date(action.doneAtMs).toISOString(),
    action.action,
    action.outputId,
    action.code,
    placeOf(action),
    action.doneBy,
    action.reason === '' ? '-' : action.reason,
  ]);
  return toTable([['WHEN', 'WHAT', 'ID', 'CODE', 'FROM', 'BY', 'REASON'], ...rows]);
};

/** Returns an action as one line of JSON. */
export const actionAsJson = ({ doneAtMs, ...rest }: DeadLetterAction): string =>
  JSON.stringify({ ...rest, doneAt: new Date(doneAtMs).toISOString() });

const textOf = (bytes: Uint8Array | null): string =>
  bytes === null ? '(none)' : Buffer.from(bytes).toString('utf8');

const shownValue = (letter: DeadLetter, content: Content): string => {
  if (content !== null) return `${content.name}\n${JSON.stringify(content.record, null, 2)}`;
  if (letter.value === null) return '(none)';
  const bytes = Buffer.from(letter.value);
  const hex = bytes.subarray(0, HEX_BYTES_MAX).toString('hex').replace(/../g, '$& ');
  const more = bytes.length > HEX_BYTES_MAX ? '…' : '';
  return `not decodable, ${String(bytes.length)} bytes: ${hex}${more}`;
};

/** Returns what `dead-letters show` says of one letter. */
export const letterInWords = ({ letter }: OpenLetter, content: Content): string =>
  [
    `dead letter  ${letter.outputId}`,
    `code         ${letter.code}`,
    `reason       ${letter.reason}`,
    `from         ${placeOf(letter)}`,
    `written      ${timeInWords(letter.recordedAtMs)}`,
    `key          ${textOf(letter.key)}`,
    ...letter.headers.map(({ name, value }) => `header       ${name}: ${textOf(value)}`),
    `value        ${shownValue(letter, content)}`,
  ].join('\n');

/** Returns a letter as one line of JSON; bytes that are not decodable as base64. */
export const letterAsJson = ({ letter }: OpenLetter, content: Content): string => {
  const { key, value, headers, recordedAtMs, ...rest } = letter;
  return JSON.stringify({
    ...rest,
    recordedAt: timeInWords(recordedAtMs),
    key: key === null ? null : textOf(key),
    schema: content?.name ?? null,
    record: content?.record ?? null,
    headers: headers.map((header) => ({ name: header.name, value: textOf(header.value) })),
    valueBase64: value === null ? null : Buffer.from(value).toString('base64'),
  });
};
