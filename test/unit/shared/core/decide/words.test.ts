/** Amounts as people read them. */
import { describe, expect, it } from '@jest/globals';
import { moneyInWords, percentInWords } from '../../../../../shared/core/decide/words.js';

describe('money in words', () => {
  it.each([
    [1_234_049, 'EUR', '12,340 EUR'],
    [1_234_050, 'EUR', '12,341 EUR'],
    [-99_999_999, 'USD', '-1,000,000 USD'],
    [-49, 'EUR', '0 EUR'],
    [0, 'EUR', '0 EUR'],
    [12_340, 'JPY', '12,340 JPY'],
    [12_340_499, 'KWD', '12,340 KWD'],
    [12_300, 'XXX', '123 XXX'],
  ])('says %d minor units of %s as %s', (amountMinor, currency, words) => {
    expect(moneyInWords(amountMinor, currency)).toBe(words);
  });
});

describe('a share in words', () => {
  it('is in whole per cent', () => {
    expect([0, 0.004, 0.275, 1].map(percentInWords)).toEqual(['0 %', '0 %', '28 %', '100 %']);
  });
});
