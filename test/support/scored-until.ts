/** Waits until a scorer has applied a log that ends in a tick, and published what that led to. */
import type { ServiceProcess } from './service-process.js';
import { waitUntil } from './wait-until.js';

/** Resolves when all partitions are of the tick's time and nothing is left to publish. */
export const scoredUntil = (
  scorer: Pick<ServiceProcess, 'url'>,
  { streamTimeMs, partitions }: { readonly streamTimeMs: number; readonly partitions: number },
): Promise<void> =>
  waitUntil(async () => {
    const text = await (await fetch(`${await scorer.url()}/metrics`)).text();
    const times = [...text.matchAll(/^kundenpuls_scorer_stream_time_seconds\{.*\} (\S+)$/gm)];
    const open = [...text.matchAll(/^kundenpuls_scorer_outbox_entries\{.*\} (\S+)$/gm)];
    return (
      times.length === partitions &&
      times.every(([, seconds]) => Number(seconds) * 1_000 === streamTimeMs) &&
      open.every(([, entries]) => entries === '0')
    );
  });
