/** Reads the scorer's own metrics, so that the display shows what an operator would see. */
import { request } from 'undici';

const ASK_TIMEOUT_MS = 1_000;

export type ScorerFigures = {
  readonly recordsTotal: number;
  readonly deadLetters: number;
  readonly lagRecords: number;
  readonly customersBySegment: ReadonlyMap<string, number>;
};

type Sample = {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
};

const SAMPLE = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-z_]+)="([^"]*)"/g;

/** Parses Prometheus' text format as prom-client writes it, without its comments. */
export const parseMetrics = (text: string): readonly Sample[] =>
  text.split('\n').flatMap((line) => {
    const [, name, labels = '', value] = SAMPLE.exec(line) ?? [];
    if (name === undefined) return [];
    const pairs = [...labels.matchAll(LABEL)].map(([, key = '', text = '']) => [key, text]);
    return [{ name, labels: Object.fromEntries(pairs) as Sample['labels'], value: Number(value) }];
  });

/** Sums up what the display shows. */
export const readFigures = (text: string): ScorerFigures => {
  const samples = parseMetrics(text);
  const sum = (name: string, isWanted: (labels: Sample['labels']) => boolean = () => true) =>
    samples
      .filter((sample) => sample.name === name && isWanted(sample.labels))
      .reduce((total, { value }) => total + value, 0);
  const customers = samples.filter(({ name }) => name === 'kundenpuls_scorer_customers');
  return {
    recordsTotal: sum('kundenpuls_scorer_records_total'),
    deadLetters: sum('kundenpuls_scorer_records_total', ({ outcome }) => outcome === 'dead-letter'),
    lagRecords: sum('kundenpuls_scorer_lag_records'),
    customersBySegment: new Map(
      customers.map(({ labels, value }) => [labels['segment'] ?? '', value]),
    ),
  };
};

/** Asks the scorer; null while it does not answer. */
export const askScorer = async (url: string): Promise<ScorerFigures | null> => {
  try {
    const { statusCode, body } = await request(url, {
      headersTimeout: ASK_TIMEOUT_MS,
      bodyTimeout: ASK_TIMEOUT_MS,
    });
    const text = await body.text();
    return statusCode === 200 ? readFigures(text) : null;
  } catch {
    return null;
  }
};
