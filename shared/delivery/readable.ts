/**
 * Turns a record of the contract into JSON that people and CRMs read without our schemas: amounts
 * become { amountMinor, currency, decimal }, times become ISO 8601 texts. By rule, from the unit at the
 * end of a name, so that a field added to the contract arrives downstream by itself.
 */
import { minorToDecimal } from '../core/validation/money.js';

type Json = Readonly<Record<string, unknown>>;

const MONEY = /Minor$/;
const TIME = /Ms$/;

const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Returns the readable form; `currency` is that of all amounts of the record. */
export const toReadable = (record: object, currency: string): Json =>
  Object.fromEntries(
    Object.entries(record).map(([name, value]: [string, unknown]) => {
      if (MONEY.test(name)) return [name.replace(MONEY, ''), readMoney(value, currency)];
      if (TIME.test(name)) return [name.replace(TIME, ''), readTime(value)];
      return [name, readValue(value, currency)];
    }),
  );

const readValue = (value: unknown, currency: string): unknown => {
  if (Array.isArray(value)) return value.map((item) => readValue(item, currency));
  return isJson(value) ? toReadable(value, currency) : value;
};

const readMoney = (value: unknown, currency: string): unknown =>
  typeof value === 'number'
    ? { amountMinor: value, currency, decimal: minorToDecimal(value, currency) }
    : value;

const readTime = (value: unknown): unknown =>
  typeof value === 'number' ? new Date(value).toISOString() : value;
