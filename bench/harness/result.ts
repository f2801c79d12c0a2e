/** What the bench found, as written by --json and kept as baseline. */
import type { ContenderName } from '../contenders/contender.js';
import type { Latency } from './latency.js';
import type { Machine } from './machine.js';
import type { Throughput } from './throughput.js';

export type ContenderResult = Throughput & Partial<Latency>;

export type BenchResult = Partial<Record<ContenderName, ContenderResult>> & {
  readonly machine: Machine;
  readonly load: Readonly<Record<string, number | string>>;
  /** Ticks over all customers, right after the backlog: every one of them is due. */
  readonly firstTicks?: { readonly customers: number; readonly customersPerSecond: number };
};

const row = (cells: readonly string[]): string =>
  cells.map((cell, i) => (i === 0 ? cell.padEnd(38) : cell.padStart(12))).join(' ');

const whole = (value: number | undefined): string =>
  value === undefined || Number.isNaN(value) ? '-' : Math.round(value).toLocaleString('en-US');
const tenths = (value: number | undefined): string =>
  value === undefined || Number.isNaN(value) ? '-' : value.toFixed(1);

/** Lines of the table for the terminal. */
export const tableOf = (
  result: BenchResult,
  titles: ReadonlyMap<ContenderName, string>,
): readonly string[] => {
  const lines = [
    row(['', 'orders/s', 'CPU s/M', 'p50 ms', 'p99 ms', 'max ms', 'RSS MB']),
    ...[...titles].flatMap(([name, title]) => {
      const found = result[name];
      return found === undefined
        ? []
        : [
            row([
              title,
              whole(found.ordersPerSecond),
              tenths(found.cpuSecondsPerMillion),
              tenths(found.latencyMsP50),
              tenths(found.latencyMsP99),
              tenths(found.latencyMsMax),
              whole(found.rssMb),
            ]),
          ];
    }),
  ];
  const ratio = ratioOf(result);
  if (ratio !== null) lines.push('', `Kundenpuls / Kafka Streams: ${ratio.toFixed(2)}`);
  return lines;
};

/** Throughput of Kundenpuls over that of Kafka Streams in the same run; null when one is missing. */
export const ratioOf = (result: BenchResult): number | null =>
  result.kundenpuls === undefined || result.kafkaStreamsEos === undefined
    ? null
    : result.kundenpuls.ordersPerSecond / result.kafkaStreamsEos.ordersPerSecond;
