/**
 * A Redis of one shard per hash tag: commands and scripts are atomic, and every version of a slot
 * since the start is kept, because a crash or a failover may bring any earlier one back.
 */
import { COMMANDS, WRITES } from './commands.js';
import { RedisReplyError, type Keyspace, type Reply, type SlotData, type Value } from './data.js';
import { createScriptRunner, type RedisCall } from './lua.js';

export type RedisServer = {
  readonly name: string;
  readonly life: () => number;
  readonly isUp: () => boolean;
  readonly command: (name: string, args: readonly Buffer[]) => Reply;
  readonly script: (
    source: string,
    input: { readonly keys: readonly Buffer[]; readonly args: readonly Buffer[] },
  ) => Reply;
  readonly keys: (prefix: string) => readonly string[];
  /** Data of the slot of a tag, for checks. */
  readonly slot: (tag: string) => SlotData;
  readonly setUp: (isUp: boolean) => void;
  /** Every connection breaks. */
  readonly restart: () => void;
  /** Brings back the version of a slot `steps` writes ago; 0 or more than there are: the first. */
  readonly rollBack: (tag: string, steps: number) => void;
  readonly versions: (tag: string) => number;
  readonly flush: () => void;
};

export type RedisServerOptions = {
  /** Called before each write of a script; an error makes it fail half-way. */
  readonly onScriptWrite: (index: number) => void;
  /** Mutations of the checker rewrite a script here; otherwise it is the identity. */
  readonly rewrite: (source: string) => string;
  readonly onChanged: (tag: string) => void;
  /** Called after each script, also one that failed. */
  readonly onScript: (run: ScriptRun) => void;
};

export type ScriptRun = {
  readonly tag: string;
  readonly before: SlotData;
  readonly after: SlotData;
  readonly args: readonly Buffer[];
};

// One Lua state serves all simulations of this process; it holds no data between scripts.
const scripts = createScriptRunner();

const tagOf = (key: string): string => {
  const open = key.indexOf('{');
  return key.slice(open + 1, key.indexOf('}', open));
};

/** Creates an empty, running server. */
export const createRedisServer = (options: RedisServerOptions): RedisServer => {
  const slots = new Map<string, SlotData[]>();
  let life = 1;
  let isUp = true;
  const versionsOf = (tag: string): SlotData[] => {
    let versions = slots.get(tag);
    if (versions === undefined) {
      versions = [new Map<string, Value>()];
      slots.set(tag, versions);
    }
    return versions;
  };
  const slot = (tag: string): SlotData => versionsOf(tag).at(-1) ?? new Map<string, Value>();

  /** Runs something on a copy of the slot and keeps the copy as its next version, if it wrote. */
  const within = <T>(tag: string, body: (keys: Keyspace) => T): T => {
    const data = new Map(slot(tag));
    const written = { any: false };
    const keys: Keyspace = {
      get: (key) => data.get(key),
      set: (key, value) => {
        if (tagOf(key) !== tag) throw new RedisReplyError('CROSSSLOT Keys do not hash to one slot');
        written.any = true;
        if (value === null) data.delete(key);
        else data.set(key, value);
      },
    };
    try {
      return body(keys);
    } finally {
      if (written.any) {
        versionsOf(tag).push(data);
        options.onChanged(tag);
      }
    }
  };
  const execute = (keys: Keyspace, name: string, args: readonly Buffer[]): Reply => {
    const command = COMMANDS[name];
    if (command === undefined) throw new RedisReplyError(`ERR unknown command '${name}'`);
    return command(keys, args);
  };

  return {
    name: 'Redis',
    life: () => life,
    isUp: () => isUp,
    command: (name, args) =>
      within(tagOf((args[0] ?? Buffer.alloc(0)).toString('latin1')), (keys) =>
        execute(keys, name, args),
      ),
    script: (source, input) => {
      const tag = tagOf((input.keys[0] ?? Buffer.alloc(0)).toString('latin1'));
      const before = slot(tag);
      try {
        return within(tag, (keys) => {
          let writes = 0;
          const call: RedisCall = (name, args) => {
            if (WRITES.has(name)) {
              options.onScriptWrite(writes);
              writes += 1;
            }
            return execute(keys, name, args);
          };
          return scripts.run(options.rewrite(source), input, call);
        });
      } finally {
        options.onScript({ tag, before, after: slot(tag), args: input.args });
      }
    },
    keys: (prefix) => [...slot(tagOf(prefix)).keys()].filter((key) => key.startsWith(prefix)),
    slot,
    setUp: (next) => {
      isUp = next;
      if (!next) life += 1;
    },
    restart: () => {
      life += 1;
    },
    rollBack: (tag, steps) => {
      const versions = versionsOf(tag);
      versions.length = Math.max(1, versions.length - steps);
      options.onChanged(tag);
    },
    versions: (tag) => versionsOf(tag).length,
    flush: () => {
      slots.clear();
    },
  };
};
