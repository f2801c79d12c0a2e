/**
 * `npm run backtest`: how good the forecasts are on real transactions, by rolling origins, beside the
 * naive baseline and the literature. Writes a table, all figures as JSON and plots.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { readCdnow } from './datasets/cdnow.js';
import { findDataFolder, toDataset, type Source } from './datasets/dataset.js';
import { readOnlineRetail } from './datasets/online-retail.js';
import { readOrderFile } from './datasets/order-file.js';
import { dumpOrigin } from './dump.js';
import { scoreSetting, type MethodScore, type SettingScore } from './metrics.js';
import { runProtocol, type OnOrigin } from './protocol.js';
import { plotErrors } from './plots.js';
import { toMarkdown, toSummary } from './report.js';

const USAGE = `usage: npm run backtest -- [--data NAME]… [--orders FILE]… [--out FOLDER]

  --data NAME     online-retail, cdnow (default: all of them)
  --orders FILE   also a file of orders with the columns of kundenpuls replay
  --dump FOLDER   also write the rows learned from and asked, for peers in other languages
  --report FOLDER where the summary and its plots are written (default: docs/backtest)
  --out FOLDER    where tables and figures are written (default: .kundenpuls/backtest)
`;

type Named = { readonly name: string; readonly read: () => Promise<Source> | Source };

const realSources = (folder: string): readonly Named[] => [
  { name: 'online-retail', read: () => readOnlineRetail(folder) },
  { name: 'cdnow', read: () => readCdnow(folder) },
];

const chooseSources = (names: readonly string[], files: readonly string[]): readonly Named[] => {
  const folder = findDataFolder();
  if (folder === null) {
    process.stderr.write(
      'SKIPPED 2 data sets: ../shared/data with the real transactions is missing\n',
    );
  }
  const known = [...(folder === null ? [] : realSources(folder))];
  const asked = names.length === 0 && files.length === 0 ? known.map(({ name }) => name) : names;
  const chosen = asked.map((name) => {
    const found = known.find((source) => source.name === name);
    if (found !== undefined) return found;
    throw new RangeError(`no data set ${name}; there are ${known.map((k) => k.name).join(', ')}`);
  });
  return [...chosen, ...files.map((file) => ({ name: file, read: () => readOrderFile(file) }))];
};

const writeReport = async (folder: string, scores: readonly SettingScore[]): Promise<void> => {
  await mkdir(folder, { recursive: true });
  const file = join(folder, 'summary.md');
  const text = `# Back-test\n\n${toSummary(scores)}`;
  // The page is part of the documentation, which is kept in one format.
  await writeFile(file, await format(text, { ...(await resolveConfig(file)), filepath: file }));
  const plots = [
    { name: 'rmse', title: 'RMSE', pick: (score: MethodScore) => score.relativeRmse },
    { name: 'mae', title: 'MAE', pick: (score: MethodScore) => score.relativeMae },
  ] as const;
  for (const { name, ...plot } of plots) {
    await writeFile(join(folder, `${name}.svg`), await plotErrors(scores, plot));
  }
};

const main = async (): Promise<void> => {
  const { values } = parseArgs({
    options: {
      data: { type: 'string', multiple: true, default: [] },
      orders: { type: 'string', multiple: true, default: [] },
      report: { type: 'string', default: join('docs', 'backtest') },
      dump: { type: 'string' },
      out: { type: 'string', default: join('.kundenpuls', 'backtest') },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return;
  }
  const scores: SettingScore[] = [];
  const sections: string[] = [];
  for (const { read } of chooseSources(values.data, values.orders)) {
    const startedMs = performance.now();
    const source = await read();
    const dataset = toDataset(source);
    const onOrigin: OnOrigin = (origin) => {
      if (values.dump !== undefined) dumpOrigin(values.dump, { dataset, ...origin });
    };
    for (const setting of runProtocol(dataset, onOrigin)) {
      const score = scoreSetting(setting);
      scores.push(score);
      const section = toMarkdown(score, dataset.title);
      sections.push(section);
      process.stdout.write(`${section}\n`);
    }
    const tookS = ((performance.now() - startedMs) / 1000).toFixed(1);
    process.stdout.write(`(${dataset.name} took ${tookS} s)\n\n`);
  }
  await mkdir(values.out, { recursive: true });
  await writeFile(join(values.out, 'backtest.md'), `${sections.join('\n')}\n`);
  await writeFile(join(values.out, 'backtest.json'), `${JSON.stringify(scores, null, 2)}\n`);
  await writeReport(values.report, scores);
};

await main();
