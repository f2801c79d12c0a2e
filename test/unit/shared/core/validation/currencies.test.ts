import { codes } from 'currency-codes';
import {
  ACTIVE_CURRENCIES,
  FURTHER_CURRENCIES,
  isCurrency,
} from '../../../../../shared/core/validation/currencies.js';

/** No money one can be invoiced in: metals, units of account, test and none. */
const NO_MONEY = 'XXX XTS XAU XAG XPT XPD XBA XBB XBC XBD XSU XUA XDR'.split(' ');

describe('the list of currencies', () => {
  it('is the published ISO 4217 list without what no invoice is in', () => {
    const published = codes().filter((code) => !NO_MONEY.includes(code));
    expect([...ACTIVE_CURRENCIES].sort()).toEqual(published.sort());
  });

  it('knows withdrawn currencies that history still has, once', () => {
    expect(isCurrency('HRK')).toBe(true);
    expect(FURTHER_CURRENCIES.filter((code) => ACTIVE_CURRENCIES.includes(code))).toEqual([]);
  });

  it.each(['XXX', 'eur', 'EURO', '', 'ZZZ'])('does not know %j', (code) => {
    expect(isCurrency(code)).toBe(false);
  });
});
