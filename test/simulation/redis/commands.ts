/** The Redis commands the product uses, on one slot's data; argument forms it does not use are refused. */
import {
  compareIds,
  hashAt,
  parseId,
  RedisReplyError,
  streamAt,
  stringAt,
  zsetAt,
  type Keyspace,
  type Reply,
} from './data.js';

type Command = (keys: Keyspace, args: readonly Buffer[]) => Reply;

const text = (args: readonly Buffer[], i: number): string => {
  const arg = args[i];
  if (arg === undefined) throw new RedisReplyError('ERR wrong number of arguments');
  return arg.toString('latin1');
};
const bytes = (args: readonly Buffer[], i: number): Buffer => {
  const arg = args[i];
  if (arg === undefined) throw new RedisReplyError('ERR wrong number of arguments');
  return arg;
};

const hset: Command = (keys, args) => {
  const key = text(args, 0);
  if (args.length < 3 || args.length % 2 === 0) {
    throw new RedisReplyError("ERR wrong number of arguments for 'hset' command");
  }
  const fields = new Map(hashAt(keys, key));
  for (let i = 1; i < args.length; i += 2) fields.set(text(args, i), bytes(args, i + 1));
  keys.set(key, { type: 'hash', fields });
  return (args.length - 1) / 2;
};

const hdel: Command = (keys, args) => {
  const key = text(args, 0);
  const fields = new Map(hashAt(keys, key));
  for (let i = 1; i < args.length; i += 1) fields.delete(text(args, i));
  keys.set(key, fields.size === 0 ? null : { type: 'hash', fields });
  return 1;
};

const hgetall: Command = (keys, args) =>
  [...hashAt(keys, text(args, 0))].flatMap(([field, value]) => [
    Buffer.from(field, 'latin1'),
    value,
  ]);

const mset: Command = (keys, args) => {
  for (let i = 0; i < args.length; i += 2) {
    keys.set(text(args, i), { type: 'string', bytes: bytes(args, i + 1) });
  }
  return Buffer.from('OK');
};

const setrange: Command = (keys, args) => {
  const key = text(args, 0);
  const from = Number(text(args, 1));
  const patch = bytes(args, 2);
  const old = stringAt(keys, key) ?? Buffer.alloc(0);
  if (patch.length === 0) return old.length;
  const grown = Buffer.alloc(Math.max(old.length, from + patch.length));
  old.copy(grown);
  patch.copy(grown, from);
  keys.set(key, { type: 'string', bytes: grown });
  return grown.length;
};

const append: Command = (keys, args) => {
  const grown = Buffer.concat([stringAt(keys, text(args, 0)) ?? Buffer.alloc(0), bytes(args, 1)]);
  keys.set(text(args, 0), { type: 'string', bytes: grown });
  return grown.length;
};

const unlink: Command = (keys, args) => {
  let count = 0;
  for (const key of args.map((arg) => arg.toString('latin1'))) {
    if (keys.get(key) === undefined) continue;
    keys.set(key, null);
    count += 1;
  }
  return count;
};

const zadd: Command = (keys, args) => {
  const scores = new Map(zsetAt(keys, text(args, 0)));
  for (let i = 1; i < args.length; i += 2) scores.set(text(args, i + 1), Number(text(args, i)));
  keys.set(text(args, 0), { type: 'zset', scores });
  return (args.length - 1) / 2;
};

const zrem: Command = (keys, args) => {
  const scores = new Map(zsetAt(keys, text(args, 0)));
  for (let i = 1; i < args.length; i += 1) scores.delete(text(args, i));
  keys.set(text(args, 0), scores.size === 0 ? null : { type: 'zset', scores });
  return args.length - 1;
};

/** Only the form the product uses: one source onto itself, with a weight. */
const zunionstore: Command = (keys, args) => {
  const weight = Number(text(args, 4));
  const scores = new Map<string, number>();
  for (const [member, score] of zsetAt(keys, text(args, 2))) scores.set(member, score * weight);
  keys.set(text(args, 0), scores.size === 0 ? null : { type: 'zset', scores });
  return scores.size;
};

