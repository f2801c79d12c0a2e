/**
 * Lets kafkajs remember coordinators for a second. It asks a broker for the coordinator before every step
 * of a transaction: seven of the seventeen requests of one, each a round trip that the next step waits
 * for (docs/performance.md). A coordinator that moved is asked for again within the second; until
 * then its old address refuses, which is waited for longer than that (while-not-yet.ts) or taken by the
 * transactor's owner for a failed transaction, as it would have been without this.
 */
import { createRequire } from 'node:module';

type Wanted = { readonly groupId: string; readonly coordinatorType: number };
type Lookup = (wanted: Wanted) => Promise<unknown>;
type ClusterPrototype = { findGroupCoordinatorMetadata: Lookup };

const REMEMBERED_MS = 1_000;

type Remembered = { readonly found: Promise<unknown>; readonly atMs: number };

/** Wraps a look-up so that an answer holds for a second; each client (`this`) has its own. */
export const remembering = (lookup: Lookup, nowMs: () => number): Lookup => {
  const clients = new WeakMap<object, Map<string, Remembered>>();
  return function remember(this: object, wanted: Wanted): Promise<unknown> {
    let known = clients.get(this);
    if (known === undefined) {
      known = new Map();
      clients.set(this, known);
    }
    const id = `${String(wanted.coordinatorType)}:${wanted.groupId}`;
    const last = known.get(id);
    if (last !== undefined && nowMs() - last.atMs < REMEMBERED_MS) return last.found;
    const found = lookup.call(this, wanted);
    known.set(id, { found, atMs: nowMs() });
    found.catch(() => known.delete(id));
    return found;
  };
};

let isInstalled = false;

/** Wraps kafkajs's look-up; may be called again. */
export const rememberCoordinators = (): void => {
  if (isInstalled) return;
  isInstalled = true;
  const require = createRequire(import.meta.url);
  const { prototype } = require('kafkajs/src/cluster') as { readonly prototype: ClusterPrototype };
  prototype.findGroupCoordinatorMetadata = remembering(prototype.findGroupCoordinatorMetadata, () =>
    performance.now(),
  );
};
