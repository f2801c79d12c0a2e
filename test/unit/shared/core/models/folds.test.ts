/** Customers are dealt into folds by who they are, not by where they stand. */
import { describe, expect, it } from '@jest/globals';
import { fitHorizonInFolds } from '../../../../../shared/core/models/fit-horizon.js';
import { FOLDS, foldOf } from '../../../../../shared/core/models/folds.js';
import { partitionOf } from '../../../../../shared/core/partitioner.js';
import { gatherRows } from '../../../../../shared/core/models/training-rows.js';
import { builtinModel } from '../../../../../shared/core/models/artefact.js';
import { MS_PER_WEEK } from '../../../../../shared/core/features/vector.js';

const CUSTOMERS = 4_000;
const START_MS = Date.UTC(2024, 0, 1);

const countsOf = (ids: readonly string[]): readonly number[] => {
  const counts = new Array<number>(FOLDS).fill(0);
  for (const id of ids) counts[foldOf(id)] = (counts[foldOf(id)] ?? 0) + 1;
  return counts;
};

const idOf = (i: number): string => `C${String(i).padStart(6, '0')}`;

/** Customers who order every week; of the ids given. */
const inputOf = (ids: readonly string[]) => ({
  histories: ids.map((customerId, i) => ({
    customerId,
    documents: Array.from({ length: 40 }, (_, week) => ({
      orderHash: week,
      isReturn: false,
      isForwarded: false,
      version: 1,
      orderedAtMs: START_MS + week * MS_PER_WEEK,
      lines: [{ skuId: 0, groupId: 0, quantityMilli: 1_000, netMinor: 1_000 + 10 * i + week }],
    })),
  })),
  asOfMs: START_MS + 40 * MS_PER_WEEK,
  firstMs: START_MS,
  horizonDays: 28,
  experts: builtinModel,
  season: builtinModel.season,
});

describe('the fold of a customer', () => {
  it('breaks a pattern of four in the numbers', () => {
    const keyAccounts = Array.from({ length: CUSTOMERS }, (_, i) => idOf(4 * i));
    for (const count of countsOf(keyAccounts)) {
      expect(count).toBeGreaterThan(0.22 * CUSTOMERS);
      expect(count).toBeLessThan(0.28 * CUSTOMERS);
    }
  });

  it('has nothing to do with the partition', () => {
    const ids = Array.from({ length: 4 * CUSTOMERS }, (_, i) => idOf(i));
    const together = ids.filter((id) => partitionOf(id, FOLDS) === 0);
    for (const count of countsOf(together)) {
      expect(count / together.length).toBeGreaterThan(0.22);
      expect(count / together.length).toBeLessThan(0.28);
    }
  });

  it('stays when other customers come', () => {
    const ids = Array.from({ length: 60 }, (_, i) => idOf(2 * i));
    const grown = [idOf(1), ...ids];
    const foldsOf = (all: readonly string[]): ReadonlyMap<string, number> =>
      new Map(gatherRows(inputOf(all)).map(({ customer, fold }) => [all[customer] ?? '', fold]));
    const before = foldsOf(ids);
    const after = foldsOf(grown);
    expect(ids.map((id) => after.get(id))).toEqual(ids.map((id) => before.get(id)));
    expect(new Set(before.values()).size).toBe(FOLDS);
  });
});

describe('a horizon of few rows', () => {
  it('has an artefact per fold that learned nothing of its customers', () => {
    const ids = Array.from({ length: 30 }, (_, i) => idOf(i));
    const changed = foldOf(idOf(0));
    const weightsOf = (factor: number) => {
      const input = inputOf(ids);
      const histories = input.histories.map(({ customerId, documents }) => ({
        customerId,
        documents: documents.map((document, week) => ({
          ...document,
          lines: document.lines.map((line) => ({
            ...line,
            netMinor:
              foldOf(customerId) === changed && week > 36 ? line.netMinor * factor : line.netMinor,
          })),
        })),
      }));
      return fitHorizonInFolds({ ...input, histories })?.withoutFold.map(
        ({ expertWeights }) => expertWeights,
      );
    };
    const before = weightsOf(1);
    const after = weightsOf(2);
    expect(before).toHaveLength(FOLDS);
    expect(after?.[(changed + 1) % FOLDS]).not.toEqual(before?.[(changed + 1) % FOLDS]);
    expect(after?.[changed]).toEqual(before?.[changed]);
  });
});
