/** The judgement in words and tables: what `npm run backtest:causes` writes to docs/backtest. */
import { SEEN_LOST_MIN_MINOR, SEEN_ORDER_DAYS_MIN, type Case, type Judgement } from './judge.js';
import { KNOWING_FALSE_SHARE } from './odds.js';
import type { HeldOutTails } from './tails.js';
import { REAL_TROUBLES } from './plant-real.js';
import {
  REAL_SEEN_DAYS_MIN,
  REAL_SEEN_LOST_MIN_MINOR,
  type RealCase,
  type RealScore,
} from './real.js';
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

/** A share with its 95 % interval (Wilson 1927). */
export const shareOf = (count: number, of: number): string => {
  if (of === 0) return '–';
  const p = count / of;
  const spread = Z_95 * Math.sqrt((p * (1 - p)) / of + (Z_95 * Z_95) / (4 * of * of));
  const middle = p + (Z_95 * Z_95) / (2 * of);
  const scale = 1 + (Z_95 * Z_95) / of;
  const bound = (value: number): string => (100 * Math.max(0, value / scale)).toFixed(0);
  return `${percent(p)} (${bound(middle - spread)}-${bound(middle + spread)})`;
};
const Z_95 = 1.96;

const lostOf = (cases: readonly Case[]): number =>
  cases.reduce((sum, { odds }) => sum + odds.lostMinor, 0);

const causeRow = (name: string, cases: readonly Case[], rest: readonly string[]) => {
  const isFound = ({ alert }: Case): boolean => alert !== null;
  const seen = cases.filter(({ canBeSeen }) => canBeSeen);
  return [
    name,
    String(cases.length),
    shareOf(cases.filter(isFound).length, cases.length),
    String(seen.length),
    shareOf(seen.filter(isFound).length, seen.length),
    percent(lostOf(cases.filter(isFound)) / Math.max(1, lostOf(cases))),
    percent(cases.reduce((sum, { odds }) => sum + odds.power, 0) / Math.max(1, cases.length)),
    percent(seen.reduce((sum, { odds }) => sum + odds.power, 0) / Math.max(1, seen.length)),
    ...rest,
  ];
};

const causeRows = ({ causes }: Judgement): readonly (readonly string[])[] => [
  ...causes.map((c) =>
    causeRow(c.cause, c.cases, [
      c.medianDays === null ? '–' : String(c.medianDays),
      percent(c.rankedFirst),
      percent(c.namedFirst),
      percent(c.rankedInThree),
      shareOf(c.namedRightly, c.named),
    ]),
  ),
  causeRow(
    '**all**',
    causes.flatMap(({ cases }) => cases),
    ['', '', '', '', ''],
  ),
];

const CAUSE_HEAD = [
  'planted',
  'cases',
  'recall',
  'visible',
  'recall of these',
  'by money lost',
  'bound',
  'bound of visible',
  'median days',
  'first',
  'first named',
  'in three',
  'precision',
] as const;

const weightsInWords = ({ bins, brier }: Judgement['weights']): readonly string[] => [
  '## Whether the weights of causes hold',
  '',
  '`unknown` is chance above all: its weight beside the share of alerts in which nothing was wrong.',
  '',
  ...toTable(
    ['weight of unknown', 'alerts', 'mean weight', 'nothing wrong'],
    bins.map(({ toWeight, meanWeight, alerts, falseOnes }) => [
      `to ${percent(toWeight)}`,
      String(alerts),
      percent(meanWeight),
      shareOf(falseOnes, alerts),
    ]),
  ),
  '',
  `Brier score of all weights, 0 to 2: ${brier.toFixed(3)}.`,
  '',
];

/** Judgement of alerts, causes and potential. */
export const judgementInWords = (judgement: Judgement): readonly string[] => {
  const { alerts, confusion, weights, wallet, falsePerHundredYears, neverOffered } = judgement;
  return [
    '## Troubles found',
    '',
    'Planted with customers who bought in the year before; found is an alert within half a year, in brackets the 95 % interval. ' +
      `_Visible_: without the trouble the scope would have been bought on ${String(SEEN_ORDER_DAYS_MIN)} days or more of that half year, ` +
      `and it costs ${String(SEEN_LOST_MIN_MINOR / 100)} or more; of what was planted alone. _Bound_: found by who knows the true process, the ` +
      `scope and the day of onset, from the revenue of that half year, with false alarms of ${percent(KNOWING_FALSE_SHARE)} of the half years.`,
    '',
    ...toTable(CAUSE_HEAD, causeRows(judgement)),
    '',
    '_first_, _in three_: rank of the planted cause where found; _first named_: leaving out `unknown`, which is chance above all. _precision_: of the alerts whose first cause it is, those about a customer it was planted with.',
    '',
    `Never offered: of ${String(neverOffered.planted)} groups ${percent(neverOffered.recall)} became a cross-sell (${percent(neverOffered.valueRecall)} by value).`,
    '',
    '## Alerts',
    '',
    ...toTable(
      ['alerts', 'raised', 'precision'],
      alerts.map((a) => [a.kind, String(a.raised), shareOf(a.trueOnes, a.raised)]),
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
    ...weightsInWords(weights),
    '## Share of wallet',
    '',
    `Of ${String(wallet.customers)} customers with machines, against the mean of forty years of the process that draws their orders: mean absolute error ` +
      `${wallet.shareError.toFixed(3)}; potential wrong by a factor of ` +
      `${wallet.potentialFactor.toFixed(2)} (median), within 25 % for ` +
      `${percent(wallet.potentialWithin25)}.`,
    '',
  ];
};

/** One line a case, the visible first: to look at what was missed. */
export const casesInWords = ({ causes }: Judgement): readonly string[] =>
  causes.flatMap(({ cause, cases }) =>
    cases.map(
      ({ customer, odds, canBeSeen, alert }) =>
        `${cause} ${customer.customerId} onset ${String(customer.planted.onsetDay)} ` +
        `${canBeSeen ? 'visible' : 'faint'} days ${odds.orderDays.toFixed(1)} ` +
        `lost ${String(Math.round(odds.lostMinor / 100))} power ${odds.power.toFixed(2)} ` +
        (alert === null
          ? 'MISSED'
          : `after ${String(alert.day - customer.planted.onsetDay)} by ${alert.kind} ${alert.level} ` +
            `p ${alert.tailProbability.toFixed(4)} as ${alert.causes[0]?.code ?? 'none'}`),
    ),
  );

const STATED = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2] as const;

