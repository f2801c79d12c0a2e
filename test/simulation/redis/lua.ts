/**
 * Runs the product's own Lua scripts, the very files Redis gets, on simulated data. Redis speaks Lua
 * 5.1; what the scripts use of it beyond later versions (`unpack`) and of Redis (`redis.call`,
 * `redis.pcall`, `redis.error_reply`, `cmsgpack.unpack`) is supplied here.
 */
import { lauxlib, lua, lualib, to_luastring, type LuaState } from 'fengari';
import { RedisReplyError, type Reply } from './data.js';

export type RedisCall = (command: string, args: readonly Buffer[]) => Reply;

export type ScriptRunner = {
  /** Runs a script; an error leaves what it wrote before, as in Redis. */
  readonly run: (
    source: string,
    input: { readonly keys: readonly Buffer[]; readonly args: readonly Buffer[] },
    call: RedisCall,
  ) => Reply;
};

const ARRAY_HEADER_BYTES = 5;

const pushBytes = (L: LuaState, bytes: Uint8Array): void => {
  lua.lua_pushstring(L, bytes);
};

const pushReply = (L: LuaState, reply: Reply): void => {
  if (reply === null) lua.lua_pushboolean(L, false);
  else if (typeof reply === 'number') lua.lua_pushinteger(L, reply);
  else if (Buffer.isBuffer(reply)) pushBytes(L, reply);
  else {
    lua.lua_newtable(L);
    for (const [i, item] of reply.entries()) {
      pushReply(L, item);
      lua.lua_rawseti(L, -2, i + 1);
    }
  }
};

const pushError = (L: LuaState, message: string): void => {
  lua.lua_newtable(L);
  pushBytes(L, to_luastring(message));
  lua.lua_setfield(L, -2, to_luastring('err'));
};

const toBytes = (L: LuaState, index: number): Buffer => {
  const bytes = lua.lua_tolstring(L, index);
  if (bytes === null)
    throw new RedisReplyError('ERR Lua redis lib command arguments must be strings or integers');
  return Buffer.from(bytes);
};

const readReply = (L: LuaState, index: number): Reply => {
  const type = lua.lua_type(L, index);
  if (type === lua.LUA_TNIL || type === lua.LUA_TNONE) return null;
  if (type === lua.LUA_TBOOLEAN) return lua.lua_toboolean(L, index) ? 1 : null;
  if (type === lua.LUA_TNUMBER) return Math.trunc(lua.lua_tonumber(L, index));
  if (type !== lua.LUA_TTABLE) return toBytes(L, index);
  const at = lua.lua_absindex(L, index);
  if (lua.lua_getfield(L, at, to_luastring('err')) !== lua.LUA_TNIL) {
    throw new RedisReplyError(toBytes(L, -1).toString());
  }
  lua.lua_pop(L, 1);
  const items: Reply[] = [];
  for (let i = 1; i <= lua.lua_rawlen(L, at); i += 1) {
    lua.lua_rawgeti(L, at, i);
    items.push(readReply(L, -1));
    lua.lua_pop(L, 1);
  }
  return items;
};

/** Unpacks a list as shared/redis/message-pack.ts packs it: an array of strings. */
const pushPacked = (L: LuaState, packed: Buffer): void => {
  const count = packed.readUInt32BE(1);
  let at = ARRAY_HEADER_BYTES;
  lua.lua_newtable(L);
  for (let i = 1; i <= count; i += 1) {
    const length = packed.readUInt32BE(at + 1);
    at += ARRAY_HEADER_BYTES;
    pushBytes(L, packed.subarray(at, at + length));
    at += length;
    lua.lua_rawseti(L, -2, i);
  }
};

const setGlobalList = (L: LuaState, name: string, list: readonly Buffer[]): void => {
  pushReply(L, list);
  lua.lua_setglobal(L, to_luastring(name));
};

/** Creates a Lua state with Redis's library; it is reused for all scripts. */
export const createScriptRunner = (): ScriptRunner => {
  const L = lauxlib.luaL_newstate();
  lualib.luaL_openlibs(L);
  const loaded = new Map<string, number>();
  let current: RedisCall = () => null;

  const callRedis = (isProtected: boolean) => (state: LuaState) => {
    const count = lua.lua_gettop(state);
    const command = toBytes(state, 1).toString('latin1').toUpperCase();
    const args: Buffer[] = [];
    for (let i = 2; i <= count; i += 1) args.push(toBytes(state, i));
    try {
      pushReply(state, current(command, args));
      return 1;
    } catch (error) {
      if (!(error instanceof RedisReplyError)) throw error;
      pushError(state, error.message);
      return isProtected ? 1 : lua.lua_error(state);
    }
  };
  const register = (
    table: string,
    functions: Record<string, (state: LuaState) => number>,
  ): void => {
    lua.lua_newtable(L);
    for (const [name, body] of Object.entries(functions)) {
      lua.lua_pushcfunction(L, body);
      lua.lua_setfield(L, -2, to_luastring(name));
    }
    lua.lua_setglobal(L, to_luastring(table));
  };
  register('redis', {
    call: callRedis(false),
    pcall: callRedis(true),
    error_reply: (state) => {
      pushError(state, toBytes(state, 1).toString());
      return 1;
    },
  });
  register('cmsgpack', {
    unpack: (state) => {
      pushPacked(state, toBytes(state, 1));
      return 1;
    },
  });
  lauxlib.luaL_dostring(L, to_luastring('unpack = table.unpack'));

  const load = (source: string): number => {
    const known = loaded.get(source);
    if (known !== undefined) return known;
    if (lauxlib.luaL_loadstring(L, to_luastring(source)) !== lua.LUA_OK) {
      throw new SyntaxError(toBytes(L, -1).toString());
    }
    const reference = lauxlib.luaL_ref(L, lua.LUA_REGISTRYINDEX);
    loaded.set(source, reference);
    return reference;
  };

  return {
    run: (source, { keys, args }, call) => {
      const reference = load(source);
      current = call;
      setGlobalList(L, 'KEYS', keys);
      setGlobalList(L, 'ARGV', args);
      lua.lua_rawgeti(L, lua.LUA_REGISTRYINDEX, reference);
      const status = lua.lua_pcall(L, 0, 1, 0);
      try {
        if (status === lua.LUA_OK) return readReply(L, -1);
        if (lua.lua_type(L, -1) === lua.LUA_TTABLE) readReply(L, -1);
        throw new RedisReplyError(`ERR ${toBytes(L, -1).toString()}`);
      } finally {
        lua.lua_settop(L, 0);
      }
    },
  };
};
