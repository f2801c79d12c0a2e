/**
 * Requests between a process and a server: they take time, get lost before or after they were
 * executed, arrive late (after the caller gave up) or twice. What happens to a request is drawn from
 * the seed by the weather of the moment.
 */
import type { SimProcess } from './process.js';
import type { Random } from './random.js';
import type { Scheduler } from './scheduler.js';

/** Probabilities of a request's fate, and the latencies of a calm network. */
export type Weather = {
  readonly lostRequest: number;
  readonly lostReply: number;
  readonly late: number;
  readonly twice: number;
  readonly latencyMs: number;
};

export const CALM: Weather = { lostRequest: 0, lostReply: 0, late: 0, twice: 0, latencyMs: 2 };

/** The caller does not know whether the request was executed. */
export class NoReply extends Error {
  override readonly name = 'NoReply';
}

export type Server = {
  readonly name: string;
  /** Changes with every restart; requests sent to an earlier life of the server die with it. */
  readonly life: () => number;
  readonly isUp: () => boolean;
};

export type Call<T> = {
  readonly server: Server;
  readonly process: SimProcess;
  readonly timeoutMs: number;
  /** The client never sends it again, so that it cannot arrive twice: TCP does not double it either. */
  readonly isSentOnce?: boolean;
  /** Runs at the server; a rejection is an error reply. */
  readonly execute: () => T | Promise<T>;
};

export type Network = {
  readonly call: <T>(call: Call<T>) => Promise<T>;
  readonly setWeather: (weather: Weather) => void;
};

/** A late request comes up to this many time-outs after it was sent. */
const LATE_TIMEOUTS_MAX = 3;
const REFUSED_AFTER_MS = 1;

/** Creates a calm network. */
export const createNetwork = (scheduler: Scheduler, random: Random): Network => {
  let weather = CALM;
  const latency = (): number => weather.latencyMs * (0.2 + random.next() * random.next() * 4);

  const call = <T>({
    server,
    process,
    timeoutMs,
    execute,
    isSentOnce = false,
  }: Call<T>): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      const life = server.life();
      let isSettled = false;
      const settle = (finish: () => void): void => {
        process.deliver(() => {
          if (isSettled) return;
          isSettled = true;
          timer.cancel();
          finish();
        });
      };
      const timer = scheduler.after(timeoutMs, () => {
        settle(() => {
          reject(new NoReply(`${server.name} did not answer within ${String(timeoutMs)} ms`));
        });
      });
      const fail = (error: unknown): void => {
        settle(() => {
          reject(error instanceof Error ? error : new Error(String(error)));
        });
      };
      const isLost = random.chance(weather.lostRequest);
      const isReplyLost = random.chance(weather.lostReply);
      const isTwice = random.chance(weather.twice) && !isSentOnce;
      const delayMs = random.chance(weather.late)
        ? random.between(timeoutMs * 0.5, timeoutMs * LATE_TIMEOUTS_MAX)
        : latency();

      const arrive = async (isReplied: boolean): Promise<void> => {
        if (!server.isUp() || server.life() !== life) {
          fail(new NoReply(`the connection to ${server.name} was lost`));
          return;
        }
        try {
          const reply = await execute();
          if (!isReplied || server.life() !== life) return;
          scheduler.after(latency(), () => {
            settle(() => {
              resolve(reply);
            });
          });
        } catch (error) {
          if (isReplied)
            scheduler.after(latency(), () => {
              fail(error);
            });
        }
      };
      if (!server.isUp()) {
        scheduler.after(REFUSED_AFTER_MS, () => {
          fail(new NoReply(`${server.name} refused the connection`));
        });
        return;
      }
      if (!isLost) scheduler.after(delayMs, () => void arrive(!isReplyLost));
      if (isTwice) {
        scheduler.after(delayMs + random.between(0, timeoutMs * 2), () => void arrive(false));
      }
    });

  return {
    call,
    setWeather: (next) => {
      weather = next;
    },
  };
};
