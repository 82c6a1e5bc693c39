if #newSymptoms > 0 then call('HSET', SYMPTOMS_KEY, unpack(newSymptoms)) end
if begins then call('HSET', EPOCH_KEY, 'n', epoch, 'b', now) end

-- readEntry of journal.go reads what is written here.
if not restoring and (anyCounted or #newMinutes > 0) then
  call('XADD', JOURNAL_KEY, '*', 'e', epoch, 'k', concat(newMinutes), 's', concat(counted), 'd', records)
end

-- A new key gets its expiry, and its place in the index for Forget.
if #touched > 0 then
  local names, fresh = {}, begins
  for j, at in ipairs(touched) do names[j] = KEYS[at] end
  local have = call('ZMSCORE', INDEX_KEY, unpack(names))
  for j, at in ipairs(touched) do
    if not have[j] then
      local over, expires = read(SPAN, packedSpans, (at - FIXED_KEYS - 1) * SPAN_SIZE + 1)
      call('ZADD', INDEX_KEY, over, KEYS[at])
      call('EXPIRE', KEYS[at], expires)
      fresh = true
    end
  end
  if fresh then
    for _, key in ipairs({ EPOCH_KEY, INDEX_KEY, SYMPTOMS_KEY, ACTIVE_KEY }) do call('EXPIRE', key, lasting) end
  end
end

-- readOutcomes of count.go reads this answer. Symptoms are only needed to read
-- the cells of known IDs.
if anyKnown then return { epoch, concat(outcomes), call('HGETALL', SYMPTOMS_KEY) } end
return { epoch, concat(outcomes) }
