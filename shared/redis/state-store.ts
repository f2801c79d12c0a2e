/**
 * The state store on Redis: one script per commit checks the owner and the cursor and writes the
 * chunk's absolute values, cursor last (scripts/apply-6.lua). Thereby state and offset are one atomic
 * unit, and any prefix that survives a crash or a failover is a consistent one.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ChainableCommander, Redis } from 'ioredis';
import type {
  Commit,
  CommitResult,
  Cursor,
  Position,
  SegmentCounts,
  StateStore,
  StoredControl,
} from '../core/ports.js';
import { StateMoved } from '../core/state-moved.js';
import type { TerritoryStaffing } from '../core/decide/context.js';
import type { DayRate } from '../core/engine/rates.js';
import { createCommitPacker, type CommitPacker } from './commit-packer.js';
import { createCustomerCodec } from './customer-codec.js';
import { partitionKeys, type PartitionKeys } from './keys.js';
import { createPackedList } from './message-pack.js';
import { decodeOutboxEntry } from './outbox-codec.js';

export type StateStoreOptions = {
  readonly redis: Redis;
  /** Prefix of all keys, from the application's name. */
  readonly app: string;
  /** Who acquires, for people who look at the cursor. */
  readonly owner: string;
  readonly projectFolder: string;
  /** Wall clock, only as a lower bound of a new epoch. */
  readonly nowMs: () => number;
};

const LOAD_KEYS_MAX = 2_000;
const OUTBOX_PAGE = 1_000;
const SCAN_COUNT = 1_000;

type Scripts = {
  readonly acquire: (...args: (string | number)[]) => Promise<string[]>;
  readonly apply: (...args: (string | Buffer | number)[]) => Promise<string>;
  readonly clear: (...args: (string | Buffer)[]) => Promise<string>;
};

const defineScripts = (redis: Redis, folder: string): Scripts => {
  const lua = (name: string): string =>
    readFileSync(join(folder, 'shared/redis/scripts', name), 'utf8');
  redis.defineCommand('kundenpulsAcquire', { numberOfKeys: 1, lua: lua('acquire-1.lua') });
  redis.defineCommand('kundenpulsApply', { numberOfKeys: 6, lua: lua('apply-6.lua') });
  redis.defineCommand('kundenpulsClear', { numberOfKeys: 1, lua: lua('clear-1.lua') });
  const commands = redis as unknown as {
    kundenpulsAcquire: Scripts['acquire'];
    kundenpulsApply: Scripts['apply'];
    kundenpulsClear: Scripts['clear'];
  };
  return {
    acquire: (...args) => commands.kundenpulsAcquire(...args),
    apply: (...args) => commands.kundenpulsApply(...args),
    clear: (...args) => commands.kundenpulsClear(...args),
  };
};

const SEGMENT_FIELD = 'customers:';

const segmentCountsOf = (fields: ReadonlyMap<string, string>): SegmentCounts =>
  Object.fromEntries(
    [...fields]
      .filter(([field]) => field.startsWith(SEGMENT_FIELD))
      .map(([field, count]) => [field.slice(SEGMENT_FIELD.length), Number(count)]),
  );

/** Reads a cursor from the flat field list of a script or the record of HGETALL. */
const toCursor = (fields: ReadonlyMap<string, string>): Cursor => {
  const number = (name: string): number | null => {
    const value = fields.get(name);
    return value === undefined ? null : Number(value);
  };
  const rulebookVersion = fields.get('rulebookVersion');
  return {
    epoch: fields.get('epoch') ?? '',
    next: number('next'),
    batchToken: fields.get('batchToken') ?? '',
    partitionCount: number('partitionCount'),
    isTorn: fields.get('torn') === '1',
    published: number('published') ?? 0,
    segmentCounts: segmentCountsOf(fields),
    pins:
      rulebookVersion === undefined
        ? null
        : {
            streamTimeMs: number('streamTimeMs') ?? 0,
            rulebookVersion,
            modelVersion: fields.get('modelVersion') ?? '',
          },
  };
};

