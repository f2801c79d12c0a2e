/** Numbers in words for people: money in whole units of its currency, shares in per cent. */
import { currencyDigits } from '../validation/currency-digits.js';

/** An amount without its minor units, grouped in thousands: "12,340 EUR". */
export const moneyInWords = (amountMinor: number, currency: string): string => {
  const major = Math.round(Math.abs(amountMinor) / 10 ** (currencyDigits(currency) ?? 2));
  return `${amountMinor < 0 && major > 0 ? '-' : ''}${inThousands(String(major))} ${currency}`;
};

/** Groups digits by three; by hand, since the usual regular expression takes a microsecond. */
const inThousands = (digits: string): string => {
  let at = digits.length % 3 || 3;
  let grouped = digits.slice(0, at);
  for (; at < digits.length; at += 3) grouped += `,${digits.slice(at, at + 3)}`;
  return grouped;
};

/** A share of one in per cent: "37 %". */
export const percentInWords = (share: number): string => `${String(Math.round(share * 100))} %`;
