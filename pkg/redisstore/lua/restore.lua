-- Sets what an archive has of a partition, beside what is counted there. It may
-- be repeated: what is set replaces what was set before. layout.go describes all
-- that is packed.
--
-- KEYS: epoch, index, active, then the keys that are set. ARGV: the epoch, the
-- expiry of lasting keys in seconds, SPAN for each key behind the fixed ones,
-- then one element for each thing to set.
local call, sub, read = redis.call, string.sub, struct.unpack
local EPOCH_KEY, INDEX_KEY, ACTIVE_KEY = KEYS[1], KEYS[2], KEYS[3]
local FIXED_KEYS, FIXED_ARGS = 3, 3
local epoch, lasting, packedSpans = ARGV[1], ARGV[2], ARGV[3]

-- total returns how many reports a bucket has.
local function total(bucket)
  local sum = 0
  for at = 1, #bucket, COUNT_SIZE do
    local _, n = read(COUNT, bucket, at)
    sum = sum + n
  end
  return sum
end

if call('HGET', EPOCH_KEY, 'n') ~= epoch then return redis.error_reply('EPOCH is over') end
for i = FIXED_ARGS + 1, #ARGV do
  local arg = ARGV[i]
  local what, number, rest = read(RESTORE, arg)
  local key = KEYS[FIXED_KEYS + number]
  if what == BUCKET then
    local length, at = read(RESTORE_BUCKET, arg, rest)
    local field, bucket = sub(arg, at, at + length - 1), sub(arg, at + length)
    -- What is archived only grows: of two processes that restore at the same
    -- time, the one that read more is right.
    if total(bucket) >= total(call('HGET', key, field) or '') then call('HSET', key, field, bucket) end
  elseif what == KNOWN_MINUTE then
    call('SETBIT', key, read(RESTORE_KNOWN, arg, rest), 1)
  elseif what == ACTIVE then
    local minute, at = read(RESTORE_ACTIVE, arg, rest)
    call('ZADD', ACTIVE_KEY, 'GT', minute, sub(arg, at))
  end
end
for i = FIXED_KEYS + 1, #KEYS do
  if not call('ZSCORE', INDEX_KEY, KEYS[i]) then
    local over, expires = read(SPAN, packedSpans, (i - FIXED_KEYS - 1) * SPAN_SIZE + 1)
    call('ZADD', INDEX_KEY, over, KEYS[i])
    call('EXPIRE', KEYS[i], expires)
  end
end
for i = 1, FIXED_KEYS do call('EXPIRE', KEYS[i], lasting) end
return 'OK'
