-- Marks the epoch of a partition as restored. KEYS: epoch. ARGV: the epoch.
if redis.call('HGET', KEYS[1], 'n') ~= ARGV[1] then return redis.error_reply('EPOCH is over') end
return redis.call('HSET', KEYS[1], 'r', '1')
