#!lua
-- Sets what an archive knows of a partition, beside what is counted there. It
-- may be repeated: nothing is added to what was set before.
--
-- KEYS: epoch, index, active, then the keys that are set. ARGV: the epoch, the
-- expiry of lasting keys, 12 bytes for each key behind the fixed ones, then one
-- element for each thing to set: a letter, the key's number, and what the
-- letter says.
local call, sub, read = redis.call, string.sub, struct.unpack
local FIXED = 3

-- total is how many reports a bucket has. What is archived only grows, so that of
-- two processes which restore at the same time the one that read later is right.
local function total(cells)
  local n = 0
  for at = 4, #cells, 7 do n = n + read('>I4', cells, at) end
  return n
end

if call('HGET', KEYS[1], 'n') ~= ARGV[1] then return redis.error_reply('EPOCH is over') end
for i = 4, #ARGV do
  local what, at, rest = read('>BH', ARGV[i])
  local key = KEYS[FIXED + at]
  if what == 66 then -- B: a bucket; 1 byte is the length of its field
    local n = read('B', ARGV[i], rest)
    local field, cells = sub(ARGV[i], rest + 1, rest + n), sub(ARGV[i], rest + n + 1)
    if total(cells) >= total(call('HGET', key, field) or '') then call('HSET', key, field, cells) end
  elseif what == 75 then -- K: a minute of a day in which counting worked
    call('SETBIT', key, read('>H', ARGV[i], rest), 1)
  elseif what == 65 then -- A: the last minute with problems of a service
    local minute, name = read('>I4', ARGV[i], rest)
    call('ZADD', KEYS[3], 'GT', minute, sub(ARGV[i], name))
  end
end
for i = FIXED + 1, #KEYS do
  if not call('ZSCORE', KEYS[2], KEYS[i]) then
    local over, expires = read('>dI4', ARGV[3], (i - FIXED - 1) * 12 + 1)
    call('ZADD', KEYS[2], over, KEYS[i])
    call('EXPIRE', KEYS[i], expires)
  end
end
for i = 1, FIXED do call('EXPIRE', KEYS[i], ARGV[2]) end
return 'OK'
