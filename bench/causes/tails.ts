/**
 * Whether a stated tail probability holds: of periods after a model was trained, of customers with whom
 * nothing was wrong until they ended, how many were called at most so improbable. Models saw nothing of them.
 */
import {
  compareCustomer,
  compareGroups,
  compareProducts,
  newProductsOf,
} from '../../shared/core/alerts/behind-forecast.js';
import type { Finding } from '../../shared/core/alerts/finding.js';
import { viewDocuments } from '../../shared/core/alerts/ledger-view.js';
import { shortfallProbability, shortfallTestOf } from '../../shared/core/alerts/shortfall-score.js';
import { TRAILING_WEEKS } from '../../shared/core/alerts/trailing.js';
import { expectationOf } from '../../shared/core/alerts/window.js';
import { foldIntoFeatures, type Features } from '../../shared/core/customer/fold-order.js';
import { createVector, MS_PER_DAY, MS_PER_WEEK, V } from '../../shared/core/features/vector.js';
import type { CustomerHistory } from '../../shared/core/models/history.js';
import { builtinRulebook } from '../../shared/core/rulebook/rulebook.js';
import type { BusinessRun, Training } from './run-business.js';

const DAYS_PER_WEEK = 7;

/** Stated probabilities by what was tested. */
export type HeldOutTails = ReadonlyMap<string, readonly number[]>;

/** What of a run is looked at. */
export type TailsRun = Pick<BusinessRun, 'customers' | 'histories' | 'trainings'>;

/** Day on which the customer's trouble begins; Infinity when nothing but the forecast is wrong. */
const troubleDays = ({ customers }: TailsRun): ReadonlyMap<string, number> =>
  new Map(
    customers.map(({ customerId, planted: { cause, onsetDay } }) => [
      customerId,
      cause === 'none' || cause === 'never_offered' ? Number.POSITIVE_INFINITY : onsetDay,
    ]),
  );

type Visit = {
  readonly features: Features;
  readonly documents: CustomerHistory['documents'];
  readonly training: Training;
  readonly fromMs: number;
  readonly weeks: number;
};

/** What alerts would test of one period, with its stated probability. */
const testsOf = ({ features, documents, training, fromMs, weeks }: Visit) => {
  const { model } = training;
  const rules = builtinRulebook.alerts;
  const window = expectationOf(features, { fromMs, toMs: fromMs + weeks * MS_PER_WEEK }, { model });
  if (window === null) return [];
  const view = viewDocuments(() => documents);
  const newProducts = newProductsOf(features, window, model);
  const asked = { window, view, rules, factor: 1, newProducts };
  const isOfRules = weeks === rules.windowWeeks;
  const groups = isOfRules ? compareGroups(asked) : [];
  const products = isOfRules ? compareProducts(groups, asked) : [];
  return [compareCustomer(asked), ...groups, ...products]
    .filter(
      (finding) =>
        finding.expected.expectedMinor >= rules.shortfallMinMinor[finding.level] &&
        shortfallTestOf(model.alerts, finding).rows > 0,
    )
    .map((finding) => ({
      name: nameOf(finding, weeks),
      probability: shortfallProbability(finding, { features, view }, model),
    }));
};

const nameOf = ({ level }: Finding, weeks: number): string => `${level}, ${String(weeks)} weeks`;

type Asked = { readonly startMs: number; readonly days: number };

/** Calls `visit` with the tests of one customer's periods that ended within the run and before trouble. */
const visitTests = (
  { documents }: CustomerHistory,
  {
    trainings,
    untilDay,
    startMs,
  }: Omit<Asked, 'days'> & {
    readonly trainings: readonly Training[];
    readonly untilDay: number;
  },
  visit: (name: string, probability: number) => void,
): void => {
  const features: Features = { vector: createVector(), groups: [] };
  let next = 0;
  for (const training of trainings) {
    const fromMs = startMs + (training.day + 1) * MS_PER_DAY;
    for (; (documents[next]?.orderedAtMs ?? fromMs) < fromMs; next += 1) {
      const document = documents[next];
      if (document !== undefined) foldIntoFeatures(features, document);
    }
    if ((features.vector[V.orderDays] ?? 0) === 0) continue;
    TRAILING_WEEKS.filter((weeks) => training.day + 1 + weeks * DAYS_PER_WEEK <= untilDay)
      .flatMap((weeks) => testsOf({ features, documents, training, fromMs, weeks }))
      .forEach(({ name, probability }) => {
        visit(name, probability);
      });
  }
};

/** Stated probabilities of all periods that began with a training and ended within the run. */
export const heldOutTails = (run: TailsRun, { startMs, days }: Asked): HeldOutTails => {
  const tails = new Map<string, number[]>();
  const troubleFrom = troubleDays(run);
  for (const history of run.histories) {
    const untilDay = Math.min(days, troubleFrom.get(history.customerId) ?? 0);
    const { trainings } = run;
    visitTests(history, { trainings, untilDay, startMs }, (name, probability) => {
      const known = tails.get(name) ?? [];
      known.push(probability);
      tails.set(name, known);
    });
  }
  return tails;
};

/** Tails of several runs together. */
export const joinTails = (all: readonly HeldOutTails[]): HeldOutTails => {
  const joined = new Map<string, readonly number[]>();
  for (const tails of all) {
    for (const [name, some] of tails) joined.set(name, [...(joined.get(name) ?? []), ...some]);
  }
  return joined;
};
