/** A progress bar on a terminal; elsewhere one line per step, so that a log shows how far it is. */
import { Presets, SingleBar } from 'cli-progress';

export type ProgressBar = {
  readonly update: (step: string, done: number, total: number) => void;
  readonly stop: () => void;
};

/** Creates a bar on standard error; it names the step. */
export const createProgressBar = (): ProgressBar => {
  const bar = new SingleBar(
    {
      format: '{step} [{bar}] {percentage} %',
      stream: process.stderr,
      hideCursor: true,
      noTTYOutput: false,
    },
    Presets.rect,
  );
  let current = '';
  const show = (step: string, done: number, total: number): void => {
    if (step !== current) {
      if (current !== '') bar.stop();
      bar.start(total, done, { step });
    }
    bar.update(done, { step });
  };
  return {
    update: (step, done, total) => {
      if (process.stderr.isTTY) show(step, done, total);
      else if (step !== current) process.stderr.write(`${step}\n`);
      current = step;
    },
    stop: () => {
      if (current !== '' && process.stderr.isTTY) bar.stop();
      current = '';
    },
  };
};
