-- Deletes keys of a partition that is rebuilt from the log, as long as the caller still owns it: a
-- process that was frozen here must not delete what the next owner has written since.
-- KEYS[1] cursor (HASH)
-- ARGV[1] epoch  ARGV[2] MessagePack array of keys, which carry the same hash tag as KEYS[1]
-- Output: "OK" or "FENCED" (another owner took over, or the partition has a state again)
-- Side effects: deletes the keys; the cursor itself stays, with its epoch
local CHUNK = 4000
local state = redis.call('HMGET', KEYS[1], 'epoch', 'next')
if state[1] ~= ARGV[1] or state[2] then return 'FENCED' end
local doomed = cmsgpack.unpack(ARGV[2])
for from = 1, #doomed, CHUNK do
  redis.call('UNLINK', unpack(doomed, from, math.min(from + CHUNK - 1, #doomed)))
end
return 'OK'
