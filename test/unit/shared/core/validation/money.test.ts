import fc from 'fast-check';
import { decimalToMinor, minorToDecimal } from '../../../../../shared/core/validation/money.js';

describe('money as decimal text', () => {
  it.each([
    [123_450, 'EUR', '1234.50'],
    [-5, 'EUR', '-0.05'],
    [0, 'EUR', '0.00'],
    [1_500, 'JPY', '1500'],
    [1_234, 'KWD', '1.234'],
  ])('writes %d %s as %s', (minor, currency, text) => {
    expect(minorToDecimal(minor, currency)).toBe(text);
  });

  it.each([
    ['1234.5', 'EUR', 123_450],
    ['0.1', 'EUR', 10],
    ['-0.00', 'EUR', 0],
    ['12.340', 'EUR', 1_234],
    ['1500', 'JPY', 1_500],
  ])('reads %s %s as %d', (text, currency, minor) => {
    expect(decimalToMinor(text, currency)).toBe(minor);
  });

  it.each([
    ['12.345', 'EUR', 'has more decimals than a cent'],
    ['1e3', 'EUR', 'is no plain decimal'],
    ['', 'EUR', 'is empty'],
    ['1.5', 'JPY', 'has a fraction of a yen'],
    ['1', 'ZZZ', 'is in no currency'],
    ['99999999999999999', 'EUR', 'is beyond exact counting'],
  ])('refuses %j %s, which %s', (text, currency) => {
    expect(decimalToMinor(text, currency)).toBeNull();
  });

  it('reads back every amount it writes', () => {
    fc.assert(
      fc.property(
        fc.maxSafeInteger(),
        fc.constantFrom('EUR', 'JPY', 'KWD', 'CLF'),
        (minor, currency) => {
          expect(decimalToMinor(minorToDecimal(minor, currency), currency)).toBe(minor);
        },
      ),
    );
  });
});