/** Shares of healthy customers' periods that were called at most so improbable. */
export const tailsInWords = (tails: HeldOutTails): readonly string[] => [
  '## Whether the stated probability holds',
  '',
  'Of customers with whom nothing was wrong until the period ended, the share whose result was called at most so improbable, ' +
    'by a model that was trained before the period began. Periods worth an alert only; those of one customer overlap.',
  '',
  ...toTable(
    ['tested', 'periods', ...STATED.map((p) => `p ≤ ${String(p)}`)],
    [...tails]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, all]) => [
        name,
        String(all.length),
        ...STATED.map((p) => (all.filter((tail) => tail <= p).length / all.length).toFixed(4)),
      ]),
  ),
  '',
];

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

const realRow = (name: string, cases: readonly RealCase[]): readonly string[] => {
  const seen = cases.filter(({ canBeSeen }) => canBeSeen);
  const found = cases.flatMap(({ alert, onsetDay }) =>
    alert === null ? [] : [alert.day - onsetDay],
  );
  const lost = (of: readonly RealCase[]): number => of.reduce((sum, c) => sum + c.lostMinor, 0);
  const isFound = ({ alert }: RealCase): boolean => alert !== null;
  const anyway = (of: readonly RealCase[]): number => of.filter((c) => c.isRaisedAnyway).length;
  return [
    name,
    String(cases.length),
    shareOf(found.length, cases.length),
    shareOf(anyway(cases), cases.length),
    String(seen.length),
    shareOf(seen.filter(isFound).length, seen.length),
    shareOf(anyway(seen), seen.length),
    percent(lost(cases.filter(isFound)) / Math.max(1, lost(cases))),
    String([...found].sort((a, b) => a - b)[Math.floor((found.length - 1) / 2)] ?? '–'),
  ];
};

const firstCauses = (cases: readonly RealCase[]): readonly (readonly string[])[] => {
  const nameOf = ({ alert }: RealCase): string => alert?.causes[0]?.code ?? 'unknown';
  const found = cases.filter(({ alert }) => alert !== null);
  const names = [...new Set(found.map(nameOf))].sort();
  return [
    ['planted', ...names],
    ...REAL_TROUBLES.map((trouble) => {
      const own = found.filter((c) => c.trouble === trouble);
      return [
        trouble,
        ...names.map((name) => String(own.filter((c) => nameOf(c) === name).length)),
      ];
    }),
  ];
};

const perHundredYears = ({ customers, alerts }: RealScore['others'], weeks: number): string =>
  ((100 * alerts) / Math.max(1, (customers * weeks) / 52)).toFixed(1);

/** What was found of the troubles planted into real orders. */
export const realInWords = (score: RealScore): readonly string[] => {
  const { cases, others, untouched, weeks } = score;
  const [head = [], ...rows] = firstCauses(cases);
  return [
    `Found is an alert up to the end of the file; _anyway_: the untouched orders of the same customers raised one as well. ` +
      `_Visible_: the scope was really bought on ${String(REAL_SEEN_DAYS_MIN)} days or more after the onset, and ` +
      `${String(REAL_SEEN_LOST_MIN_MINOR / 100)} or more are lost. In brackets the 95 % interval.`,
    '',
    ...toTable(
      [
        'planted',
        'cases',
        'recall',
        'anyway',
        'visible',
        'recall of these',
        'anyway',
        'by money lost',
        'median days',
      ],
      [
        ...REAL_TROUBLES.map((trouble) =>
          realRow(
            trouble,
            cases.filter((c) => c.trouble === trouble),
          ),
        ),
        realRow('**all**', cases),
      ],
    ),
    '',
    '## First cause of the alerts that found them',
    '',
    ...toTable(head, rows),
    '',
    '## Customers in whom nothing was planted',
    '',
    `${perHundredYears(others, weeks)} alerts of a hundred active customers in a year (${String(others.alerts)} alerts); ` +
      `in the untouched file ${perHundredYears(untouched, weeks)} (${String(untouched.alerts)} alerts of ${String(untouched.customers)} customers). ` +
      `Which of them are false nobody knows: ${percent(score.goneAlerted)} of those customers never bought again in the file, ` +
      `of all who were active on the same days ${percent(score.goneOfAll)}.`,
    '',
  ];
};
