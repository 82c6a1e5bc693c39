-- Symptoms have numbers in their partition, so that a cell takes three bytes.
-- symptomNumber finds them by the number that a symptom has in the call.
local MAX_SYMPTOM = 2047 -- 11 bits in a cell
local symptomNumber, newSymptoms = { [0] = 0 }, {}
if symptoms > 0 then
  local names = {}
  for i = 1, symptoms do names[i] = ARGV[symptomBase + i] end
  local have = call('HMGET', SYMPTOMS_KEY, unpack(names))
  local last
  for i = 1, symptoms do
    symptomNumber[i] = tonumber(have[i])
    if not symptomNumber[i] then
      last = (last or call('HLEN', SYMPTOMS_KEY)) + 1
      if last > MAX_SYMPTOM then return redis.error_reply('SYMPTOMS are too many') end
      symptomNumber[i] = last
      newSymptoms[#newSymptoms + 1] = names[i]
      newSymptoms[#newSymptoms + 1] = last
    end
  end
end
