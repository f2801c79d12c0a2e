/** What happened in a soak, as it happens: a file of JSON lines, and a sentence now and then. */
import { appendFileSync } from 'node:fs';

export type Journal = {
  readonly note: (event: string, detail: Readonly<Record<string, unknown>>) => void;
  readonly say: (sentence: string) => void;
};

const describe = (value: unknown): unknown =>
  value instanceof Error ? { message: value.message, stack: value.stack } : value;

/** Opens a journal that appends to the file. */
export const openJournal = (file: string): Journal => {
  const startedMs = performance.now();
  const atMs = (): number => Math.round(performance.now() - startedMs);
  const note: Journal['note'] = (event, detail) => {
    const plain = Object.entries(detail).map(([key, value]) => [key, describe(value)]);
    const line = { atMs: atMs(), event, ...(Object.fromEntries(plain) as object) };
    appendFileSync(file, `${JSON.stringify(line)}\n`);
  };
  return {
    note,
    say: (sentence) => {
      note('said', { sentence });
      process.stderr.write(`soak ${String(Math.round(atMs() / 1_000))} s: ${sentence}\n`);
    },
  };
};
