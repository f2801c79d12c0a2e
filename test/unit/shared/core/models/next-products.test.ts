/** Ranking of next products is compared with the plain sum it stands for. */
import { describe, expect, it } from '@jest/globals';
import { builtinModel, type ModelArtefact } from '../../../../../shared/core/models/artefact.js';
import { recommendProducts } from '../../../../../shared/core/models/next-products.js';
import { createRandom } from '../../../../../shared/core/models/random.js';

const PRODUCTS = 40;
const POPULARITY_EXPONENT = 0.2;

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
          j === i || random() < 0.7 ? [] : [[j, Math.round(random() * 4) / 4] as const],
        ),
      ),
      popularity: skus.map(() => 1 + Math.floor(random() * 3)),
      amountMinor: skus.map((_, i) => 100 * i),
    },
  };
};

/** Products with their scores, the best first, as the header of the file says. */
const naive = ({ nextProducts }: ModelArtefact, bought: ReadonlySet<string>) => {
  const { skus, next, popularity } = nextProducts;
  return skus
    .map((sku, j) => {
      let sum = 0;
      for (const owned of bought) {
        sum += next[skus.indexOf(owned)]?.find(([other]) => other === j)?.[1] ?? 0;
      }
      return { sku, score: sum * (popularity[j] ?? 0) ** POPULARITY_EXPONENT };
    })
    .filter(({ sku, score }) => score > 0 && !bought.has(sku))
    .sort((a, b) => b.score - a.score || (a.sku < b.sku ? -1 : 1));
};

describe('recommendProducts', () => {
  it('ranks as the plain sum does, whatever was asked of the model before', () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const model = modelOf(seed);
      const random = createRandom(seed + 1_000);
      for (let asked = 0; asked < 10; asked += 1) {
        const bought = new Set(model.nextProducts.skus.filter(() => random() < 0.2));
        const found = recommendProducts(model, { bought, count: 5 });
        const expected = naive(model, bought).slice(0, 5);
        expect(found.map(({ sku, score }) => ({ sku, score }))).toStrictEqual(expected);
        for (const { because } of found) expect(bought.has(because)).toBe(true);
      }
    }
  });

  it('leaves out products that the model does not know', () => {
    expect(recommendProducts(modelOf(1), { bought: new Set(['unknown']), count: 5 })).toHaveLength(
      0,
    );
  });
});
