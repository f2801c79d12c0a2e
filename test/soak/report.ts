/** The report of a soak: words for people, and the same as JSON for programs. */
import { cpus, totalmem } from 'node:os';
import { RECOVERY_MS_MAX, type FaultKind } from '../support/faults/catalogue.js';
import type { EpochResult, FaultResult } from './epoch.js';

export type SoakFacts = {
  readonly hours: number;
  readonly seed: number;
  readonly brokers: number;
  readonly ordersPerSecond: number;
  readonly pauseSecondsMax: number;
  readonly startedAt: Date;
  readonly ranMs: number;
  /** Load average of the machine before it began. */
  readonly loadBefore: number;
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
  /** Times it was done by itself, and how long recovery took then. */
  readonly alone: number;
  readonly medianMs: number;
  readonly maxMs: number;
  /** Longest standstill alone, the time for which the fault was held included. */
  readonly standstillMsMax: number;
  /** Times it was done together with another one, and the longest recovery of such a pair. */
  readonly inPairs: number;
  readonly pairMsMax: number;
};

const byName = (faults: readonly FaultResult[]): ReadonlyMap<string, readonly FaultResult[]> => {
  const found = new Map<string, FaultResult[]>();
  for (const fault of faults) found.set(fault.name, [...(found.get(fault.name) ?? []), fault]);
  return found;
};

const rowsOf = (faults: readonly FaultResult[]): readonly Row[] =>
  [...byName(faults)]
    .map(([name, all]): Row => {
      const alone = all.filter(({ pairedWith }) => pairedWith === null);
      const sorted = alone.map(({ recoveryMs }) => recoveryMs).sort((a, b) => a - b);
      const paired = all.filter(({ pairedWith }) => pairedWith !== null);
      return {
        name,
        kind: all[0]?.kind ?? 'network',
        alone: alone.length,
        medianMs: quantile(sorted, 0.5),
        maxMs: sorted.at(-1) ?? 0,
        standstillMsMax: Math.max(0, ...alone.map(({ standstillMs }) => standstillMs)),
        inPairs: paired.length,
        pairMsMax: Math.max(0, ...paired.map(({ recoveryMs }) => recoveryMs)),
      };
    })
    .sort((a, b) => a.kind.localeCompare(b.kind) || a.name.localeCompare(b.name));

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
    faultsAlone: faults.filter(({ pairedWith }) => pairedWith === null).length,
    ordersPerSecondSustained: Math.round(
      (sum(epochs.map(({ orders }) => orders)) * 1_000) / Math.max(1, facts.ranMs),
    ),
    beyondBound: faults.filter(
      ({ kind, recoveryMs, pairedWith }) =>
        pairedWith === null && recoveryMs > RECOVERY_MS_MAX[kind],
    ),
    byFault: rowsOf(faults),
  };
};

/** Writes the report as Markdown. */
export const soakReport = (facts: SoakFacts): string => {
  const found = summarise(facts);
  const rows = found.byFault.map((row) => {
    const alone = [row.medianMs, row.maxMs, RECOVERY_MS_MAX[row.kind], row.standstillMsMax];
    const cells = row.alone === 0 ? ['–', '–', '–', '–'] : alone.map(seconds);
    const pairs = row.inPairs === 0 ? '–' : seconds(row.pairMsMax);
    return `| ${[row.name, String(row.alone), ...cells, String(row.inPairs), pairs].join(' | ')} |`;
  });
  const { hours, seed, ordersPerSecond, pauseSecondsMax } = facts;
  const options = Object.entries({
    hours,
    seed,
    'orders-per-second': ordersPerSecond,
    'pause-seconds': pauseSecondsMax,
  })
    .map(([name, value]) => `--${name} ${String(value)}`)
    .join(' ');
  const isRight = found.violation === null && found.epochs > 0;
  return `${[
    '# Soak report',
    '',
    `Written by \`npm run soak -- ${options}\`, begun ${found.startedAt}.`,
    '',
    `In ${(found.ranMs / MINUTE_MS).toFixed(0)} minutes, ${String(found.orders)} orders (${String(found.records)} records; ${String(found.ordersPerSecondSustained)} orders/s, pauses`,
    `for comparisons included) went through two scorers on ${String(facts.brokers)} brokers, two Redis and a registry, all real processes on one machine with ${String(cpus().length)} cores and`,
    `${String(Math.round(totalmem() / GIB))} GiB (load average ${found.loadBefore.toFixed(1)} before it began), while ${String(found.faults)} faults were done to them. A reader with`,
    `\`read_committed\` read every topic throughout and held ${String(found.outputs)} outputs against a fold of the input, in order, each`,
    `once. At the end of each of the ${String(found.epochs)} epochs all customers, the due queue, segments and outboxes in Redis were compared`,
    'with the fold, field by field.',
    '',
    isRight
      ? 'Nothing was lost, doubled, out of order or different.'
      : `**Wrong:** ${found.violation ?? 'no epoch came to its end'}`,
    '',
    '## Faults, and how long until every partition was scored again',
    '',
    'Recovery is the time for which the slowest partition stood still: from the fault on, restart of what was killed',
    'included; for a fault that is held (frozen, cut off, silent, slow, out of memory), from the moment it is let go.',
    'The bounds are on faults done alone. The longest standstill includes the time for which a fault was held. Some',
    'faults were done in pairs at the same moment; both are counted, with the recovery of the pair.',
    '',
    `Alone: ${String(found.faultsAlone)} faults, ${String(found.beyondBound.length)} of them beyond their bound.`,
    '',
    '| fault | alone | median, s | longest, s | bound, s | longest standstill, s | in pairs | longest, s |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
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
