/**
 * `npm run simulate -- --seed N --minutes M`: runs one seed and tells its story, or runs seeds from N
 * on for so many minutes and sums up. Ends with 1 at the first violation.
 */
import { parseArgs } from 'node:util';
import { explain } from './explain.js';
import { simulate } from './simulate.js';

const MS_PER_SECOND = 1_000;
const MS_PER_MINUTE = 60_000;
const MS_PER_HOUR = 3_600_000;

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

const numberOf = (text: string | undefined, name: string): number | null => {
  if (text === undefined) return null;
  const value = Number(text);
  if (!(value >= 0)) throw new RangeError(`--${name} is a number from 0 on, not ${text}`);
  return value;
};

/** Runs one seed and prints everything that happened. */
const tell = async (seed: number): Promise<boolean> => {
  const result = await simulate(seed);
  for (const line of result.trace) say(line);
  say(explain({ ...result, trace: [] }) ?? `seed ${String(seed)} keeps every invariant`);
  return result.violation === null;
};

/** Runs seeds until the time is over. */
const explore = async (from: number, minutes: number): Promise<boolean> => {
  const startedMs = performance.now();
  const elapsedMs = (): number => performance.now() - startedMs;
  const total = { seeds: 0, events: 0, faults: 0, records: 0, outputs: 0, stopped: 0 };
  let virtualMs = 0;
  let recoveryMs = 0;
  for (let seed = from; elapsedMs() < minutes * MS_PER_MINUTE; seed += 1) {
    const result = await simulate(seed);
    const story = explain(result);
    if (story !== null) {
      say(story);
      return false;
    }
    total.seeds += 1;
    total.events += result.events;
    total.faults += result.faults;
    total.records += result.records;
    total.outputs += result.outputs;
    total.stopped += result.stopped;
    virtualMs += result.virtualMs;
    recoveryMs = Math.max(recoveryMs, result.recoveryMs);
  }
  const perMinute = virtualMs / MS_PER_HOUR / (elapsedMs() / MS_PER_MINUTE);
  say(
    `${String(total.seeds)} seeds from ${String(from)} keep every invariant: ` +
      `${String(total.faults)} faults, ${String(total.records)} records, ` +
      `${String(total.outputs)} outputs, ${String(total.events)} events, ` +
      `${String(total.stopped)} partitions rightly stopped`,
  );
  say(
    `${perMinute.toFixed(1)} simulated hours per minute; longest recovery ` +
      `${(recoveryMs / MS_PER_SECOND).toFixed(1)} s of simulated time`,
  );
  return true;
};

const { values } = parseArgs({
  options: { seed: { type: 'string' }, minutes: { type: 'string' } },
});
const seed = numberOf(values.seed, 'seed') ?? 1;
const minutes = numberOf(values.minutes, 'minutes');
const isGood = minutes === null ? await tell(seed) : await explore(seed, minutes);
process.exitCode = isGood ? 0 : 1;
