/** Numbers in words for people: money in whole units of its currency, shares in per cent. */

const MINOR_PER_MAJOR = 100;

/** An amount without its minor units, grouped in thousands: "12,340 EUR". */
export const moneyInWords = (amountMinor: number, currency: string): string => {
  const major = Math.round(Math.abs(amountMinor) / MINOR_PER_MAJOR);
  const digits = String(major).replace(/\B(?=(\d{3})+$)/g, ',');
  return `${amountMinor < 0 && major > 0 ? '-' : ''}${digits} ${currency}`;
};

/** A share of one in per cent: "37 %". */
export const percentInWords = (share: number): string => `${String(Math.round(share * 100))} %`;
