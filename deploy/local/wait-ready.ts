/** Waits until a component answers, or says in words why it never will: it ended, or time ran out. */
import { setTimeout as sleep } from 'node:timers/promises';
import { LocalError } from './local-error.js';
import { tailOf, type OwnedProcess } from './processes.js';

const POLL_MS = 100;

/**
 * Polls `isReady` (which may throw while the component is not up) until it is true. Throws a
 * LocalError with the tail of the log when the process ends or the time is over.
 */
export const waitReady = async (
  component: OwnedProcess,
  { isReady, timeoutMs }: { readonly isReady: () => Promise<boolean>; readonly timeoutMs: number },
): Promise<void> => {
  const deadlineMs = Date.now() + timeoutMs;
  while (Date.now() < deadlineMs) {
    if (!component.isRunning()) {
      const { code, signal } = await component.exited;
      const how = signal === null ? `with code ${String(code)}` : `by ${signal}`;
      throw new LocalError(
        `${component.name} ended ${how} as it started; ${tailOf(component.logFile)}`,
      );
    }
    if (await isReady().catch(() => false)) return;
    await sleep(POLL_MS);
  }
  const seconds = String(Math.round(timeoutMs / 1_000));
  throw new LocalError(
    `${component.name} did not answer within ${seconds} s; ${tailOf(component.logFile)}`,
  );
};
