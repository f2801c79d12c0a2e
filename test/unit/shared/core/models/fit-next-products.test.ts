import { describe, expect, it } from '@jest/globals';
import type { Document } from '../../../../../shared/core/customer/document.js';
import { builtinModel } from '../../../../../shared/core/models/artefact.js';
import { fitNextProducts } from '../../../../../shared/core/models/fit-next-products.js';
import type { CustomerHistory } from '../../../../../shared/core/models/history.js';
import { recommendProducts } from '../../../../../shared/core/models/next-products.js';
import { createRandom } from '../../../../../shared/core/models/random.js';
import { invertSymmetric } from '../../../../../shared/core/models/spd-inverse.js';

const DAY = 86_400_000;
const AS_OF = 400 * DAY;

const order = (orderHash: number, day: number, skuIds: readonly number[]): Document => ({
  orderHash,
  isReturn: false,
  isForwarded: false,
  version: 1,
  orderedAtMs: day * DAY,
  lines: skuIds.map((skuId) => ({ skuId, groupId: 100, quantityMilli: 1000, netMinor: 5000 })),
});

/** Two worlds of ten products each; a customer buys seven of its world, and later one more of it. */
const worlds = (customers: number): readonly CustomerHistory[] => {
  const random = createRandom(3);
  return Array.from({ length: customers }, (_, i) => {
    const first = i % 2 === 0 ? 0 : 10;
    const shuffled = Array.from({ length: 10 }, (__, k) => ({ sku: first + k, at: random() }))
      .sort((a, b) => a.at - b.at)
      .map(({ sku }) => sku);
    return {
      customerId: `c-${String(i).padStart(3, '0')}`,
      documents: [
        order(3 * i, 50 + (i % 50), shuffled.slice(0, 4)),
        order(3 * i + 1, 150 + (i % 50), shuffled.slice(4, 7)),
        order(3 * i + 2, 340 + (i % 50), shuffled.slice(7, 8)),
      ],
    };
  });
};
const nameOf = (id: number): string => `p${String(id).padStart(2, '0')}`;
const asked = { asOfMs: AS_OF, nameOf };
const modelOf = (nextProducts: typeof builtinModel.nextProducts) => ({
  ...builtinModel,
  nextProducts,
});

describe('next products', () => {
  const histories = worlds(200);
  const table = fitNextProducts(histories, asked);

  it('recommends what belongs to the bought ones, never what was bought, and counts who says so', () => {
    const bought = new Set(['p00', 'p01', 'p02', 'p03', 'p04', 'p05']);
    const found = recommendProducts(modelOf(table), { bought, country: null, count: 4 });
    expect(found.map(({ sku }) => sku).sort()).toEqual(['p06', 'p07', 'p08', 'p09']);
    for (const { because, bothBuyers, becauseBuyers } of found) {
      expect(bought.has(because)).toBe(true);
      expect(bothBuyers).toBeGreaterThan(0);
      expect(bothBuyers).toBeLessThanOrEqual(becauseBuyers);
    }
  });

  it('says the same in whatever order things were bought, and again after another customer', () => {
    const bought = ['p12', 'p10', 'p15', 'p11'];
    const ask = (skus: readonly string[]) =>
      recommendProducts(modelOf(table), { bought: new Set(skus), country: null, count: 5 });
    const first = ask(bought);
    ask(['p00', 'p01']);
    expect(ask([...bought].reverse())).toEqual(first);
  });

  it('leaves out what is discontinued, but not what only has its season', () => {
    const year = 365;
    const later = histories.map(({ customerId, documents }) => ({
      customerId,
      documents: [
        ...documents.map((document) => ({
          ...document,
          lines: document.lines.filter(({ skuId }) => skuId !== 9),
        })),
        order(9000 + Number(customerId.slice(2)), 350 + year, [0]),
      ],
    }));
    const old = histories[0]?.documents ?? [];
    const discontinued = Array.from({ length: 30 }, (_, i) => ({
      customerId: `old-${String(i)}`,
      documents: [order(8000 + i, 60 + i, [9, 8]), ...old.slice(0, 1)].sort(
        (a, b) => a.orderedAtMs - b.orderedAtMs,
      ),
    }));
    const all = [...later, ...discontinued];
    const liftOfNine = (asOfMs: number) => {
      const fitted = fitNextProducts(all, { asOfMs, nameOf });
      return fitted.lift[fitted.skus.indexOf('p09')];
    };
    expect(liftOfNine((90 + 330) * DAY)).toBeGreaterThan(0);
    expect(liftOfNine((90 + 430) * DAY)).toBe(0);
  });

  it('leaves out what nobody of a country buys although many should', () => {
    const countryOf = (id: string) => (Number(id.slice(2)) % 4 < 2 ? 'DE' : 'US');
    const here = histories.map((history) =>
      countryOf(history.customerId) === 'DE'
        ? history
        : {
            ...history,
            documents: history.documents.map((document) => ({
              ...document,
              lines: document.lines.filter(({ skuId }) => skuId !== 7),
            })),
          },
    );
    const model = modelOf(fitNextProducts(here, { ...asked, countryOf }));
    const bought = new Set(['p00', 'p01', 'p02', 'p03', 'p04', 'p05', 'p06']);
    const skusIn = (country: string | null) =>
      recommendProducts(model, { bought, country, count: 10 }).map(({ sku }) => sku);
    expect(skusIn('US')).not.toContain('p07');
    expect(skusIn('DE')).toContain('p07');
    expect(skusIn(null)).toContain('p07');
    expect(skusIn('FR')).toContain('p07');
  });

  it('chooses the method on held-out weeks and stays the same for the same histories', () => {
    expect(table.method).toMatch(/^(EASE|squared cosine)/);
    expect(fitNextProducts(histories, asked)).toEqual(table);
  });

  it('answers nothing from an empty table', () => {
    const empty = modelOf(fitNextProducts([], asked));
    expect(recommendProducts(empty, { bought: new Set(['x']), country: 'DE', count: 3 })).toEqual(
      [],
    );
  });
});

describe('the inverse of a symmetric matrix', () => {
  it.each([1, 2, 5, 7, 40])('times the matrix of %i rows is the identity', (size) => {
    const random = createRandom(size);
    const roots = Array.from({ length: size * size }, () => random() - 0.5);
    const matrix = new Float64Array(size * size);
    for (let i = 0; i < size; i += 1) {
      for (let j = 0; j < size; j += 1) {
        let sum = i === j ? 0.5 : 0;
        for (let k = 0; k < size; k += 1) sum += roots[i * size + k]! * roots[j * size + k]!;
        matrix[i * size + j] = sum;
      }
    }
    const inverse = matrix.slice();
    invertSymmetric(inverse, size);
    for (let i = 0; i < size; i += 1) {
      for (let j = 0; j < size; j += 1) {
        let sum = 0;
        for (let k = 0; k < size; k += 1) sum += matrix[i * size + k]! * inverse[k * size + j]!;
        expect(sum).toBeCloseTo(i === j ? 1 : 0, 9);
      }
    }
  });

  it('refuses a matrix that has none', () => {
    expect(() => {
      invertSymmetric(new Float64Array([1, 2, 2, 1]), 2);
    }).toThrow(RangeError);
  });
});
