/**
 * One round of training: read the log, fit, back-test, publish, and activate what beats the baseline and is
 * not surely worse than the model in force. A model that does not stays on the models topic with its report.
 */
import { MS_PER_DAY } from '../../shared/core/features/vector.js';
import { contentOf } from '../../shared/core/artefact-content.js';
import type { ArtefactKind } from '../../shared/core/contract.generated.js';
import { refuseOrderEvent } from '../../shared/core/validation/order-event.js';
import { validateModel } from '../../shared/core/models/validate.js';
import { ACTIVE_METHOD, SURE_SHARE } from '../../shared/core/models/backtest-report.js';
import { detectDrift, type Drift } from '../../shared/core/models/drift.js';
import { fitModel } from '../../shared/core/models/fit.js';
import type { RunJobs } from '../../shared/core/models/jobs.js';
import type { ModelArtefact } from '../../shared/core/models/artefact.js';
import type { Rulebook } from '../../shared/core/rulebook/rulebook.js';
import type { EventDecoder } from '../../shared/avro/event-decoder.js';
import type { ArtefactWriter } from '../../shared/kafka/artefact-writer.js';
import type { EventProducer } from '../../shared/kafka/event-producer.js';
import type { LogRecord } from '../../shared/core/ports.js';
import { activationOf, toPublished } from '../../shared/pipeline/order-log.js';
import { createGathered, type Gathered } from './gather.js';

export type TrainOptions = {
  readonly rulebook: Rulebook;
  readonly isActivating: boolean;
  /** Hands all records of the log to the reader. */
  readonly readAll: (onRecords: (records: readonly LogRecord[]) => Promise<void>) => Promise<void>;
  readonly decoder: EventDecoder;
  readonly writer: Pick<ArtefactWriter, 'write' | 'reader'>;
  readonly producer: Pick<EventProducer, 'publish' | 'flush'>;
  readonly onProgress: (step: string, done: number, total: number) => void;
  /** How independent parts of the fit are run; one after the other where it is not given. */
  readonly runJobs?: RunJobs;
  /** Wall clock, only to tell versions of one day apart. */
  readonly nowMs: () => number;
  /** Between the scheduled rounds: trains only when the model in force has drifted. */
  readonly isWatch?: boolean;
};

export type TrainOutcome =
  | { readonly kind: 'too-little'; readonly sentence: string }
  | { readonly kind: 'steady'; readonly sentence: string; readonly drift: Drift }
  | {
      readonly kind: 'trained';
      readonly model: ModelArtefact;
      readonly isActivated: boolean;
      /** How the model that was in force had done since its training. */
      readonly drift: Drift;
      readonly sentence: string;
    };

/** History and customers below which a model would learn chance. */
const HISTORY_DAYS_MIN = 120;
const CUSTOMERS_MIN = 50;

/** Reads the whole log. */
const gather = async (options: TrainOptions): Promise<Gathered> => {
  const { rulebook, decoder } = options;
  const gathered = createGathered(rulebook.reportingCurrency);
  await options.readAll(async (records) => {
    await decoder.prepare(records);
    for (const record of records) {
      const input = decoder.decode(record);
      // What the scorer refuses teaches nothing either; dates are judged without its stream time.
      if ('code' in input) continue;
      if (input.type === 'OrderEvent' && refuseOrderEvent(input.event, 0) !== null) continue;
      gathered.add(input);
    }
  });
  return gathered;
};

/** Trains once, or looks whether there is a need to; throws when Kafka or the registry are away. */
export const train = async (options: TrainOptions): Promise<TrainOutcome> => {
  const { rulebook, onProgress } = options;
  const gathered = await gather(options);
  const asOfMs = gathered.asOfMs();
  const days = Math.floor((asOfMs - gathered.firstOrderedAtMs()) / MS_PER_DAY);
  const customers = gathered.builder.customerCount();
  if (customers < CUSTOMERS_MIN || !(days >= HISTORY_DAYS_MIN)) {
    return {
      kind: 'too-little',
      sentence:
        `${String(customers)} customers over ${String(Math.max(0, days) || 0)} days are too little to ` +
        `learn from; ${String(CUSTOMERS_MIN)} over ${String(HISTORY_DAYS_MIN)} days are needed`,
    };
  }
  const histories = gathered.builder.histories();
  const model = contentInForce(options.writer, gathered, 'model');
  const active = model?.kind === 'model' ? model.model : null;
  const drift = detectDrift(histories, { asOfMs, active });
  if (options.isWatch === true && !drift.hasDrifted) {
    return { kind: 'steady', sentence: `no training: ${drift.sentence}`, drift };
  }
  const rules = contentInForce(options.writer, gathered, 'rulebook');
  const inForce = rules?.kind === 'rulebook' ? rules.rulebook : rulebook;
  const fitted = fitModel({
    histories,
    asOfMs,
    version: `trained-${new Date(asOfMs).toISOString().slice(0, 10)}-${options.nowMs().toString(36)}`,
    reportingCurrency: rulebook.reportingCurrency,
    horizonsDays: inForce.forecastHorizonsDays,
    nameOf: gathered.builder.nameOf,
    countryOf: gathered.countryOf,
    traitsOf: gathered.traitsOf,
    active,
    runJobs: options.runJobs,
    alertRules: inForce.alerts,
    potentialRules: inForce.potential,
    onProgress: (done, total, step) => {
      onProgress(`training: ${step}`, done, total);
    },
  });
  return publishModel(fitted, { ...options, asOfMs, drift });
};

/** What is in force of a kind, as the topic holds it; null when nothing is or this release cannot read it. */
const contentInForce = (
  { reader }: TrainOptions['writer'],
  gathered: Gathered,
  kind: ArtefactKind,
): ReturnType<typeof contentOf> | null => {
  const version = gathered.active(kind);
  const artefact = version === null ? null : reader.find(kind, version);
  return version === null || artefact === null ? null : contentOf(kind, version, artefact.json);
};

/** Why a model is not put in force; null when it is fit for it. */
const refusalOf = ({ grade, rows }: ModelArtefact['report']): string | null => {
  if (grade !== 'A' && grade !== 'B') return 'it does not beat the naive forecast';
  const active = rows.find(({ method }) => method === ACTIVE_METHOD);
  const wins = active?.beatenShare ?? null;
  return wins !== null && wins <= 1 - SURE_SHARE
    ? 'the model in force was surely better in the weeks since its own training'
    : null;
};

const publishModel = async (
  model: ModelArtefact,
  options: TrainOptions & { readonly asOfMs: number; readonly drift: Drift },
): Promise<TrainOutcome> => {
  const { writer, producer, isActivating, asOfMs, drift } = options;
  const validation = validateModel(model);
  if (validation.kind === 'invalid') {
    throw new Error(`the fit gave no valid model: ${validation.problems.slice(0, 5).join(' ')}`);
  }
  const published = toPublished('model', model);
  await writer.write(published);
  const refusal = refusalOf(model.report);
  if (refusal === null && isActivating) {
    await producer.publish(activationOf(published, asOfMs));
    await producer.flush();
  }
  const { grade } = model.report;
  const verdict =
    refusal !== null
      ? `not activated, since ${refusal}`
      : isActivating
        ? 'activated'
        : 'not activated, as KUNDENPULS_TRAINER_ACTIVATE says';
  return {
    kind: 'trained',
    model,
    isActivated: refusal === null && isActivating,
    drift,
    sentence:
      `model ${model.version} of ${String(model.customers)} customers, grade ${grade}: ${verdict}` +
      (drift.hasDrifted ? `; trained since ${drift.sentence}` : ''),
  };
};
