/**
 * Scores a file of orders as of a time, in three acts: the history in event time, a model fitted on
 * what was known then, and a last look at every customer with it. The acts are given as a log, which
 * replay applies in memory and `stream` publishes.
 */
import type { OrderEvent } from '../core/contract.generated.js';
import { fitModel } from '../core/models/fit.js';
import type { ModelArtefact } from '../core/models/artefact.js';
import type { Rulebook } from '../core/rulebook/rulebook.js';
import { createHistoryBuilder } from './histories.js';
import {
  activationOf,
  toPublished,
  withTicks,
  type LogEvent,
  type PublishedArtefact,
} from './order-log.js';

export type ScorePlan = {
  readonly rulebook: PublishedArtefact;
  /** Everything up to the as-of time; consume it whole before asking for the model. */
  readonly history: () => Generator<LogEvent>;
  readonly fit: (onProgress: (done: number, total: number, step: string) => void) => ModelArtefact;
};

export type ScorePlanOptions = {
  readonly orders: () => Iterable<OrderEvent>;
  readonly asOfMs: number;
  readonly horizonDays: number;
  readonly rulebook: Rulebook;
  /** Rate by currency, for files that have more than the reporting one; null where none is known. */
  readonly rateOf: (currency: string) => number | null;
};

/** Plans the scoring of orders. */
export const planScoring = (options: ScorePlanOptions): ScorePlan => {
  const { orders, asOfMs, horizonDays, rulebook, rateOf } = options;
  const published = toPublished('rulebook', rulebook);
  const builder = createHistoryBuilder();
  function* remembered(): Generator<OrderEvent> {
    for (const event of orders()) {
      const rate = rateOf(event.currency);
      if (rate !== null) builder.add(event, rate);
      yield event;
    }
  }
  return {
    rulebook: published,
    history: function* history() {
      yield activationOf(published, 0);
      yield* withTicks(remembered(), { untilMs: asOfMs });
    },
    fit: (onProgress) =>
      fitModel({
        histories: builder.histories(),
        asOfMs,
        version: `file-${new Date(asOfMs).toISOString().slice(0, 10)}-h${String(horizonDays)}`,
        reportingCurrency: rulebook.reportingCurrency,
        horizonsDays: [...new Set([horizonDays, ...rulebook.forecastHorizonsDays])],
        nameOf: builder.nameOf,
        onProgress,
      }),
  };
};
