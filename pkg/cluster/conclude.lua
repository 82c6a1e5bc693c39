#!lua
-- Saves what the leader concludes, unless a later term has begun.
--
-- KEYS: term, states, incidents, events, concluded, seen. ARGV: the number of the
-- leader's term, the expiry of the keys in milliseconds, the number of events to
-- keep, what to save, and then
--   states       cells and their states in turn; an empty state is deleted
--   part         a field with a part of the results of the leader's tick, and the part
--   tick         the time of the tick whose parts are saved, and their names: it is the
--                last tick from now on
--   incident     its service, ID and version, the encoded incident, the entry for
--                the archive, 1 if it is over or 0, and the events
-- Returns the numbers of the saved events; none if the version is not new.
local call = redis.call
local term = tonumber(call('GET', KEYS[1]) or '0')
if tonumber(ARGV[1]) < term then return redis.error_reply('TERM is over') end
call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])

local numbers = {}
if ARGV[4] == 'states' then
  for i = 5, #ARGV, 2 do
    if ARGV[i + 1] == '' then call('HDEL', KEYS[2], ARGV[i]) else call('HSET', KEYS[2], ARGV[i], ARGV[i + 1]) end
  end
elseif ARGV[4] == 'part' then
  call('HSET', KEYS[6], ARGV[5], ARGV[6])
elseif ARGV[4] == 'tick' then
  call('HSET', KEYS[6], 'at', ARGV[5], 'parts', ARGV[6])
  for _, field in ipairs(call('HKEYS', KEYS[6])) do
    if field ~= 'at' and field ~= 'parts' and string.match(field, '^%d+') ~= ARGV[5] then call('HDEL', KEYS[6], field) end
  end
else
  local service, id, version, encoded, archive_entry = ARGV[5], ARGV[6], ARGV[7], ARGV[8], ARGV[9]
  local old = call('HMGET', KEYS[3], 'id:' .. service, 'version:' .. service)
  if old[1] == id and tonumber(old[2]) >= tonumber(version) then return numbers end
  -- An operator may change an incident that is over and not the last of its service.
  if ARGV[10] == '0' or not old[1] or old[1] == id then
    call('HSET', KEYS[3], 'id:' .. service, id, 'version:' .. service, version, 'incident:' .. service, encoded)
  end
  call('XADD', KEYS[5], '*', 'b', archive_entry)
  if #ARGV > 10 then
    -- Event numbers are milliseconds of the clock, so that they keep rising after
    -- Redis lost its data. A client that returns with an old number then learns
    -- that it missed events.
    local last = call('XREVRANGE', KEYS[4], '+', '-', 'COUNT', 1)
    local now = call('TIME')
    local number = tonumber(now[1]) * 1000 + math.floor(tonumber(now[2]) / 1000)
    if last[1] then number = math.max(number, tonumber(string.match(last[1][1], '^%d+')) + 1) end
    for i = 11, #ARGV do
      numbers[#numbers + 1] = number
      call('XADD', KEYS[4], 'MAXLEN', ARGV[3], string.format('%.0f-1', number), 'b', ARGV[i])
      number = number + 1
    end
  end
end
for _, i in ipairs({2, 3, 4, 6}) do call('PEXPIRE', KEYS[i], ARGV[2]) end
return numbers
