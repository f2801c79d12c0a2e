/**
 * Compares a run with the baseline by ratios within each run: Kundenpuls against its peers on the same
 * machine in the same minutes. Absolute numbers say more about the machine than about the code.
 */
import type { BenchResult } from './result.js';
import { ratioOf } from './result.js';

/** Smallest share of the baseline's ratio that still passes: runs differ by about a tenth. */
const SHARE_MIN = 0.85;

type Ratio = { readonly name: string; readonly of: (result: BenchResult) => number | null };

const RATIOS: readonly Ratio[] = [
  { name: 'throughput, Kundenpuls / Kafka Streams', of: ratioOf },
  {
    name: 'throughput, Kundenpuls / fetch and decode',
    of: ({ kundenpuls, fetchDecode }) =>
      kundenpuls === undefined || fetchDecode === undefined
        ? null
        : kundenpuls.ordersPerSecond / fetchDecode.ordersPerSecond,
  },
  {
    name: 'CPU an order, Kafka Streams / Kundenpuls',
    of: ({ kundenpuls, kafkaStreamsEos }) =>
      kundenpuls === undefined || kafkaStreamsEos === undefined
        ? null
        : kafkaStreamsEos.cpuSecondsPerMillion / kundenpuls.cpuSecondsPerMillion,
  },
];

/** Returns a line per ratio; `isWorse` when any fell below its share of the baseline's. */
export const compareWith = (
  baseline: BenchResult,
  result: BenchResult,
): { readonly lines: readonly string[]; readonly isWorse: boolean } => {
  let isWorse = false;
  const lines = RATIOS.flatMap(({ name, of }) => {
    const before = of(baseline);
    const now = of(result);
    if (before === null || now === null) return [];
    const isBad = now < before * SHARE_MIN;
    isWorse ||= isBad;
    return [`${isBad ? 'WORSE' : 'ok   '} ${name}: ${now.toFixed(2)}, was ${before.toFixed(2)}`];
  });
  return { lines, isWorse };
};
