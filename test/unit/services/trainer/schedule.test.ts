/** When the trainer trains: on schedule, out of turn when the model has drifted, soon after a failure. */
import { describe, expect, it } from '@jest/globals';
import { builtinModel } from '../../../../shared/core/models/artefact.js';
import type { Drift } from '../../../../shared/core/models/drift.js';
import { followSchedule, type Schedule } from '../../../../services/trainer/schedule.js';
import type { TrainOutcome } from '../../../../services/trainer/train.js';

const drift: Drift = { hasDrifted: false, sentence: '', total: null, coverage: null };
const steady: TrainOutcome = { kind: 'steady', sentence: '', drift };
const trained: TrainOutcome = {
  kind: 'trained',
  model: builtinModel,
  isActivated: true,
  drift,
  sentence: '',
};
const HOUR_MS = 3_600_000;

/** Plays a schedule on a clock of its own; returns what was done at which hour. */
const play = async (
  schedule: Schedule,
  {
    hours,
    answer,
  }: { hours: number; answer: (at: { hour: number; isWatch: boolean }) => TrainOutcome },
): Promise<readonly string[]> => {
  const stop = new AbortController();
  const done: string[] = [];
  let nowMs = 0;
  await followSchedule(schedule, {
    stop: stop.signal,
    round: (isWatch) => {
      const hour = nowMs / HOUR_MS;
      done.push(`${isWatch ? 'watch' : 'train'} ${String(hour)}`);
      return Promise.resolve(answer({ hour, isWatch }));
    },
    sleep: (ms) => {
      nowMs += ms;
      if (nowMs >= hours * HOUR_MS) stop.abort();
      return Promise.resolve();
    },
    onError: () => {
      done.push('failed');
    },
  });
  return done;
};

describe('the schedule of the trainer', () => {
  const schedule = { intervalMs: 5 * HOUR_MS, watchMs: 2 * HOUR_MS };

  it('trains in its interval and watches between', async () => {
    const done = await play(schedule, {
      hours: 10,
      answer: ({ isWatch }) => (isWatch ? steady : trained),
    });
    expect(done).toEqual(['train 0', 'watch 2', 'watch 4', 'train 5', 'watch 7', 'watch 9']);
  });

  it('starts the interval anew after a training that drift caused', async () => {
    const done = await play(schedule, {
      hours: 10,
      answer: ({ isWatch, hour }) => (isWatch && hour !== 4 ? steady : trained),
    });
    expect(done).toEqual(['train 0', 'watch 2', 'watch 4', 'watch 6', 'watch 8', 'train 9']);
  });

  it('tries again within a minute while it cannot, and goes on after a failure', async () => {
    const done = await play(schedule, {
      hours: 0.05,
      answer: ({ hour }) => {
        if (hour === 0) throw new Error('no broker');
        return { kind: 'too-little', sentence: '' };
      },
    });
    expect(done).toEqual([
      'train 0',
      'failed',
      `train ${String(1 / 60)}`,
      `train ${String(2 / 60)}`,
    ]);
  });
});
