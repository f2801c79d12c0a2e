/**
 * Converts single values of foreign records into those of the contract: exact for money, strict for
 * everything. What does not fit is told in words and never guessed.
 */
import { DateTime } from 'luxon';
import type { FieldDescription } from '../avro/describe-record.js';
import { decimalToMinor } from '../core/validation/money.js';
import type { ValueRule } from './mapping-file.js';

/** The record cannot be mapped; the message says which field and why. */
export class Unmappable extends Error {
  override readonly name = 'Unmappable';
}

const toText = (value: unknown): string => {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new Unmappable(`${shown(value)} is no single value`);
};

const toBoolean = (value: unknown): boolean => {
  if (TRUE.has(value)) return true;
  if (FALSE.has(value)) return false;
  throw new Unmappable(`${shown(value)} is neither true nor false`);
};

const MS_PER_SECOND = 1_000;
const SHOWN_CHARACTERS_MAX = 60;
const shown = (value: unknown): string =>
  value === undefined ? 'nothing' : JSON.stringify(value).slice(0, SHOWN_CHARACTERS_MAX);

/** Returns the plain decimal text of a number or text, thousands and separator undone. */
const toDecimal = (value: unknown, rule: ValueRule): string => {
  const decimal = rule.decimal ?? '.';
  // The shortest text that reads back as the same number is what the source wrote.
  const text = typeof value === 'number' ? String(value) : String(value).trim();
  if (typeof value !== 'number' && typeof value !== 'string') {
    throw new Unmappable(`${shown(value)} is no number`);
  }
  if (typeof value === 'number') return rule.absolute === true ? text.replace(/^-/, '') : text;
  const group = decimal === '.' ? ',' : '.';
  const plain = text
    .replaceAll(group, '')
    .replace(decimal, '.')
    .replaceAll(/[\s\u00a0']/g, '');
  return rule.absolute === true ? plain.replace(/^-/, '') : plain;
};

const toNumber = (value: unknown, rule: ValueRule, isWhole: boolean): number => {
  const text = toDecimal(value, rule);
  const number = Number(text);
  const isNumber = text !== '' && Number.isFinite(number);
  if (!isNumber || (isWhole && !Number.isSafeInteger(number))) {
    throw new Unmappable(`${shown(value)} is no ${isWhole ? 'whole ' : ''}number`);
  }
  return number;
};

/** Reads a time by the rule's format; without one, ISO texts and milliseconds. */
const toTimeMs = (value: unknown, rule: ValueRule): number => {
  const zone = rule.timeZone ?? 'utc';
  const format = rule.date ?? (typeof value === 'number' ? 'epoch-ms' : 'iso');
  if (format === 'epoch-ms') return toNumber(value, rule, true);
  if (format === 'epoch-s') return Math.round(toNumber(value, rule, false) * MS_PER_SECOND);
  const text = toText(value).trim();
  const read =
    format === 'iso'
      ? DateTime.fromISO(text, { zone })
      : DateTime.fromFormat(text, format, { zone, locale: 'en' });
  if (!read.isValid) throw new Unmappable(`${shown(value)} is no date of the form ${format}`);
  return read.toMillis();
};

const toMoney = (value: unknown, rule: ValueRule, currency: unknown): number => {
  const minor = decimalToMinor(toDecimal(value, rule), String(currency));
  if (minor === null) {
    throw new Unmappable(`${shown(value)} is no amount in ${shown(currency)}`);
  }
  return minor;
};

const TRUE: ReadonlySet<unknown> = new Set([true, 1, '1', 'true', 'yes', 'Y']);
const FALSE: ReadonlySet<unknown> = new Set([false, 0, '0', 'false', 'no', 'N']);

/** Converts a value that is there; `currency` is that of the rule's `moneyIn`. Throws Unmappable. */
export const convert = (
  value: unknown,
  {
    rule,
    field,
    currency,
  }: {
    readonly rule: ValueRule;
    readonly field: FieldDescription;
    readonly currency: unknown;
  },
): unknown => {
  switch (field.kind) {
    case 'string':
      return toText(value);
    case 'int':
    case 'long':
      return rule.moneyIn === undefined
        ? toNumber(value, rule, true)
        : toMoney(value, rule, currency);
    case 'double':
      return toNumber(value, rule, false);
    case 'time':
      return toTimeMs(value, rule);
    case 'boolean':
      return toBoolean(value);
    case 'enum':
      if (typeof value === 'string' && field.symbols.includes(value)) return value;
      throw new Unmappable(`${shown(value)} is none of ${field.symbols.join(', ')}`);
    case 'records':
    case 'other':
      throw new Unmappable('the field cannot be mapped');
  }
};
