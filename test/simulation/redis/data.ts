/**
 * The data of one hash slot: strings, hashes, sorted sets and a stream, copied before they are
 * changed, so that any earlier version of the slot is kept whole and may come back after a crash.
 */

export type StreamId = readonly [number, number];
export type StreamEntry = { readonly id: StreamId; readonly fields: readonly Buffer[] };
export type Stream = { readonly entries: readonly StreamEntry[]; readonly lastId: StreamId };

export type Value =
  | { readonly type: 'string'; readonly bytes: Buffer }
  | { readonly type: 'hash'; readonly fields: ReadonlyMap<string, Buffer> }
  | { readonly type: 'zset'; readonly scores: ReadonlyMap<string, number> }
  | { readonly type: 'stream'; readonly stream: Stream };

export type SlotData = ReadonlyMap<string, Value>;

export type Reply = null | number | Buffer | readonly Reply[];

/** An error reply of Redis; its message starts with the error's code. */
export class RedisReplyError extends Error {
  override readonly name = 'ReplyError';
}

/** The keys a command or script works on; `set` replaces a key's value, null removes the key. */
export type Keyspace = {
  readonly get: (key: string) => Value | undefined;
  readonly set: (key: string, value: Value | null) => void;
};

const wrongType = (): RedisReplyError =>
  new RedisReplyError('WRONGTYPE Operation against a key holding the wrong kind of value');

/** Returns the string under a key, or null. */
export const stringAt = (keys: Keyspace, key: string): Buffer | null => {
  const value = keys.get(key);
  if (value === undefined) return null;
  if (value.type !== 'string') throw wrongType();
  return value.bytes;
};

const NO_FIELDS: ReadonlyMap<string, Buffer> = new Map();
const NO_SCORES: ReadonlyMap<string, number> = new Map();
const NO_STREAM: Stream = { entries: [], lastId: [0, 0] };

/** Returns the hash under a key, empty when there is none. */
export const hashAt = (keys: Keyspace, key: string): ReadonlyMap<string, Buffer> => {
  const value = keys.get(key);
  if (value === undefined) return NO_FIELDS;
  if (value.type !== 'hash') throw wrongType();
  return value.fields;
};

/** Returns the sorted set under a key, empty when there is none. */
export const zsetAt = (keys: Keyspace, key: string): ReadonlyMap<string, number> => {
  const value = keys.get(key);
  if (value === undefined) return NO_SCORES;
  if (value.type !== 'zset') throw wrongType();
  return value.scores;
};

/** Returns the stream under a key, empty when there is none. */
export const streamAt = (keys: Keyspace, key: string): Stream => {
  const value = keys.get(key);
  if (value === undefined) return NO_STREAM;
  if (value.type !== 'stream') throw wrongType();
  return value.stream;
};

/** Compares two stream ids. */
export const compareIds = (a: StreamId, b: StreamId): number => a[0] - b[0] || a[1] - b[1];

/** Parses an id like `12-3`; without a sequence it is 0. */
export const parseId = (text: string): StreamId => {
  const [ms = '0', sequence = '0'] = text.split('-');
  return [Number(ms), Number(sequence)];
};
