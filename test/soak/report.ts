/** The report of a soak: words for people, and the same as JSON for programs. */
import { cpus, totalmem } from 'node:os';
import { RECOVERY_MS_MAX, type FaultKind } from '../support/faults/catalogue.js';
import type { EpochResult, FaultResult } from './epoch.js';

export type SoakFacts = {
  readonly hours: number;
  readonly seed: number;
  readonly brokers: number;
  readonly ordersPerSecond: number;
  readonly startedAt: Date;
  readonly ranMs: number;
  readonly epochs: readonly EpochResult[];
  /** What was wrong; null when nothing was. */
  readonly violation: string | null;
};

const MINUTE_MS = 60_000;
const GIB = 2 ** 30;

const sum = (values: readonly number[]): number =>
  values.reduce((total, value) => total + value, 0);
const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0;
const seconds = (ms: number): string => (ms / 1_000).toFixed(1);

type Row = {
  readonly name: string;
  readonly kind: FaultKind;
  readonly count: number;
  readonly medianMs: number;
  readonly maxMs: number;
};

const rowsOf = (faults: readonly FaultResult[]): readonly Row[] => {
  const byName = new Map<string, FaultResult[]>();
  for (const fault of faults) byName.set(fault.name, [...(byName.get(fault.name) ?? []), fault]);
  return [...byName].map(([name, all]) => {
    const sorted = all.map(({ standstillMs }) => standstillMs).sort((a, b) => a - b);
    return {
      name,
      kind: all[0]?.kind ?? 'network',
      count: all.length,
      medianMs: quantile(sorted, 0.5),
      maxMs: sorted.at(-1) ?? 0,
    };
  });
};

const total = (records: readonly Readonly<Record<string, number>>[]): Record<string, number> => {
  const totals: Record<string, number> = {};
  for (const record of records) {
    for (const [key, value] of Object.entries(record)) totals[key] = (totals[key] ?? 0) + value;
  }
  return totals;
};

/** Sums a soak up. */
export const summarise = ({ epochs, startedAt, ...facts }: SoakFacts) => {
  const faults = epochs.flatMap((epoch) => epoch.faults);
  return {
    ...facts,
    startedAt: startedAt.toISOString(),
    epochs: epochs.length,
    faults: faults.length,
    orders: sum(epochs.map(({ orders }) => orders)),
    records: sum(epochs.map(({ records }) => records)),
    outputs: sum(epochs.map(({ outputs }) => outputs)),
    outcomes: total(epochs.map(({ outcomes }) => outcomes)),
    reports: total(epochs.map(({ reports }) => reports)),
    unexpectedEnds: epochs.flatMap(({ unexpectedEnds }) => unexpectedEnds),
    scorerMegabytesMax: Math.max(0, ...epochs.map(({ scorerMegabytesMax }) => scorerMegabytesMax)),
    beyondBound: faults.filter(({ kind, standstillMs }) => standstillMs > RECOVERY_MS_MAX[kind]),
    byFault: rowsOf(faults),
  };
};

/** Writes the report as Markdown. */
export const soakReport = (facts: SoakFacts): string => {
  const found = summarise(facts);
  const rows = found.byFault.map(
    ({ name, count, medianMs, maxMs, kind }) =>
      `| ${name} | ${String(count)} | ${seconds(medianMs)} | ${seconds(maxMs)} | ${seconds(RECOVERY_MS_MAX[kind])} |`,
  );
  const isRight = found.violation === null && found.epochs > 0;
  return `${[
    '# Soak report',
    '',
    `Written by \`npm run soak -- --hours ${String(facts.hours)} --seed ${String(facts.seed)}\`, begun ${found.startedAt}.`,
    '',
    `In ${(found.ranMs / MINUTE_MS).toFixed(0)} minutes, ${String(found.orders)} orders (${String(found.records)} records) went through two`,
    `scorers on ${String(facts.brokers)} brokers, two Redis and a registry, all real processes on one machine with ${String(cpus().length)} cores and`,
    `${String(Math.round(totalmem() / GIB))} GiB that other work shared, while ${String(found.faults)} faults were done to them. A reader with`,
    `\`read_committed\` read every topic throughout and held ${String(found.outputs)} outputs against a fold of the input, in order, each`,
    `once. At the end of each of the ${String(found.epochs)} epochs all customers, the due queue, segments and outboxes in Redis were compared`,
    'with the fold, field by field.',
    '',
    isRight
      ? 'Nothing was lost, doubled, out of order or different.'
      : `**Wrong:** ${found.violation ?? 'no epoch came to its end'}`,
    '',
    '## Faults and how long the slowest partition stood still',
    '',
    'From the fault on, the time for which it was held included (a frozen broker is frozen for up to 12 s).',
    'Some faults ran in pairs; both are counted, with the time of the pair.',
    '',
    '| fault | times | median, s | longest, s | bound, s |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    '',
    '## Invariants checked',
    '',
    '- State of every customer = fold of the log (I1), duplicates counted once.',
    '- Every output once and in order under `read_committed`, none missing (I2, I3, I4).',
    '- Every record applied, recognised as a duplicate, ignored or dead-lettered exactly once (I5).',
    '- Memory of a scorer bounded (I6), recovery bounded (I8).',
    '',
    '## Figures',
    '',
    '```json',
    JSON.stringify(found, null, 2),
    '```',
  ].join('\n')}\n`;
};
