-- From here on everything is written. touched lists the keys of spans that were
-- written, by their place in KEYS.
local touched = {}

-- The minutes in which counting works, and for the journal those that are new.
local newMinutes = {}
for at = 1, #packedMinutes, MINUTE_SIZE do
  local day, bit, minute = read(MINUTE, packedMinutes, at)
  if call('SETBIT', KEYS[FIXED_KEYS + day], bit, 1) == 0 then newMinutes[#newMinutes + 1] = minute end
  touched[#touched + 1] = FIXED_KEYS + day
end

-- The IDs and the reporters.
for g, t in pairs(idSets) do
  if flush(t) then touched[#touched + 1] = generationBase + g end
end
for b, t in pairs(reporterSets) do
  if flush(t) then touched[#touched + 1] = blockBase + b end
end
