import { jest } from '@jest/globals';
import { startWatchdog } from '../../../../services/scorer/watchdog.js';
import { silenceMsMax } from '../../../../shared/kafka/input-consumer.js';

const SESSION_MS = 6_000;

describe('the watchdog of the fetch loop', () => {
  let barks: Error[] = [];
  let activeMs = 0;
  let stop: () => void = () => undefined;

  beforeEach(() => {
    jest.useFakeTimers();
    barks = [];
    activeMs = 0;
    ({ stop } = startWatchdog({
      silenceMsMax: silenceMsMax(SESSION_MS),
      lastActiveMs: () => activeMs,
      onSilent: (error) => {
        barks.push(error);
      },
    }));
  });
  afterEach(() => {
    stop();
    jest.useRealTimers();
  });

  it('lets a scorer wait for a group that takes three sessions to form', () => {
    jest.advanceTimersByTime(3 * SESSION_MS + 1_000);
    expect(barks).toEqual([]);
  });

  it('barks once when the loop stays silent', () => {
    jest.advanceTimersByTime(20 * SESSION_MS);
    expect(barks.map(({ message }) => message)).toEqual([
      'neither a fetch nor a heartbeat succeeded for 36 s',
    ]);
  });

  it('counts anew after a sign of life', () => {
    for (let at = 0; at < 20 * SESSION_MS; at += SESSION_MS) {
      activeMs = at + 1;
      jest.advanceTimersByTime(SESSION_MS);
    }
    expect(barks).toEqual([]);
  });
});
