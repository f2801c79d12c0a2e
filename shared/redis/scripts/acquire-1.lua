-- Takes a partition over: bumps the epoch, so that the previous owner's writes are refused, and
-- returns where the new owner goes on. Precondition: the caller was assigned the partition.
-- KEYS[1] cursor (HASH)
-- ARGV[1] owner  ARGV[2] wall clock in ms, a lower bound of the new epoch, so that it rises even
--         when a failover rolled the last bump back
-- Output: the fields of the cursor after the bump, as a flat list
-- Side effects: sets epoch and owner
local cursor = KEYS[1]
local owner = ARGV[1]
local clockMs = tonumber(ARGV[2])
local epoch = tonumber(redis.call('HGET', cursor, 'epoch') or '0')
redis.call('HSET', cursor, 'epoch', string.format('%.0f', math.max(epoch + 1, clockMs)), 'owner', owner)
return redis.call('HGETALL', cursor)
