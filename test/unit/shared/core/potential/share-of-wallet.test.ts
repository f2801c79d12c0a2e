/** The share of wallet and how sure it is. */
import { describe, expect, it } from '@jest/globals';
import { openRandom } from '../../../../../shared/business/random.js';
import {
  shareOfWalletWithInterval,
  type Wallet,
} from '../../../../../shared/core/potential/share-of-wallet.js';

const half: Wallet = {
  trailingMinor: 50_000,
  potentialMinor: 100_000,
  potentialError: 0.2,
  yearVariation: 0.3,
  orderDayMinor: 5_000,
};

describe('the share of wallet', () => {
  it('lies in its interval, and that between none and all', () => {
    for (const trailingMinor of [1, 5_000, 50_000, 99_000, 100_000, 140_000]) {
      for (const potentialError of [0, 0.2, 5]) {
        for (const yearVariation of [0, 0.3, 20]) {
          const wallet = { ...half, trailingMinor, potentialError, yearVariation };
          const { share, lower80, upper80 } = shareOfWalletWithInterval(wallet);
          expect(share).toBe(Math.min(1, trailingMinor / half.potentialMinor));
          expect(lower80).toBeGreaterThanOrEqual(0);
          expect(lower80).toBeLessThanOrEqual(share);
          expect(upper80).toBeGreaterThanOrEqual(share);
          expect(upper80).toBeLessThanOrEqual(1);
        }
      }
    }
  });

  it('is a point where nothing is uncertain', () => {
    const wallet = { ...half, potentialError: 0, yearVariation: 0 };
    expect(shareOfWalletWithInterval(wallet)).toEqual({ share: 0.5, lower80: 0.5, upper80: 0.5 });
  });

  it('is the less sure the more of the year was luck', () => {
    const widthAt = (yearVariation: number): number => {
      const { lower80, upper80 } = shareOfWalletWithInterval({ ...half, yearVariation });
      return upper80 - lower80;
    };
    expect(widthAt(0)).toBeLessThan(widthAt(0.3));
    expect(widthAt(0.3)).toBeLessThan(widthAt(1));
  });

  it('may be that of a customer who bought nothing for a year, up to two or three orders', () => {
    const none = { ...half, trailingMinor: 0, yearVariation: 0 };
    const known = shareOfWalletWithInterval({ ...none, potentialError: 0 });
    expect(known).toEqual({ share: 0, lower80: 0, upper80: expect.closeTo(0.115, 3) });
    expect(shareOfWalletWithInterval(none).upper80).toBeGreaterThan(known.upper80);
    const stranger = { ...none, orderDayMinor: 0 };
    expect(shareOfWalletWithInterval(stranger).upper80).toBe(0);
    expect(shareOfWalletWithInterval({ ...none, potentialMinor: 0 }).upper80).toBe(0);
  });

  it('holds the true share of four in five customers', () => {
    const draws = 4_000;
    let held = 0;
    for (let i = 0; i < draws; i += 1) {
      const random = openRandom(3, i);
      const truth = 0.05 + 0.95 * random.uniform();
      // A need seen with an error of a fifth, and a year with an error of a third.
      const potentialMinor = 100_000 * Math.exp(0.2 * random.normal());
      const luck = Math.sqrt(Math.log(1 + 0.3 ** 2));
      const trailingMinor = 100_000 * truth * Math.exp(luck * random.normal());
      const { lower80, upper80 } = shareOfWalletWithInterval({
        ...half,
        trailingMinor,
        potentialMinor: Math.max(trailingMinor, potentialMinor),
      });
      if (truth >= lower80 && truth <= upper80) held += 1;
    }
    expect(held / draws).toBeGreaterThan(0.77);
    expect(held / draws).toBeLessThan(0.85);
  });
});
