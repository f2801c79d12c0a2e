/** The judgement in words and tables: what `npm run backtest:causes` writes to docs/backtest. */
import type { Judgement } from './judge.js';
import type { ShockScore } from './shock.js';

export const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;

/** A Markdown table with columns of even width, as prettier leaves them. */
export const toTable = (
  head: readonly string[],
  rows: readonly (readonly string[])[],
): readonly string[] => {
  const widths = head.map((name, i) =>
    Math.max(3, name.length, ...rows.map((row) => (row[i] ?? '').length)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${widths.map((width, i) => (cells[i] ?? '').padEnd(width)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)];
};

const causeRows = ({ causes }: Judgement): readonly (readonly string[])[] =>
  causes.map((c) => [
    c.cause,
    String(c.planted),
    percent(c.recall),
    percent(c.valueRecall),
    c.medianDays === null ? '–' : String(c.medianDays),
    percent(c.rankedFirst),
    percent(c.rankedInThree),
    c.precision === null ? '–' : percent(c.precision),
  ]);

/** Judgement of alerts, causes and potential. */
export const judgementInWords = (judgement: Judgement): readonly string[] => {
  const { alerts, confusion, wallet, falsePerHundredYears } = judgement;
  return [
    '## Troubles found',
    '',
    'Planted with customers who bought on four days or more in the year before; found is an alert within half a year.',
    '',
    ...toTable(
      ['planted', 'cases', 'recall', 'by value', 'median days', 'first', 'in three', 'precision'],
      causeRows(judgement),
    ),
    '',
    '_first_, _in three_: rank of the planted cause where found. _precision_: of the alerts whose first cause it is, those about a customer it was planted with.',
    '',
    '## Alerts',
    '',
    ...toTable(
      ['alerts', 'raised', 'precision'],
      alerts.map((a) => [a.kind, String(a.raised), percent(a.precision)]),
    ),
    '',
    `${falsePerHundredYears.toFixed(1)} false alarms of a hundred healthy customers in a year.`,
    '',
    '## First cause of every alert, by what was planted',
    '',
    ...toTable(
      ['planted', ...confusion.named],
      confusion.rows.map(({ planted, counts }) => [planted, ...counts.map(String)]),
    ),
    '',
    '## Share of wallet',
    '',
    `Of ${String(wallet.customers)} customers with machines: mean absolute error ` +
      `${wallet.shareError.toFixed(3)}; potential wrong by a factor of ` +
      `${wallet.potentialFactor.toFixed(2)} (median), within 25 % for ` +
      `${percent(wallet.potentialWithin25)}.`,
    '',
  ];
};

/** What a fall of the market did. */
export const shockInWords = (score: ShockScore): readonly string[] => [
  ...toTable(
    ['days after it began', 'forecast of four weeks / actual', 'level of the market'],
    score.levels.map(({ days, ratio, marketLevel }) => [
      String(days),
      ratio.toFixed(2),
      marketLevel.toFixed(2),
    ]),
  ),
  '',
  score.recognisedDays === null
    ? 'The market was not called falling.'
    : `The market was called falling after ${String(score.recognisedDays)} days.`,
  '',
  `Alerts a week: ${score.alertsBefore.toFixed(1)} in the half year before, then ${score.alertsAfter.join(', ')}.`,
  '',
];
