-- Commits one chunk of a partition: outputs, states, due queue, and the cursor last. Lua decides who
-- may write; what is written was computed by the caller, as absolute values, so that a script that
-- was cut short is healed by applying the same values again. Until then the cursor says that the
-- partition is torn: nobody may compute from what it holds. Redis refuses a script for want of memory
-- at its first write only, which therefore is this mark.
-- KEYS[1] cursor (HASH)  KEYS[2] outbox (STREAM)  KEYS[3] due (ZSET)  KEYS[4] names (HASH)
-- KEYS[5] rates (HASH)   KEYS[6] territories (HASH)
-- ARGV[1] epoch  ARGV[2] expected next offset  ARGV[3] flat field list for the cursor
-- ARGV[4] outbox: id, entry, ...            ARGV[5] customers: key, value, ...
-- ARGV[6] patches: key, byte offset, bytes, ...   ARGV[7] keys to delete
-- ARGV[8] due: time in ms, customer, ...    ARGV[9] customers no longer due
-- ARGV[10] names: id, name, ...  ARGV[11] rates: field, value, ...  ARGV[12] territories
-- ARGV[13] "1" when every customer becomes due at once
-- (ARGV[3..12] are MessagePack arrays of strings; customer keys carry the same hash tag as KEYS.)
-- Output: "OK", "FENCED" (another owner took over) or "CURSOR" (applied already, or rolled back)
local CHUNK = 4000
local cursor, outbox, due, names, rates, territories = unpack(KEYS)
local state = redis.call('HMGET', cursor, 'epoch', 'next')
if state[1] ~= ARGV[1] then return 'FENCED' end
if (state[2] or '') ~= ARGV[2] then return 'CURSOR' end

local function inChunks(packed, call)
  local list = cmsgpack.unpack(packed)
  for from = 1, #list, CHUNK do
    call(unpack(list, from, math.min(from + CHUNK - 1, #list)))
  end
end
redis.call('HSET', cursor, 'torn', '1')
local entries = cmsgpack.unpack(ARGV[4])
for i = 1, #entries, 2 do
  local reply = redis.pcall('XADD', outbox, entries[i], 'o', entries[i + 1])
  -- An id at or below the last one was appended by a run of this chunk that was cut short.
  if type(reply) == 'table' and reply.err and not string.find(reply.err, 'equal or smaller', 1, true) then
    return redis.error_reply(reply.err)
  end
end
inChunks(ARGV[5], function(...) redis.call('MSET', ...) end)
local patches = cmsgpack.unpack(ARGV[6])
for i = 1, #patches, 3 do redis.call('SETRANGE', patches[i], patches[i + 1], patches[i + 2]) end
inChunks(ARGV[7], function(...) redis.call('UNLINK', ...) end)
if ARGV[13] == '1' then redis.call('ZUNIONSTORE', due, 1, due, 'WEIGHTS', 0) end
inChunks(ARGV[8], function(...) redis.call('ZADD', due, ...) end)
inChunks(ARGV[9], function(...) redis.call('ZREM', due, ...) end)
inChunks(ARGV[10], function(...) redis.call('HSET', names, ...) end)
inChunks(ARGV[11], function(...) redis.call('HSET', rates, ...) end)
inChunks(ARGV[12], function(...) redis.call('HSET', territories, ...) end)
redis.call('HSET', cursor, unpack(cmsgpack.unpack(ARGV[3])))
return 'OK'
