/**
 * `npm run backtest:causes`: what alerts are worth, on simulated businesses whose troubles are known. The
 * simulator orders by other processes than the models assume (shared/business/orders.ts).
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { findDataFolder } from '../backtest/datasets/dataset.js';
import { judge } from './judge.js';
import { scoreReal } from './real.js';
import {
  casesInWords,
  judgementInWords,
  realInWords,
  shockInWords,
  tailsInWords,
} from './report.js';
import { joinRuns, runBusiness, type Training } from './run-business.js';
import { scoreShock, SHOCK } from './shock.js';
import { heldOutTails, joinTails } from './tails.js';

const USAGE = `usage: npm run backtest:causes -- [--customers N] [--seed N] [--seeds COUNT] [--only causes|shock|real] [--cases] [--write]
`;
const START_MS = Date.UTC(2023, 0, 2);
const FIRST_TRAINING_DAY = 364;
const TRAINING_DAYS = 28;
const DAYS = 1_095;
const SHOCK_DAY = 728;
const SHOCK_DAYS = SHOCK_DAY + 112;
const SHOCK_TRAINING_DAYS = 14;
const SHOCK_TRAININGS_BEFORE = 14;
/** Customers in trouble of each kind, few beside the thousand active ones. */
const REAL_EACH = 40;

const say = ({ day, model }: Training): void => {
  process.stderr.write(
    `day ${String(day)}: grade ${model.report.grade}, market ${model.marketLevel.toFixed(2)}, ` +
      `tails ${[...Object.values(model.alerts.shortfall), ...model.alerts.trailing]
        .map(({ probabilityMax, rows }) => `${probabilityMax.toFixed(4)} of ${String(rows)}`)
        .join(', ')}, silences ${Object.values(model.alerts.silence)
        .map(
          ({ falseAlarmsPerYear, rows }) => `${falseAlarmsPerYear.toFixed(3)} of ${String(rows)}`,
        )
        .join(', ')}\n`,
  );
};

const main = (): void => {
  const { values } = parseArgs({
    options: {
      customers: { type: 'string', default: '1000' },
      seed: { type: 'string', default: '1' },
      // Businesses, or draws of troubles into real orders, judged as one: this seed and those after it.
      seeds: { type: 'string', default: '1' },
      cases: { type: 'boolean', default: false },
      only: { type: 'string' },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return;
  }
  const asked = {
    customers: Number(values.customers),
    seed: Number(values.seed),
    seeds: Number(values.seeds),
    showsCases: values.cases,
  };
  for (const part of values.only === undefined ? PARTS : PARTS.filter((p) => p === values.only)) {
    const text = toPage(part, asked);
    if (text === null) continue;
    process.stdout.write(text);
    if (values.write) writeFileSync(`docs/backtest/${part}.md`, text);
  }
};

const PARTS = ['causes', 'shock', 'real'] as const;
type Part = (typeof PARTS)[number];

const TITLES = {
  causes: '# What alerts are worth',
  shock: '# When the market falls',
  real: '# Troubles planted into real orders',
} as const;
const SETTINGS = {
  causes:
    'on a [simulated business](../simulator.md): three years, a quarter of the customers in trouble, a model every four weeks from the second year on.',
  shock:
    'on a [simulated business](../simulator.md): demand falls by 40 % in half the territories within two weeks; nothing else is wrong; a model every two weeks.',
  real: `on the wholesaler's orders ([Online Retail](https://archive.ics.uci.edu/dataset/352)): of its active customers, ${String(REAL_EACH)} a draw and kind get into trouble on a day of the 37th to 42nd of its 53 weeks; a model every four weeks.`,
} as const;

/** A page of figures; null where the orders that it is about are missing. */
const toPage = (part: Part, asked: Asked): string | null => {
  const { customers, seed, seeds } = asked;
  const many = seeds === 1 ? '' : ` --seeds ${String(seeds)}`;
  const size = part === 'real' ? '' : `--customers ${String(customers)} `;
  const options = `${size}--seed ${String(seed)}${many} --only ${part} --write`;
  const words = RUNS[part](asked);
  if (words === null) return null;
  const lines = [
    TITLES[part],
    '',
    `Written by \`npm run backtest:causes -- ${options}\`, ${SETTINGS[part]}`,
    '',
    ...words,
  ];
  return `${lines.join('\n').trimEnd()}\n`;
};

type Asked = {
  readonly customers: number;
  readonly seed: number;
  readonly seeds: number;
  readonly showsCases: boolean;
};

const runCauses = ({ customers, seed, seeds, showsCases }: Asked): readonly string[] => {
  const runs = Array.from({ length: seeds }, (_, i) =>
    runBusiness({
      business: { seed: seed + i, customers, startMs: START_MS, rules: { share: 0.25 } },
      days: DAYS,
      firstTrainingDay: FIRST_TRAINING_DAY,
      trainingEveryDays: TRAINING_DAYS,
      onTraining: say,
    }),
  );
  const judgement = judge(joinRuns(runs), { fromDay: FIRST_TRAINING_DAY, days: DAYS });
  if (showsCases) process.stderr.write(`${casesInWords(judgement).join('\n')}\n`);
  const tails = runs.map((run) => heldOutTails(run, { startMs: START_MS, days: DAYS }));
  return [...judgementInWords(judgement), ...tailsInWords(joinTails(tails))];
};

const runShock = ({ customers, seed }: Asked): readonly string[] => {
  const run = runBusiness({
    business: {
      seed,
      customers,
      startMs: START_MS,
      rules: { share: 0, unstaffedShare: 0 },
      shock: { ...SHOCK, fromDay: SHOCK_DAY },
    },
    days: SHOCK_DAYS,
    firstTrainingDay: SHOCK_DAY - SHOCK_TRAININGS_BEFORE * SHOCK_TRAINING_DAYS,
    trainingEveryDays: SHOCK_TRAINING_DAYS,
    onTraining: say,
  });
  return shockInWords(
    scoreShock(run, { startMs: START_MS, shockDay: SHOCK_DAY, days: SHOCK_DAYS }),
  );
};

const runReal = ({ seed, seeds }: Asked): readonly string[] | null => {
  const folder = findDataFolder();
  if (folder === null) {
    process.stderr.write('SKIPPED troubles in real orders: ../shared/data is missing\n');
    return null;
  }
  const score = scoreReal({ folder, seed, draws: seeds, each: REAL_EACH, onTraining: say });
  return realInWords(score);
};

const RUNS = { causes: runCauses, shock: runShock, real: runReal } as const;

main();
