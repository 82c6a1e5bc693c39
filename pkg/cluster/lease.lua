-- Takes, renews or returns the lease of a partition.
--
-- KEYS: lease, fence. ARGV: 'take' or 'return', the process, the expiry of the
-- lease and of the fence in milliseconds. Returns the number of the process's
-- term, or 0 if it does not hold the lease.
local holder = redis.call('GET', KEYS[1])
if ARGV[1] == 'return' then
    if holder == ARGV[2] then
        redis.call('DEL', KEYS[1])
    end
    return 0
end
if holder and holder ~= ARGV[2] then
    return 0
end
local number = tonumber(redis.call('GET', KEYS[2]) or '0')
if not holder then
    -- Milliseconds of the clock, so that numbers keep rising after Redis lost the
    -- last one.
    local now = redis.call('TIME')
    number = math.max(number + 1, tonumber(now[1]) * 1000 + math.floor(tonumber(now[2]) / 1000))
end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
redis.call('SET', KEYS[2], string.format('%.0f', number), 'PX', ARGV[4])
return number
