/**
 * A proxy in a thread of its own. The soak's main thread folds everything the scorers do; proxies in it
 * made each of their round trips wait for that, a hundred milliseconds at full load.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Direction, Link } from '../support/faults/proxy.js';

export type Command =
  | { readonly name: 'lead'; readonly port: number }
  | { readonly name: 'delay'; readonly ms: number }
  | { readonly name: 'stall'; readonly directions: readonly Direction[] }
  | { readonly name: PlainName };

type PlainName = 'swallowReplies' | 'refuse' | 'reset' | 'halfClose' | 'heal';

/** Starts a thread with a proxy on a free port. */
export const startThreadedProxy = async (): Promise<Link> => {
  const thread = new Worker(new URL('proxy-thread.js', import.meta.url));
  const [port] = (await once(thread, 'message')) as [number];
  const tell = (command: Command): void => {
    thread.postMessage(command);
  };
  const telling = (name: PlainName) => (): void => {
    tell({ name });
  };
  return {
    port,
    lead: (to) => {
      tell({ name: 'lead', port: to });
    },
    delay: (ms) => {
      tell({ name: 'delay', ms });
    },
    stall: (...directions) => {
      tell({ name: 'stall', directions });
    },
    swallowReplies: telling('swallowReplies'),
    refuse: telling('refuse'),
    reset: telling('reset'),
    halfClose: telling('halfClose'),
    heal: telling('heal'),
    close: async () => {
      await thread.terminate();
    },
  };
};
