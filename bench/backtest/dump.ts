/**
 * Writes what the forecast learned from and was asked at each origin, so that learners in other languages
 * can be compared on equal terms: the same rows, features, windows and yardstick. One file of
 * little-endian doubles per data set, horizon and origin, row-major; `columns.json` names the columns.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ModelArtefact } from '../../shared/core/models/artefact.js';
import { firstMsOf, knownAt } from '../../shared/core/models/fit.js';
import { gatherRows, rowsAt, type TrainingRow } from '../../shared/core/models/training-rows.js';
import { EXPERTS } from '../../shared/core/models/experts.js';
import { RATIO_FEATURES } from '../../shared/core/models/ratio-features.js';
import { RATIO_ACTIVE } from '../../shared/core/models/ratio-model.js';
import type { Dataset } from './datasets/dataset.js';
import { REFERENCE } from './methods.js';
import { METHOD_NAMES, OURS, type Case } from './protocol.js';

/** Names of the columns; `isTest` rows are the questions, all others lie in closed windows. */
const COLUMNS: readonly string[] = [
  'isTest',
  'customer',
  'originMs',
  'actualMinor',
  'levelMinor',
  'season',
  'activity',
  'oursMinor',
  'lower80Minor',
  'upper80Minor',
  'referenceMinor',
  ...EXPERTS.map((name) => `expert:${name}`),
  ...RATIO_FEATURES.map((name) => `feature:${name}`),
  ...Array.from({ length: RATIO_ACTIVE }, (_, i) => `bin:${String(i)}`),
];

const OURS_AT = METHOD_NAMES.indexOf(OURS);
const REFERENCE_AT = METHOD_NAMES.indexOf(REFERENCE);

const toNumbers = (row: TrainingRow, asked: Case | null): number[] => [
  asked === null ? 0 : 1,
  asked?.customer ?? row.customer,
  row.originMs,
  row.actualMinor,
  row.opinion.levelMinor,
  row.season,
  row.activity,
  asked?.forecastsMinor[OURS_AT] ?? 0,
  asked?.lower80Minor ?? 0,
  asked?.upper80Minor ?? 0,
  asked?.forecastsMinor[REFERENCE_AT] ?? 0,
  ...row.opinion.revenueMinor,
  ...row.values,
  ...row.active,
];

/** Writes the rows of one origin and horizon into the folder. */
export const dumpOrigin = (
  folder: string,
  {
    dataset,
    model,
    horizonWeeks,
    cases,
  }: {
    readonly dataset: Dataset;
    readonly model: ModelArtefact;
    readonly horizonWeeks: number;
    readonly cases: readonly Case[];
  },
): void => {
  const horizonDays = horizonWeeks * 7;
  const originMs = model.fittedAsOfMs;
  const known = knownAt({ histories: dataset.histories, asOfMs: originMs });
  const common = { horizonDays, experts: model, season: model.season };
  const learned = gatherRows({
    ...common,
    histories: known,
    asOfMs: originMs,
    firstMs: firstMsOf(known, originMs),
  });
  const questions = rowsAt({ ...common, histories: dataset.histories, asOfMs: originMs }, [
    originMs,
  ]);
  const byCustomer = new Map(cases.map((asked) => [asked.customer, asked]));
  const numbers = [
    ...learned.flatMap((row) => toNumbers(row, null)),
    ...questions.flatMap((row) => {
      const asked = byCustomer.get(row.customer);
      return asked === undefined ? [] : toNumbers(row, asked);
    }),
  ];
  mkdirSync(folder, { recursive: true });
  const name = `${dataset.name}-${String(horizonWeeks)}w-${new Date(originMs).toISOString().slice(0, 10)}`;
  writeFileSync(join(folder, `${name}.f64`), Buffer.from(Float64Array.from(numbers).buffer));
  writeFileSync(join(folder, 'columns.json'), `${JSON.stringify(COLUMNS)}\n`);
};
