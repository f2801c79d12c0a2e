/** Waits for what another process will do; the test's own time-out is the bound. */

const POLL_MS = 50;

/** Resolves when the condition holds; looks every 50 ms. */
export const waitUntil = async (holds: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
};