const pairsOf = (flat: readonly string[]): Map<string, string> => {
  const fields = new Map<string, string>();
  for (let i = 0; i + 1 < flat.length; i += 2) fields.set(flat[i] ?? '', flat[i + 1] ?? '');
  return fields;
};

/** Creates the store on an open client. */
export const createStateStore = (options: StateStoreOptions): StateStore => {
  const { redis, app, owner, projectFolder, nowMs } = options;
  const scripts = defineScripts(redis, projectFolder);
  const codec = createCustomerCodec(join(projectFolder, 'schemas/state/customer-standing.avsc'));
  const packer = createCommitPacker(codec);
  const keysOf = (partition: number): PartitionKeys => partitionKeys(app, partition);

  return {
    acquire: async (partition) =>
      toCursor(pairsOf(await scripts.acquire(keysOf(partition).cursor, owner, nowMs()))),
    readCursor: async (partition) =>
      toCursor(new Map(Object.entries(await redis.hgetall(keysOf(partition).cursor)))),
    loadControl: (partition, at) => {
      const keys = keysOf(partition);
      return loadControl(reader(redis, keys, { partition, at }), keys);
    },
    load: async (partition, customerIds, at) => {
      const keys = keysOf(partition);
      const read = reader(redis, keys, { partition, at });
      const loaded = [];
      for (let from = 0; from < customerIds.length; from += LOAD_KEYS_MAX) {
        const ids = customerIds.slice(from, from + LOAD_KEYS_MAX);
        const wanted = [...ids.map((id) => keys.customer(id)), ...ids.map((id) => keys.ledger(id))];
        const [found] = await read((transaction) => transaction.mgetBuffer(wanted));
        const values = found as readonly (Buffer | null)[];
        for (const [i, id] of ids.entries()) {
          const bytes = values[i] ?? null;
          const ledger = values[ids.length + i] ?? Buffer.alloc(0);
          loaded.push(bytes === null ? null : codec.decode(id, bytes, ledger));
        }
      }
      return loaded;
    },
    due: async (partition, { untilMs, limit }, at) => {
      const keys = keysOf(partition);
      const [ids] = await reader(redis, keys, { partition, at })((transaction) =>
        transaction.zrangebyscore(keys.due, '-inf', untilMs, 'LIMIT', 0, limit),
      );
      return ids as readonly string[];
    },
    dueCount: (partition, untilMs) => redis.zcount(keysOf(partition).due, '-inf', untilMs),
    commit: (partition, commit) => applyCommit({ scripts, packer }, keysOf(partition), commit),
    readOutbox: async (partition) => {
      const entries = [];
      let from = '-';
      for (;;) {
        const page = await redis.xrangeBuffer(
          keysOf(partition).outbox,
          from,
          '+',
          'COUNT',
          OUTBOX_PAGE,
        );
        for (const [id, fields] of page) {
          entries.push(decodeOutboxEntry(id.toString(), fields[1] ?? Buffer.alloc(0)));
        }
        const last = page.at(-1);
        if (page.length < OUTBOX_PAGE || last === undefined) return entries;
        from = `(${last[0].toString()}`;
      }
    },
    trimOutbox: async (partition, belowOffset) => {
      await redis.xtrim(keysOf(partition).outbox, 'MINID', `${String(belowOffset)}-0`);
    },
    clear: (partition, epoch) => clearPartition(redis, scripts, { keys: keysOf(partition), epoch }),
  };
};

/** Scans for the partition's keys and deletes them, page by page, as long as the epoch is ours. */
const clearPartition = async (
  redis: Redis,
  scripts: Scripts,
  { keys, epoch }: { readonly keys: PartitionKeys; readonly epoch: string },
): Promise<void> => {
  // The cursor first: a clearing that ends half-way must not leave one that looks whole.
  if ((await scripts.clear(keys.cursor, epoch, packTexts([]))) !== 'OK') return;
  const stream = redis.scanStream({ match: escape(keys.all), count: SCAN_COUNT });
  for await (const found of stream as AsyncIterable<string[]>) {
    const doomed = found.filter((key) => key !== keys.cursor);
    if (doomed.length === 0) continue;
    if ((await scripts.clear(keys.cursor, epoch, packTexts(doomed))) !== 'OK') return;
  }
};

