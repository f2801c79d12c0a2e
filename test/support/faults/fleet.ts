/**
 * Scorers as processes that are started again when they end, as a supervisor would; ends that nobody asked
 * for are kept with their reason.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import { startService, type LogLine, type ServiceProcess } from '../service-process.js';

export type UnexpectedEnd = {
  readonly atMs: number;
  readonly code: number | null;
  readonly reason: string;
};

export type Member = {
  readonly process: () => ServiceProcess;
  /** Kills it; it is started again at once, with further variables if given. */
  readonly kill: (env?: Readonly<Record<string, string>>) => Promise<void>;
  /** Asks it to end, and starts it again. Throws when it does not end in order. */
  readonly restart: () => Promise<void>;
  /** Reasons for not being ready; null when it does not answer. */
  readonly notReady: () => Promise<readonly string[] | null>;
  readonly stop: (signal: NodeJS.Signals) => Promise<number | null>;
};

export type Fleet = {
  readonly members: readonly Member[];
  readonly unexpectedEnds: readonly UnexpectedEnd[];
  readonly add: () => Member;
  /** Ends all for good with SIGTERM and returns their exit codes. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<readonly (number | null)[]>;
};

const RESTART_DELAY_MS = 500;
const HEALTH_TIMEOUT_MS = 1_000;
const OUTPUT_TAIL = 2_000;

const reasonOf = ({ lines, output }: ServiceProcess): string => {
  const failed = lines.findLast(({ event }: LogLine) => event === 'service_failed');
  return failed === undefined ? output().slice(-OUTPUT_TAIL) : JSON.stringify(failed['error']);
};

/** Starts so many scorers with the given variables. */
export const startFleet = (
  env: Readonly<Record<string, string>>,
  { count, onLine = () => undefined }: { count: number; onLine?: (line: LogLine) => void },
): Fleet => {
  const unexpectedEnds: UnexpectedEnd[] = [];
  const startedMs = performance.now();

  const startMember = (): Member => {
    let extra: Readonly<Record<string, string>> = {};
    let isStopped = false;
    let isExpected = false;
    let current: ServiceProcess;
    const start = (): ServiceProcess => {
      isExpected = false;
      const started = startService('scorer', { env: { ...env, ...extra }, onLine });
      void started.exited.then(async (code) => {
        if (isExpected || current !== started) return;
        const atMs = Math.round(performance.now() - startedMs);
        unexpectedEnds.push({ atMs, code, reason: reasonOf(started) });
        await sleep(RESTART_DELAY_MS);
        if (!isStopped && current === started) current = start();
      });
      return started;
    };
    const end = (signal: NodeJS.Signals): Promise<number | null> => {
      isExpected = true;
      // A frozen process hears of it only when it goes on.
      current.child.kill('SIGCONT');
      return current.end(signal);
    };
    current = start();
    return {
      process: () => current,
      kill: async (more = {}) => {
        extra = more;
        await end('SIGKILL');
        if (!isStopped) current = start();
      },
      restart: async () => {
        await end('SIGTERM');
        if (!isStopped) current = start();
      },
      notReady: async () => {
        try {
          const { body, statusCode } = await request(`${await current.url()}/health/ready`, {
            headersTimeout: HEALTH_TIMEOUT_MS,
            bodyTimeout: HEALTH_TIMEOUT_MS,
          });
          const answer = (await body.json()) as { readonly reasons?: readonly string[] };
          return statusCode === 200 ? [] : (answer.reasons ?? ['it does not say why']);
        } catch {
          return null;
        }
      },
      stop: (signal) => {
        isStopped = true;
        return end(signal);
      },
    };
  };
  const members = Array.from({ length: count }, startMember);
  return {
    members,
    unexpectedEnds,
    add: startMember,
    stop: (signal = 'SIGTERM') => Promise.all(members.map((member) => member.stop(signal))),
  };
};
