/** The part of fengari's API that the simulation uses; the package brings no types. */
declare module 'fengari' {
  export type LuaState = { readonly __brand: 'LuaState' };
  export const to_luastring: (text: string) => Uint8Array;
  export const lua: {
    readonly LUA_OK: number;
    readonly LUA_REGISTRYINDEX: number;
    readonly LUA_TNIL: number;
    readonly LUA_TNONE: number;
    readonly LUA_TBOOLEAN: number;
    readonly LUA_TNUMBER: number;
    readonly LUA_TTABLE: number;
    readonly lua_pushstring: (L: LuaState, bytes: Uint8Array) => void;
    readonly lua_pushboolean: (L: LuaState, value: boolean) => void;
    readonly lua_pushinteger: (L: LuaState, value: number) => void;
    readonly lua_pushcfunction: (L: LuaState, body: (L: LuaState) => number) => void;
    readonly lua_newtable: (L: LuaState) => void;
    readonly lua_rawseti: (L: LuaState, index: number, n: number) => void;
    readonly lua_rawgeti: (L: LuaState, index: number, n: number) => number;
    readonly lua_rawlen: (L: LuaState, index: number) => number;
    readonly lua_setfield: (L: LuaState, index: number, name: Uint8Array) => void;
    readonly lua_getfield: (L: LuaState, index: number, name: Uint8Array) => number;
    readonly lua_setglobal: (L: LuaState, name: Uint8Array) => void;
    readonly lua_tolstring: (L: LuaState, index: number) => Uint8Array | null;
    readonly lua_tonumber: (L: LuaState, index: number) => number;
    readonly lua_toboolean: (L: LuaState, index: number) => boolean;
    readonly lua_type: (L: LuaState, index: number) => number;
    readonly lua_absindex: (L: LuaState, index: number) => number;
    readonly lua_gettop: (L: LuaState) => number;
    readonly lua_settop: (L: LuaState, index: number) => void;
    readonly lua_pop: (L: LuaState, count: number) => void;
    readonly lua_pcall: (L: LuaState, args: number, results: number, handler: number) => number;
    readonly lua_error: (L: LuaState) => number;
  };
  export const lauxlib: {
    readonly luaL_newstate: () => LuaState;
    readonly luaL_loadstring: (L: LuaState, source: Uint8Array) => number;
    readonly luaL_dostring: (L: LuaState, source: Uint8Array) => number;
    readonly luaL_ref: (L: LuaState, index: number) => number;
  };
  export const lualib: { readonly luaL_openlibs: (L: LuaState) => void };
}
