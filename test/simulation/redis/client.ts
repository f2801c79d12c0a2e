/**
 * The part of ioredis that the product's state store calls, on the simulated network. It keeps the
 * client's contract: a command either answers, is refused, or ends without anybody knowing.
 */
import type { Redis } from 'ioredis';
import { NoReply, type Network } from '../engine/network.js';
import type { SimProcess } from '../engine/process.js';
import type { Reply } from './data.js';
import type { RedisServer } from './server.js';

type Argument = string | number | Buffer;

export type RedisClientOptions = {
  readonly network: Network;
  readonly server: RedisServer;
  readonly process: SimProcess;
};

/** As configured for the real client (shared/redis/client.ts). */
const COMMAND_TIMEOUT_MS = 10_000;

const toBuffer = (argument: Argument): Buffer =>
  Buffer.isBuffer(argument) ? argument : Buffer.from(String(argument));
const toText = (reply: Reply): unknown =>
  Buffer.isBuffer(reply) ? reply.toString() : Array.isArray(reply) ? reply.map(toText) : reply;

const toRecord = (reply: Reply): Record<string, string> => {
  const flat = toText(reply) as readonly string[];
  const record: Record<string, string> = {};
  for (let i = 0; i + 1 < flat.length; i += 2) record[flat[i] ?? ''] = flat[i + 1] ?? '';
  return record;
};

/** Creates a client; whose it is and what it talks to is asked anew at each command. */
export const createRedisClient = (current: () => RedisClientOptions): Redis => {
  const send = async (execute: (server: RedisServer) => Reply): Promise<Reply> => {
    const { network, server, process } = current();
    try {
      return await network.call({
        server,
        process,
        timeoutMs: COMMAND_TIMEOUT_MS,
        execute: () => execute(server),
      });
    } catch (error) {
      // The client's own words for an outcome nobody knows.
      if (error instanceof NoReply) throw new Error('Command timed out', { cause: error });
      throw error;
    }
  };
  const command = (name: string, args: readonly Argument[]): Promise<Reply> => {
    // Arguments are serialised when the command is sent, as a real client does.
    const packed = args.map((arg) => Buffer.from(toBuffer(arg)));
    return send((server) => server.command(name, packed));
  };
  /** Queues commands that one step answers, as MULTI and EXEC do. */
  const multi = () => {
    const queued: {
      readonly name: string;
      readonly packed: readonly Buffer[];
      readonly convert: (reply: Reply) => unknown;
    }[] = [];
    const queue =
      (name: string, convert: (reply: Reply) => unknown) =>
      (...args: Argument[]) => {
        queued.push({ name, packed: args.map((arg) => Buffer.from(toBuffer(arg))), convert });
        return transaction;
      };
    const transaction = {
      hmget: queue('HMGET', toText),
      hgetall: queue('HGETALL', toRecord),
      mgetBuffer: (keys: readonly string[]) => queue('MGET', (reply) => reply)(...keys),
      zrangebyscore: queue('ZRANGEBYSCORE', toText),
      exec: async () => {
        const replies = (await send((server) =>
          queued.map(({ name, packed }) => server.command(name, packed)),
        )) as readonly Reply[];
        return replies.map((reply, i) => [null, queued[i]?.convert(reply)]);
      },
    };
    return transaction;
  };
  const client: Record<string, unknown> = {
    multi,
    hgetall: async (key: string) => toRecord(await command('HGETALL', [key])),
    zcount: (...args: Argument[]) => command('ZCOUNT', args),
    xrangeBuffer: (...args: Argument[]) => command('XRANGE', args),
    xtrim: (...args: Argument[]) => command('XTRIM', args),
    unlink: (...args: Argument[]) => command('UNLINK', args),
    hset: (...args: Argument[]) => command('HSET', args),
    scanStream: async function* scan({ match }: { readonly match: string }) {
      const prefix = match.replace(/\*$/, '').replace(/\\/g, '');
      const found = await send((server) => server.keys(prefix).map((key) => Buffer.from(key)));
      yield toText(found);
    },
    defineCommand: (
      name: string,
      { numberOfKeys, lua }: { readonly numberOfKeys: number; readonly lua: string },
    ) => {
      client[name] = async (...args: Argument[]): Promise<unknown> => {
        const packed = args.map((arg) => Buffer.from(toBuffer(arg)));
        const input = { keys: packed.slice(0, numberOfKeys), args: packed.slice(numberOfKeys) };
        return toText(await send((server) => server.script(lua, input)));
      };
    },
  };
  return client as unknown as Redis;
};
