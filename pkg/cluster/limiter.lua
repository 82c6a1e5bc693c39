-- Adds the submissions that a process allowed to senders, and returns for each
-- sender how much it owes now, in microseconds: GCRA, one time per sender, by the
-- clock of Redis.
--
-- KEYS: the key of each sender. ARGV: the microseconds in which one submission is
-- refilled, the most microseconds that a sender can owe, then the submissions
-- that were allowed to each sender.
local now = redis.call('TIME')
now = tonumber(now[1]) * 1000000 + tonumber(now[2])
local every, most = tonumber(ARGV[1]), tonumber(ARGV[2])
local owed = {}
for i, key in ipairs(KEYS) do
    local whole = math.max(tonumber(redis.call('GET', key) or '0'), now)
    local more = tonumber(ARGV[i + 2]) * every
    owed[i] = math.min(whole - now + more, most)
    if more > 0 then
        redis.call('SET', key, string.format('%.0f', now + owed[i]), 'PX', math.ceil(owed[i] / 1000))
    end
end
return owed
