/** Decimals of currencies by ISO 4217: how many minor units make a unit. */
import { isCurrency } from './currencies.js';

const NO_DECIMALS: ReadonlySet<string> = new Set([
  'BIF',
  'CLP',
  'DJF',
  'GNF',
  'ISK',
  'JPY',
  'KMF',
  'KRW',
  'PYG',
  'RWF',
  'UGX',
  'UYI',
  'VND',
  'VUV',
  'XAF',
  'XOF',
  'XPF',
]);
const THREE_DECIMALS: ReadonlySet<string> = new Set([
  'BHD',
  'IQD',
  'JOD',
  'KWD',
  'LYD',
  'OMR',
  'TND',
]);
const FOUR_DECIMALS: ReadonlySet<string> = new Set(['CLF', 'UYW']);

/** Returns the decimals of a currency, or null when ISO 4217 does not know it. */
export const currencyDigits = (currency: string): number | null => {
  if (!isCurrency(currency)) return null;
  if (NO_DECIMALS.has(currency)) return 0;
  if (THREE_DECIMALS.has(currency)) return 3;
  return FOUR_DECIMALS.has(currency) ? 4 : 2;
};
