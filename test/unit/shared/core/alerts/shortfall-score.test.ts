import { describe, expect, it } from '@jest/globals';
import { betaBinomialCdf } from '../../../../../shared/core/alerts/shortfall-score.js';

describe('the beta-binomial distribution of a group among the order days', () => {
  it('with a = b = 1 is uniform over 0 to n', () => {
    for (let k = 0; k <= 9; k += 1) {
      expect(betaBinomialCdf(k, { n: 9, a: 1, b: 1 })).toBeCloseTo((k + 1) / 10, 12);
    }
  });

  it('nears the binomial one when the share is well known', () => {
    // (1 - .4)^12 = .00218.
    expect(betaBinomialCdf(0, { n: 12, a: 4e5, b: 6e5 })).toBeCloseTo(0.6 ** 12, 6);
  });

  it('is 1 where nothing was ordered at all: silence of everything is no news about a group', () => {
    expect(betaBinomialCdf(0, { n: 0, a: 3.5, b: 8.5 })).toBe(1);
  });
});
