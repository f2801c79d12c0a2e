/**
 * `npm run backtest:causes`: what alerts are worth, on simulated businesses whose troubles are known. The
 * simulator orders by other processes than the models assume (shared/business/orders.ts).
 */
import { parseArgs } from 'node:util';
import { judge, type Judgement } from './judge.js';
import { runBusiness, type Training } from './run-business.js';
import { scoreShock, SHOCK, type ShockScore } from './shock.js';

const USAGE = `usage: npm run backtest:causes -- [--customers N] [--seed N] [--skip-shock]
`;
const START_MS = Date.UTC(2023, 0, 2);
const FIRST_TRAINING_DAY = 364;
const TRAINING_DAYS = 28;
const DAYS = 1_095;
const SHOCK_DAY = 728;
const SHOCK_DAYS = SHOCK_DAY + 112;
const SHOCK_TRAINING_DAYS = 14;

const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;

const say = ({ day, model }: Training): void => {
  process.stderr.write(
    `day ${String(day)}: grade ${model.report.grade}, market ${model.marketLevel.toFixed(2)}, ` +
      `tails ${Object.values(model.alerts.shortfall)
        .map(({ probabilityMax, rows }) => `${probabilityMax.toFixed(4)} of ${String(rows)}`)
        .join(', ')}, silences ${Object.values(model.alerts.silence)
        .map(
          ({ falseAlarmsPerYear, rows }) => `${falseAlarmsPerYear.toFixed(3)} of ${String(rows)}`,
        )
        .join(', ')}\n`,
  );
};

const toMarkdown = ({ causes, alerts, wallet, falsePerHundredYears }: Judgement): string =>
  [
    '| planted | customers | recall | by value | median days | cause first | in three |',
    '|---|---|---|---|---|---|---|',
    ...causes.map(
      (c) =>
        `| ${c.cause} | ${String(c.planted)} | ${percent(c.recall)} | ${percent(c.valueRecall)} | ` +
        `${c.medianDays === null ? '–' : String(c.medianDays)} | ${percent(c.rankedFirst)} | ` +
        `${percent(c.rankedInThree)} |`,
    ),
    '',
    '| alerts | raised | precision |',
    '|---|---|---|',
    ...alerts.map((a) => `| ${a.kind} | ${String(a.raised)} | ${percent(a.precision)} |`),
    '',
    `${falsePerHundredYears.toFixed(1)} false alarms of a hundred healthy customers in a year.`,
    `Share of wallet of ${String(wallet.customers)} customers with machines: mean absolute error ` +
      `${wallet.shareError.toFixed(3)}; potential wrong by a factor of ` +
      `${wallet.potentialFactor.toFixed(2)} (median), within 25 % for ` +
      `${percent(wallet.potentialWithin25)}.`,
    '',
  ].join('\n');

const shockInWords = (score: ShockScore): string =>
  [
    '| days after the shock | forecast of four weeks / actual |',
    '|---|---|',
    ...score.levels.map(({ days, ratio }) => `| ${String(days)} | ${ratio.toFixed(2)} |`),
    '',
    `Market called falling after ${String(score.recognisedDays)} days. Alerts a week: ` +
      `${score.alertsBefore.toFixed(1)} before, then ${score.alertsAfter.join(', ')}.`,
    '',
  ].join('\n');

const main = (): void => {
  const { values } = parseArgs({
    options: {
      customers: { type: 'string', default: '1000' },
      seed: { type: 'string', default: '1' },
      'skip-shock': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return;
  }
  const customers = Number(values.customers);
  const seed = Number(values.seed);
  const common = { firstTrainingDay: FIRST_TRAINING_DAY, onTraining: say };
  const business = { seed, customers, startMs: START_MS, rules: { share: 0.25 } };
  const run = runBusiness({ ...common, business, days: DAYS, trainingEveryDays: TRAINING_DAYS });
  process.stdout.write(`${toMarkdown(judge(run, { fromDay: FIRST_TRAINING_DAY, days: DAYS }))}\n`);
  if (values['skip-shock']) return;
  const shocked = runBusiness({
    ...common,
    business: {
      ...business,
      rules: { share: 0, unstaffedShare: 0 },
      shock: { ...SHOCK, fromDay: SHOCK_DAY },
    },
    days: SHOCK_DAYS,
    firstTrainingDay: SHOCK_DAY - 14 * SHOCK_TRAINING_DAYS,
    trainingEveryDays: SHOCK_TRAINING_DAYS,
  });
  const at = { startMs: START_MS, shockDay: SHOCK_DAY, days: SHOCK_DAYS };
  process.stdout.write(`${shockInWords(scoreShock(shocked, at))}\n`);
};

main();
