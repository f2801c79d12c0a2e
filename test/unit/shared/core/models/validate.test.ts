import { builtinModel } from '../../../../../shared/core/models/artefact.js';
import { validateModel } from '../../../../../shared/core/models/validate.js';
import { steadyModel, trainedModel } from '../../../../support/model.js';

type Editable = Record<string, unknown>;

/** A copy of a trained model with one place changed. */
const changed = (path: string, value: unknown): unknown => {
  const copy = structuredClone(trainedModel()) as unknown as Editable;
  const names = path.split('.');
  const last = names.pop() ?? '';
  let at = copy;
  for (const name of names) at = at[name] as Editable;
  at[last] = value;
  return copy;
};

const withFloor = changed('horizons.0.levelFloorMinor', 1_500);

describe('a model', () => {
  it.each([
    ['the built-in one', builtinModel],
    ['one with steady intervals', steadyModel()],
    ['one with everything that training gives', trainedModel()],
    ['one with a floor of the level', withFloor],
    ['one of a newer trainer', { ...trainedModel(), newField: 1 }],
  ])('is valid: %s', (_what, model) => {
    expect(validateModel(model)).toEqual({ kind: 'valid', model });
  });

  it('of before knows no money of orders: all are alike to its limits of silences', () => {
    const {
      meanOrderMinor: _now,
      lostPerYear: _too,
      ...before
    } = trainedModel().alerts.silence.customer;
    expect(validateModel(changed('alerts.silence.customer', before))).toMatchObject({
      kind: 'valid',
      model: {
        alerts: { silence: { customer: { ...before, meanOrderMinor: 0, lostPerYear: 0 } } },
      },
    });
  });

  it.each([
    ['horizons', [], 'horizons'],
    ['horizons.0.horizonDays', 400, 'horizons: the numbers must ascend'],
    ['horizons.0.levelFloorMinor', -1, 'horizons.0.levelFloorMinor'],
    ['horizons.0.expertWeights', [1], 'horizons.0.expertWeights'],
    // Trees of no depth have no nodes: walking them would never end.
    ['horizons.0.trees.depth', 0, 'horizons.0.trees.depth'],
    ['horizons.0.trees.depth', 3, 'a tree has 7 nodes'],
    ['horizons.0.trees.leaves', [1], 'horizons.0.trees.leaves'],
    ['horizons.0.trees.features.0', 99, 'horizons.0.trees.features.0'],
    ['horizons.0.intervals.ratios', [], 'fewer than the 15 cells'],
    ['horizons.0.intervals.ratios.0.3', 2, 'ratios.0: the numbers must ascend'],
    ['season.0', 0, 'season.0'],
    ['mbgNbd.r', -1, 'mbgNbd.r'],
    ['profiles.deviations.0', 0, 'profiles.deviations.0'],
    ['profiles.centroids.0', [], 'profiles.centroids.0'],
    ['nextProducts.next.0', [7, 0.5, 1], 'names a product not there'],
    ['nextProducts.next.0', [1, 0.5], 'is cut short'],
    ['nextProducts.notSoldIn', [{ country: 'DE', products: [3] }], 'notSoldIn'],
    ['nextProducts.skus', ['only one'], 'nextProducts.groups'],
    ['marketLevel', null, 'marketLevel'],
    ['reportingCurrency', 'EURO', 'ISO 4217'],
  ])('is refused with a sentence about %s', (path, value, sentence) => {
    const validation = validateModel(changed(path, value));
    expect(validation).toMatchObject({ kind: 'invalid' });
    expect(JSON.stringify(validation)).toContain(sentence);
  });

  it.each([[null], ['text'], [[]], [{}]])('is not %j', (data) => {
    expect(validateModel(data)).toMatchObject({ kind: 'invalid' });
  });
});
