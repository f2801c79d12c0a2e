/** Ranking of next products is compared with the plain sum it stands for. */
import { describe, expect, it } from '@jest/globals';
import { builtinModel, type ModelArtefact } from '../../../../../shared/core/models/artefact.js';
import { recommendProducts } from '../../../../../shared/core/models/next-products.js';
import { createRandom } from '../../../../../shared/core/models/random.js';

const PRODUCTS = 40;

const modelOf = (seed: number): ModelArtefact => {
  const random = createRandom(seed);
  const skus = Array.from({ length: PRODUCTS }, (_, i) => `sku-${String(i)}`);
  return {
    ...builtinModel,
    nextProducts: {
      skus,
      groups: skus.map((_, i) => `group-${String(i % 4)}`),
      // Coarse, so that there are ties; sometimes nothing at all.
      next: skus.map((_, i) =>
        skus.flatMap((_sku, j) =>
          j === i || random() < 0.7 ? [] : [j, Math.round(random() * 4) / 4 - 0.25, 1],
        ),
      ),
      buyers: skus.map(() => 9),
      lift: skus.map(() => Math.floor(random() * 3)),
      amountMinor: skus.map((_, i) => 100 * i),
      notSoldIn: [],
      method: 'by hand',
    },
  };
};

/** Products with their scores, the best first, as the header of the file says. */
const naive = ({ nextProducts }: ModelArtefact, bought: ReadonlySet<string>) => {
  const { skus, next, lift } = nextProducts;
  return skus
    .map((sku, j) => {
      let sum = 0;
      for (const owned of bought) {
        const row = next[skus.indexOf(owned)] ?? [];
        const at = row.findIndex((value, k) => k % 3 === 0 && value === j);
        sum += at < 0 ? 0 : row[at + 1]!;
      }
      return { sku, j, score: sum * lift[j]! };
    })
    .filter(({ sku, score }) => score > 0 && !bought.has(sku))
    .sort((a, b) => b.score - a.score || a.j - b.j)
    .map(({ sku, score }) => ({ sku, score }));
};

describe('recommendProducts', () => {
  it('ranks as the plain sum does, whatever was asked of the model before', () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const model = modelOf(seed);
      const random = createRandom(seed + 1_000);
      for (let asked = 0; asked < 10; asked += 1) {
        const bought = new Set(model.nextProducts.skus.filter(() => random() < 0.2));
        const found = recommendProducts(model, { bought, country: null, count: 5 });
        const expected = naive(model, bought).slice(0, 5);
        expect(found.map(({ sku, score }) => ({ sku, score }))).toStrictEqual(expected);
        for (const { because } of found) expect(bought.has(because)).toBe(true);
      }
    }
  });

  it('leaves out products that the model does not know', () => {
    expect(
      recommendProducts(modelOf(1), { bought: new Set(['unknown']), country: null, count: 5 }),
    ).toHaveLength(0);
  });
});
