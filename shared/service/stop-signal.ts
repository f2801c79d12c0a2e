/** Ends a service that has no loop of its own: when it is told to stop, or when a part cannot go on. */

export type StopSignal = {
  /** Ends the service with an error. */
  readonly fail: (error: unknown) => void;
  /** For `until` of the service's parts. */
  readonly until: (stop: AbortSignal) => Promise<void>;
};

/** Creates a signal for one run. */
export const createStopSignal = (): StopSignal => {
  let fail: (error: unknown) => void = () => undefined;
  const failed = new Promise<never>((_resolve, reject) => {
    fail = reject;
  });
  // It may fail before anybody waits for it.
  failed.catch(() => undefined);
  return {
    fail: (error) => {
      fail(error);
    },
    until: (stop) =>
      Promise.race([
        failed,
        new Promise<void>((resolve) => {
          stop.addEventListener('abort', () => {
            resolve();
          });
        }),
      ]),
  };
};