const until = (keys: Keyspace, args: readonly Buffer[]): [string, number][] => {
  if (text(args, 1) !== '-inf') throw new RedisReplyError('ERR only -inf is simulated');
  const max = Number(text(args, 2));
  return [...zsetAt(keys, text(args, 0))]
    .filter(([, score]) => score <= max)
    .sort(([a, aScore], [b, bScore]) => aScore - bScore || (a < b ? -1 : 1));
};

const zrangebyscore: Command = (keys, args) => {
  const limit = args.length > 3 ? Number(text(args, 5)) : Infinity;
  return until(keys, args)
    .slice(0, limit)
    .map(([member]) => Buffer.from(member, 'latin1'));
};

const xadd: Command = (keys, args) => {
  const key = text(args, 0);
  const stream = streamAt(keys, key);
  const id = parseId(text(args, 1));
  if (compareIds(id, stream.lastId) <= 0) {
    throw new RedisReplyError(
      'ERR The ID specified in XADD is equal or smaller than the target stream top item',
    );
  }
  const entries = [...stream.entries, { id, fields: args.slice(2) }];
  keys.set(key, { type: 'stream', stream: { entries, lastId: id } });
  return Buffer.from(text(args, 1));
};

const xtrim: Command = (keys, args) => {
  const key = text(args, 0);
  if (keys.get(key) === undefined) return 0;
  const { entries, lastId } = streamAt(keys, key);
  const least = parseId(text(args, 2));
  const kept = entries.filter(({ id }) => compareIds(id, least) >= 0);
  if (kept.length < entries.length) {
    keys.set(key, { type: 'stream', stream: { entries: kept, lastId } });
  }
  return entries.length - kept.length;
};

const xrange: Command = (keys, args) => {
  const from = text(args, 1);
  const isAfter = from.startsWith('(');
  const least = parseId(from === '-' ? '0-0' : from.replace('(', ''));
  const limit = args.length > 4 ? Number(text(args, 4)) : Infinity;
  return streamAt(keys, text(args, 0))
    .entries.filter(({ id }) => compareIds(id, least) >= (isAfter ? 1 : 0))
    .slice(0, limit)
    .map(({ id, fields }) => [Buffer.from(`${String(id[0])}-${String(id[1])}`), fields]);
};

export const COMMANDS: Readonly<Record<string, Command>> = {
  HSET: hset,
  HDEL: hdel,
  HGETALL: hgetall,
  HGET: (keys, args) => hashAt(keys, text(args, 0)).get(text(args, 1)) ?? null,
  HMGET: (keys, args) =>
    args.slice(1).map((field) => hashAt(keys, text(args, 0)).get(field.toString('latin1')) ?? null),
  HEXISTS: (keys, args) => (hashAt(keys, text(args, 0)).has(text(args, 1)) ? 1 : 0),
  GET: (keys, args) => stringAt(keys, text(args, 0)),
  MGET: (keys, args) => args.map((key) => stringAt(keys, key.toString('latin1'))),
  SET: (keys, args) => mset(keys, args.slice(0, 2)),
  MSET: mset,
  SETRANGE: setrange,
  APPEND: append,
  UNLINK: unlink,
  DEL: unlink,
  ZADD: zadd,
  ZREM: zrem,
  ZUNIONSTORE: zunionstore,
  ZRANGEBYSCORE: zrangebyscore,
  ZCOUNT: (keys, args) => until(keys, args).length,
  ZCARD: (keys, args) => zsetAt(keys, text(args, 0)).size,
  XADD: xadd,
  XTRIM: xtrim,
  XRANGE: xrange,
  XLEN: (keys, args) => streamAt(keys, text(args, 0)).entries.length,
};

/** Commands that change data. */
export const WRITES: ReadonlySet<string> = new Set([
  'HSET',
  'HDEL',
  'SET',
  'MSET',
  'SETRANGE',
  'APPEND',
  'UNLINK',
  'DEL',
  'ZADD',
  'ZREM',
  'ZUNIONSTORE',
  'XADD',
  'XTRIM',
]);