/** Escapes the brackets of a pattern that are meant literally; its one star stays. */
const escape = (pattern: string): string => pattern.replace(/[[\]?\\]/g, '\\$&');

type Read = (
  queue: (transaction: ChainableCommander) => ChainableCommander,
) => Promise<readonly unknown[]>;

/** Reads in one step with the cursor, which must be at the position where one is given. */
const reader =
  (
    redis: Redis,
    keys: PartitionKeys,
    { partition, at }: { readonly partition: number; readonly at: Position | undefined },
  ): Read =>
  async (queue) => {
    const replies = await queue(redis.multi().hmget(keys.cursor, 'epoch', 'next')).exec();
    const [cursor, ...values] = (replies ?? []).map(([error, value]) => {
      if (error !== null) throw error;
      return value;
    });
    if (at === undefined) return values;
    const [epoch, next] = cursor as readonly (string | null)[];
    const expected = at.next === null ? null : String(at.next);
    if (epoch !== at.epoch || (next ?? null) !== expected) throw new StateMoved(partition);
    return values;
  };

const loadControl = async (read: Read, keys: PartitionKeys): Promise<StoredControl> => {
  const [names, rates, territories] = (await read((transaction) =>
    transaction.hgetall(keys.names).hgetall(keys.rates).hgetall(keys.territories),
  )) as readonly [Record<string, string>, Record<string, string>, Record<string, string>];
  const known: string[] = [];
  for (const [id, name] of Object.entries(names)) known[Number(id)] = name;
  return {
    names: known,
    rates: new Map(
      Object.entries(rates).map(([currency, days]) => [currency, JSON.parse(days) as DayRate[]]),
    ),
    territories: new Map(
      Object.entries(territories).map(([territory, staffing]) => [
        territory,
        JSON.parse(staffing) as TerritoryStaffing,
      ]),
    ),
  };
};

const applyCommit = async (
  { scripts, packer }: { readonly scripts: Scripts; readonly packer: CommitPacker },
  keys: PartitionKeys,
  commit: Commit,
): Promise<CommitResult> => {
  const packed = packer.pack(commit, keys);
  const reply = await scripts.apply(
    keys.cursor,
    keys.outbox,
    keys.due,
    keys.names,
    keys.rates,
    keys.territories,
    commit.epoch,
    commit.expectedNext === null ? '' : String(commit.expectedNext),
    packCursor(commit),
    ...packed.parts,
    ...packControl(commit),
    commit.isAllDue ? '1' : '0',
  );
  // Only behind an answer: a command without one may still be on its way with these very bytes.
  packer.release(packed);
  return reply === 'OK' ? 'committed' : reply === 'FENCED' ? 'fenced' : 'cursor';
};

const packTexts = (texts: readonly string[]): Buffer => {
  const list = createPackedList();
  for (const text of texts) list.addText(text);
  return list.finish();
};

const packCursor = (commit: Commit): Buffer =>
  packTexts([
    'next',
    String(commit.next),
    'batchToken',
    commit.batchToken,
    'partitionCount',
    String(commit.partitionCount),
    'streamTimeMs',
    String(commit.control.streamTimeMs),
    'rulebookVersion',
    commit.control.rulebook.version,
    'modelVersion',
    commit.control.model.version,
    'published',
    String(commit.published),
    'torn',
    '0',
    ...Object.entries(commit.segmentCounts).flatMap(([segment, count]) => [
      `${SEGMENT_FIELD}${segment}`,
      String(count),
    ]),
  ]);

const packControl = (commit: Commit): readonly Buffer[] => {
  const { control, touchedCurrencies, touchedTerritories } = commit;
  return [
    packTexts(control.names.unstored().flatMap(([id, name]) => [String(id), name])),
    packTexts(
      [...touchedCurrencies].flatMap((currency) => [
        currency,
        JSON.stringify(control.rates.get(currency) ?? []),
      ]),
    ),
    packTexts(
      [...touchedTerritories].flatMap((territory) => [
        territory,
        JSON.stringify(control.territories.get(territory) ?? null),
      ]),
    ),
  ];
};
