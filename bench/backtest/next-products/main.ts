/**
 * `npm run backtest:products`: which product a customer buys next for the first time. Everything learns from
 * orders before a cut; asked are customers who afterwards bought something they had not bought before, and
 * counted is whether it was among ten recommendations (hit rate) and how far up (NDCG).
 */
import { parseArgs } from 'node:util';
import { MS_PER_DAY } from '../../../shared/core/features/vector.js';
import { ndcg, RECOMMENDED } from '../../../shared/core/models/fit-next-products.js';
import { createRandom } from '../../../shared/core/models/random.js';
import type { CustomerHistory } from '../../../shared/core/models/history.js';
import { dayMs, findDataFolder, toDataset } from '../datasets/dataset.js';
import { readOnlineRetail } from '../datasets/online-retail.js';
import { METHODS, type Question, type Recommender } from './methods.js';

const USAGE = `usage: npm run backtest:products -- [--cut DATE] [--days N]

  --cut DATE   learn before this day (default: 2011-08-31)
  --days N     look so far ahead (default: 100)
`;

const RESAMPLES = 1_000;

type Asked = { readonly customer: number; readonly fresh: ReadonlySet<number> };

const skusOf = (history: CustomerHistory, fromMs: number, toMs: number): ReadonlySet<number> =>
  new Set(
    history.documents
      .filter(({ orderedAtMs }) => orderedAtMs >= fromMs && orderedAtMs < toMs)
      .flatMap(({ lines }) => lines.filter((l) => l.netMinor > 0).map(({ skuId }) => skuId)),
  );

/** Customers known before the cut, with the known products they then bought for the first time. */
const whoBoughtNew = (
  histories: readonly CustomerHistory[],
  { cutMs, untilMs }: { readonly cutMs: number; readonly untilMs: number },
): readonly Asked[] => {
  const before = histories.map((history) => skusOf(history, 0, cutMs));
  const sold = new Set(before.flatMap((skus) => [...skus]));
  return histories.flatMap((history, customer) => {
    const known = before[customer] ?? new Set();
    if (known.size === 0) return [];
    const later = [...skusOf(history, cutMs, untilMs)];
    const fresh = new Set(later.filter((sku) => !known.has(sku) && sold.has(sku)));
    return fresh.size === 0 ? [] : [{ customer, fresh }];
  });
};

type Score = { readonly hit: number; readonly ndcg: number };

const scoresOf = (asked: readonly Asked[], recommend: Recommender): readonly Score[] =>
  asked.map(({ customer, fresh }) => {
    const ranked = recommend(customer);
    return { hit: ranked.some((sku) => fresh.has(sku)) ? 1 : 0, ndcg: ndcg(ranked, fresh) };
  });

/** Mean with the 95 % interval of a bootstrap over customers. */
const inWords = (values: readonly number[]): string => {
  const random = createRandom(1);
  const mean = (of: readonly number[]): number => of.reduce((sum, v) => sum + v, 0) / of.length;
  const draws = Array.from({ length: RESAMPLES }, () =>
    mean(values.map(() => values[Math.floor(random() * values.length)] ?? 0)),
  ).sort((a, b) => a - b);
  const at = (p: number): string => (draws[Math.floor((draws.length - 1) * p)] ?? 0).toFixed(3);
  return `${mean(values).toFixed(4)} (${at(0.025)}-${at(0.975)})`;
};

const main = (): void => {
  const { values } = parseArgs({
    options: {
      cut: { type: 'string', default: '2011-08-31' },
      days: { type: 'string', default: '100' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return;
  }
  const folder = findDataFolder();
  if (folder === null) {
    process.stderr.write('SKIPPED: ../shared/data with the real transactions is missing\n');
    return;
  }
  const dataset = toDataset(readOnlineRetail(folder));
  const cutMs = dayMs(values.cut);
  const untilMs = cutMs + Number(values.days) * MS_PER_DAY;
  const histories = dataset.histories;
  const asked = whoBoughtNew(histories, { cutMs, untilMs });
  const known = histories.map(({ customerId, documents }) => ({
    customerId,
    documents: documents.filter(({ orderedAtMs }) => orderedAtMs < cutMs),
  }));
  const question: Question = {
    histories: known,
    asOfMs: cutMs,
    nameOf: dataset.nameOf,
    count: RECOMMENDED,
  };
  const rows = METHODS.map(({ name, describe, learn }) => {
    const startedMs = performance.now();
    const scores = scoresOf(asked, learn(question));
    const tookS = ((performance.now() - startedMs) / 1000).toFixed(1);
    return (
      `| ${name} | ${inWords(scores.map(({ hit }) => hit))} | ` +
      `${inWords(scores.map((score) => score.ndcg))} | ${tookS} s | ${describe} |\n`
    );
  });
  process.stdout.write(
    `\n${dataset.title}: cut ${values.cut}, ${values.days} days, ${String(asked.length)} customers ` +
      `who then bought something new, ${String(RECOMMENDED)} recommended\n\n` +
      `| method | hit rate | NDCG | learned and asked in | |\n|---|---|---|---|---|\n${rows.join('')}`,
  );
};

main();
