-- Deletes keys of a partition that is rebuilt from the log, as long as the caller still owns it: a
-- process that was frozen here must not delete what the next owner has written since.
-- KEYS[1] cursor (HASH)
-- ARGV[1] epoch  ARGV[2] MessagePack array of keys, which carry the same hash tag as KEYS[1]
-- Output: "OK" or "FENCED" (another owner took over, or the partition has a whole state again)
-- Side effects: deletes the keys; of the cursor stays what outlives a state
local CHUNK = 4000
local cursor = KEYS[1]
local state = redis.call('HMGET', cursor, 'epoch', 'next', 'torn')
if state[1] ~= ARGV[1] or (state[2] and state[3] ~= '1') then return 'FENCED' end
local kept = redis.call('HMGET', cursor, 'owner', 'published', 'partitionCount')
redis.call('UNLINK', cursor)
redis.call('HSET', cursor, 'epoch', state[1], 'owner', kept[1], 'published', kept[2] or '0')
if kept[3] then redis.call('HSET', cursor, 'partitionCount', kept[3]) end
local doomed = cmsgpack.unpack(ARGV[2])
for from = 1, #doomed, CHUNK do
  redis.call('UNLINK', unpack(doomed, from, math.min(from + CHUNK - 1, #doomed)))
end
return 'OK'
