/** A progress bar on a terminal, silence elsewhere. */
import { Presets, SingleBar } from 'cli-progress';

export type Bar = {
  readonly update: (step: string, done: number, total: number) => void;
  readonly stop: () => void;
};

/** Creates a bar on standard error; it shows the step by name. */
export const createBar = (): Bar => {
  const bar = new SingleBar(
    { format: '{step} [{bar}] {percentage} %', stream: process.stderr, hideCursor: true },
    Presets.rect,
  );
  let current = '';
  return {
    update: (step, done, total) => {
      if (!process.stderr.isTTY) return;
      if (step !== current) {
        if (current !== '') bar.stop();
        current = step;
        bar.start(total, done, { step });
      }
      bar.update(done, { step });
    },
    stop: () => {
      if (current !== '') bar.stop();
    },
  };
};
