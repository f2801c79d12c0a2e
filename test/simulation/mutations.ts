/**
 * The protocol with one of its pillars taken away. Each must be caught by the simulation, or the
 * simulation proves nothing. Scripts are changed in their text and ports by wrappers, so that the
 * product has no switch for it.
 */
import type { OpenPublisher, StateStore } from '../../shared/core/ports.js';
import { SIM_ARTEFACTS } from './world/artefacts.js';
import type { Mutation } from './world/worker-process.js';
import type { World } from './world/world.js';

/** Replaces a part of a script; a script without it is another one and stays as it is. */
const replaceIn =
  (marker: string, edits: readonly (readonly [string, string])[]) =>
  (source: string): string => {
    if (!source.includes(marker)) return source;
    return edits.reduce((text, [part, instead]) => {
      if (!text.includes(part)) throw new Error(`the script has no "${part}" to mutate any more`);
      return text.replace(part, instead);
    }, source);
  };

const APPLY = 'Commits one chunk of a partition';
const WRITE_CURSOR = "redis.call('HSET', cursor, unpack(cmsgpack.unpack(ARGV[3])))";
const TORN_MARK = "redis.call('HSET', cursor, 'torn', '1')";

const forgetMark = (open: OpenPublisher): OpenPublisher => {
  return async (partition) => ({
    ...(await open(partition)),
    published: () => Promise.resolve(null),
  });
};

/** Uses the newest versions that are published, not those the log has put in force. */
const unpin = (store: StateStore, world: World): StateStore => ({
  ...store,
  acquire: async (partition) => {
    const cursor = await store.acquire(partition);
    if (cursor.pins === null) return cursor;
    const newest = (kind: 'rulebook' | 'model', pinned: string): string =>
      SIM_ARTEFACTS.findLast((one) => one.kind === kind && world.isPublished(one))?.version ??
      pinned;
    return {
      ...cursor,
      pins: {
        ...cursor.pins,
        rulebookVersion: newest('rulebook', cursor.pins.rulebookVersion),
        modelVersion: newest('model', cursor.pins.modelVersion),
      },
    };
  },
});

export const MUTATIONS: readonly Mutation[] = [
  {
    name: 'compare-and-set off',
    rewriteScript: replaceIn(APPLY, [
      ["if (state[2] or '') ~= ARGV[2] then return 'CURSOR' end", ''],
    ]),
  },
  { name: 'high-water mark ignored', openPublisher: forgetMark },
  {
    name: 'producer fence off',
    transactionalId: (id, process) => `${id}-${process.name}`,
  },
  { name: 'version pin off', store: unpin },
  {
    name: 'relative writes',
    rewriteScript: replaceIn(APPLY, [
      [
        "redis.call('SETRANGE', patches[i], patches[i + 1], patches[i + 2])",
        "redis.call('APPEND', patches[i], patches[i + 2])",
      ],
    ]),
  },
  {
    name: 'cursor written first',
    rewriteScript: replaceIn(APPLY, [
      [WRITE_CURSOR, ''],
      [TORN_MARK, WRITE_CURSOR],
    ]),
  },
  {
    name: 'torn states used',
    rewriteScript: replaceIn(APPLY, [[TORN_MARK, '']]),
  },
  {
    name: 'outbox trimmed too far',
    store: (store) => ({
      ...store,
      trimOutbox: (partition, belowOffset) => store.trimOutbox(partition, belowOffset + 2),
    }),
  },
  {
    name: 'state kept in a cache over a change of owner',
    store: (store) => {
      const seen = new Map<string, Awaited<ReturnType<StateStore['load']>>[number]>();
      return {
        ...store,
        load: async (partition, ids, at) => {
          const loaded = await store.load(partition, ids, at);
          return ids.map((id, i) => {
            const known = seen.get(id) ?? loaded[i] ?? null;
            seen.set(id, known);
            return known;
          });
        },
      };
    },
  },
];
