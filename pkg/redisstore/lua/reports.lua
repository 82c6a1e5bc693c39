-- The groups: what several reports have in common, by the number of the group.
local groupKind, groupService, groupGeneration, groupBlock, groupSlice = {}, {}, {}, {}, {}
local groupMinute, groupCell, groupBucket = {}, {}, {}
local groupCount = {} -- what is counted; it begins with the visits
local groupOutcome = {} -- cell and status of an ID whose report is counted
local generationWritten, blockWritten = {}, {}
for g = 1, groups do
  local kind, service, country, symptom, hour, minuteOfHour, minute, generation, block, slice, visits =
    read(GROUP, packedGroups, (g - 1) * GROUP_SIZE + 1)
  local number = symptomNumber[symptom]
  local low, high = char(country % 256, number % 256), kind * 32 + floor(number / 256) * 4 + floor(country / 256)
  groupKind[g], groupService[g], groupMinute[g], groupCount[g] = kind, service, minute, visits
  groupGeneration[g], groupBlock[g], groupSlice[g] = generation, block, slice
  groupCell[g] = low .. char(high)
  groupBucket[g] = { hour = hour, field = char(minuteOfHour) .. ARGV[serviceBase + service] }
  if kind ~= VISIT then
    generationWritten[generation], blockWritten[block] = true, true
    groupOutcome[g] = low .. char(high + 64 * COUNTED)
  end
end

-- The reports to decide on.
local groupOf, ids, address, device, bound, source = {}, {}, {}, {}, {}, {}
local idNumbers, reporterNumbers = {}, {}
local hasYesterday = packedYesterday ~= ''
local yesterdayNumbers, yesterdayAddress, yesterdayDevice = {}, {}, {}
for i = 1, reports do
  groupOf[i], idNumbers[i], ids[i], reporterNumbers[i], address[i], device[i], bound[i], source[i] =
    read(REPORT, packedReports, (i - 1) * REPORT_SIZE + 1)
  if hasYesterday then
    yesterdayNumbers[i], yesterdayAddress[i], yesterdayDevice[i] = read(YESTERDAY, packedYesterday, (i - 1) * YESTERDAY_SIZE + 1)
  end
end

-- The record sets of IDs, by generation, and of reporters, by block. Only those
-- that hold something, or will, are read.
local idSets, idSetList, reporterSets = {}, {}, {}
if reports > 0 then
  for g = 1, generations do
    local t = open(KEYS[generationBase + g], ID_SIZE)
    if t.n > 0 or generationWritten[g] then
      fetch(t, idNumbers, 1)
      idSets[g] = t
      idSetList[#idSetList + 1] = t
    end
  end
  for b = 1, blocks do
    local t = open(KEYS[blockBase + b], REPORTER_SIZE)
    if t.n > 0 or blockWritten[b] then
      fetch(t, reporterNumbers, 1)
      if hasYesterday then fetch(t, yesterdayNumbers, -1) end
      reporterSets[b] = t
    end
  end
end
