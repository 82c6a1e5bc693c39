-- Adds what a process took from allowances, and returns for each of them for how
-- long it is not full now, in microseconds: GCRA, one time per allowance, by the
-- clock of Redis.
--
-- KEYS: the key of each allowance. ARGV: for each of them the microseconds in which
-- one is refilled, the most microseconds that it can owe, and how many were
-- taken. That is negative if more were given back.
local now = redis.call('TIME')
now = tonumber(now[1]) * 1000000 + tonumber(now[2])
local owed = {}
for i, key in ipairs(KEYS) do
    local every, most, taken = tonumber(ARGV[3 * i - 2]), tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i])
    local full = math.max(tonumber(redis.call('GET', key) or '0'), now)
    owed[i] = math.max(0, math.min(full - now + taken * every, most))
    if owed[i] == 0 then
        redis.call('DEL', key)
    elseif taken ~= 0 then
        redis.call('SET', key, string.format('%.0f', now + owed[i]), 'PX', math.ceil(owed[i] / 1000))
    end
end
return owed
