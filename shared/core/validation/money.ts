/**
 * Money between its two forms: whole minor units, in which everything is computed, and decimal texts,
 * in which the outside speaks. Exact both ways: no amount ever passes through a binary fraction.
 */
import { currencyDigits } from './currency-digits.js';

const DECIMAL = /^([+-]?)(\d{1,18})(?:\.(\d{1,18}))?$/;

/** Returns "-1234.50" for -123450 EUR; the decimals are the currency's (2 for unknown ones). */
export const minorToDecimal = (amountMinor: number, currency: string): string => {
  const digits = currencyDigits(currency) ?? 2;
  const text = String(Math.abs(amountMinor)).padStart(digits + 1, '0');
  const whole = text.slice(0, text.length - digits);
  const sign = amountMinor < 0 ? '-' : '';
  return digits === 0 ? `${sign}${whole}` : `${sign}${whole}.${text.slice(-digits)}`;
};

/**
 * Returns the minor units of a decimal text such as "1234.5", or null when it is no decimal number,
 * has more decimals than the currency (other than zeros), or is beyond what can be counted exactly.
 */
export const decimalToMinor = (text: string, currency: string): number | null => {
  const digits = currencyDigits(currency);
  const match = DECIMAL.exec(text);
  if (digits === null || match === null) return null;
  const [, sign = '', whole = '', fraction = ''] = match;
  if (/[^0]/.test(fraction.slice(digits))) return null;
  const minor = Number(`${whole}${fraction.slice(0, digits).padEnd(digits, '0')}`);
  if (!Number.isSafeInteger(minor)) return null;
  return sign === '-' && minor !== 0 ? -minor : minor;
};
