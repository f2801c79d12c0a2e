/** Writes what the back-test found: a table a person reads, and all figures as JSON. */
import type { Interval, MethodScore, SettingScore } from './metrics.js';

const two = (value: number): string => value.toFixed(3);
const percent = (value: number): string => `${(value * 100).toFixed(1)} %`;
const ranged = ({ value, low, high }: Interval): string =>
  `${two(value)} (${two(low)}-${two(high)})`;

const HEADER = [
  '| method | MAE | RMSE | Tweedie | bias | mean abs. bias |',
  '|---|---|---|---|---|---|',
] as const;

const toRow = (score: MethodScore): string =>
  `| ${[
    score.method,
    ranged(score.relativeMae),
    ranged(score.relativeRmse),
    two(score.relativeTweedie),
    percent(score.bias),
    percent(score.absoluteBias),
  ].join(' | ')} |`;

/** A setting as a section of markdown. */
export const toMarkdown = (score: SettingScore, title: string): string =>
  [
    `### ${title}, ${String(score.horizonWeeks)} weeks ahead`,
    '',
    `${String(score.cases)} forecasts of ${String(score.customers)} customers from ` +
      `${String(score.origins)} origins. MAE, RMSE and Tweedie deviance relative to BG/NBD + ` +
      'Gamma-Gamma; in brackets the 95 % interval of a paired bootstrap over customers.',
    '',
    ...HEADER,
    ...score.methods.map(toRow),
    '',
    `80 % intervals cover ${ranged(score.coverage80)}; their interval score is ` +
      `${two(score.intervalScore)} of the mean actual.`,
    '',
  ].join('\n');

const SUMMARY_HEADER = [
  '| data, weeks ahead | method | RMSE | MAE | mean abs. bias | coverage of 80 % |',
  '|---|---|---|---|---|---|',
] as const;

/** One table of all settings and methods: what the documentation shows. */
export const toSummary = (scores: readonly SettingScore[]): string =>
  [
    ...SUMMARY_HEADER,
    ...scores.flatMap(({ dataset, horizonWeeks, methods, coverage80 }) =>
      methods.map((score, i) =>
        [
          `| ${dataset}, ${String(horizonWeeks)}`,
          score.method,
          ranged(score.relativeRmse),
          ranged(score.relativeMae),
          percent(score.absoluteBias),
          `${i === 0 ? two(coverage80.value) : ''} |`,
        ].join(' | '),
      ),
    ),
    '',
  ].join('\n');
