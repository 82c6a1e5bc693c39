-- countedNear reports whether the reporter of report i was counted in a block
-- less than a cool-down away. It adds the other devices at the address to
-- others. step is the distance to the block of the report: -1, 0 or 1.
--
-- Four bytes identify an address, and 27 bits behind them a device there; the
-- last five bits are the minute within the block.
local function countedNear(t, i, step, address, device, others)
  local s = t.values[t.at[i]]
  local found = find(s, address, 1, true)
  if not found then return false end
  found = seek(s, address, REPORTER_SIZE, found)
  while found do
    local a, b, c, d = byte(device, 1, 4)
    local own, minute = ((a * 256 + b) * 256 + c) * 8 + floor(d / 32), d % 32
    a, b, c, d = byte(s, found + REPORTER_DEVICE, found + REPORTER_SIZE - 1)
    local apart = step * cooldown + d % 32 - minute
    if apart > -cooldown and apart < cooldown then
      local other = ((a * 256 + b) * 256 + c) * 8 + floor(d / 32)
      if other == own then return true end
      others[other] = true
    end
    found = seek(s, address, REPORTER_SIZE, found + REPORTER_SIZE)
  end
  return false
end

-- isRepeat reports whether the reporter of report i was counted in a block less
-- than a cool-down away. It does what countedNear does, for an address with so
-- many devices left that the others need not be counted.
local function isRepeat(t, i, step, address, device)
  local s, start = t.values[t.at[i]], address .. sub(device, 1, 3)
  local own = byte(device, 4)
  local found = seek(s, start, REPORTER_SIZE, 1)
  while found do
    local d = byte(s, found + REPORTER_SIZE - 1)
    local apart = step * cooldown + d % 32 - own % 32
    if floor(d / 32) == floor(own / 32) and apart > -cooldown and apart < cooldown then return true end
    found = seek(s, start, REPORTER_SIZE, found + REPORTER_SIZE)
  end
  return false
end

-- hasRoom reports whether even all reporters in the fields of report i would be
-- fewer than the devices that count at its address.
local function hasRoom(i, block)
  local size = 0
  for step = -1, 1 do
    local t = reporterSets[block + step]
    if t then
      size = size + #t.values[t.at[i]]
      if hasYesterday then size = size + #t.values[t.at[-i]] end
    end
  end
  return size < bound[i] * REPORTER_SIZE
end

-- Devices that were counted near a minute at an address where no more count.
-- Within a call they never get fewer, so they are counted once.
local full = {}

local others = {}

-- decide returns the status of report i, whose ID is new.
local function decide(i, block)
  local near, known, place = countedNear, nil, nil
  if hasRoom(i, block) then
    near, known = isRepeat, 0
  else
    place = address[i] .. (yesterdayAddress[i] or '') .. char(byte(device[i], 4) % 32) .. block
    if (full[place] or 0) >= bound[i] then near, known = isRepeat, full[place] end
  end
  if next(others) then others = {} end
  for step = -1, 1 do
    local t = reporterSets[block + step]
    if t and t.n > 0 then
      if near(t, i, step, address[i], device[i], others) then return REPEAT end
      if hasYesterday and yesterdayDevice[i] ~= '\0\0\0\0'
        and near(t, -i, step, yesterdayAddress[i], yesterdayDevice[i], others) then
        return REPEAT
      end
    end
  end
  local distinct = known or 0
  if next(others) then
    for _ in pairs(others) do distinct = distinct + 1 end
  end
  if distinct < bound[i] then return COUNTED end
  full[place] = distinct
  return LIMITED
end

-- cellWithStatus returns what is remembered of an ID: the cell of its report,
-- and the status in the two highest bits.
local function cellWithStatus(cell, status)
  return sub(cell, 1, 2) .. char(byte(cell, 3) + 64 * status)
end

local outcomes, anyKnown = {}, false -- the answers, and whether one is of a known ID
local counted, anyCounted = {}, false -- for the journal: a byte for each report, 1 if it is counted
local networks = {} -- reports of each source, by slice
local KNOWN_OUTCOME, NEW_OUTCOME = char(OUTCOME_KNOWN), {}
for _, status in ipairs({ COUNTED, REPEAT, LIMITED }) do NEW_OUTCOME[status] = pack(OUTCOME, status, '\0\0\0') end
for i = 1, reports do
  local g, id = groupOf[i], ids[i]
  local first, firstSet, firstAt = nil, nil, nil -- the earlier record of the ID, and where it is
  for j = 1, #idSetList do
    local t = idSetList[j]
    local s = t.values[t.at[i]]
    local at = find(s, id, 1, true)
    if at then at = seek(s, id, ID_SIZE, at) end
    if at then
      first, firstSet, firstAt = sub(s, at + ID_CELL, at + ID_SIZE - 1), t, at
      break
    end
  end
  if first and not (restoring and byte(first, 3) >= 64 * REPEAT) then
    anyKnown = true
    outcomes[i], counted[i] = KNOWN_OUTCOME .. first, '\0'
  else
    local status = COUNTED
    if not restoring then status = decide(i, groupBlock[g]) end
    local t = firstSet or idSets[groupGeneration[g]]
    local k = t.at[i]
    local outcome = status == COUNTED and groupOutcome[g] or cellWithStatus(groupCell[g], status)
    if firstSet then -- it was sent again after the loss and was not counted; now it is
      t.values[k] = sub(t.values[k], 1, firstAt + ID_CELL - 1) .. outcome .. sub(t.values[k], firstAt + ID_SIZE)
    else
      t.values[k] = t.values[k] .. id .. outcome
      t.n = t.n + 1
    end
    t.dirty[k] = true
    if status == COUNTED then
      anyCounted = true
      t = reporterSets[groupBlock[g]]
      k = t.at[i]
      t.values[k] = t.values[k] .. address[i] .. device[i]
      t.dirty[k] = true
      t.n = t.n + 1
      groupCount[g] = groupCount[g] + 1
      local slice = groupSlice[g]
      if slice > 0 then
        local sent = networks[slice]
        if not sent then
          sent = {}
          networks[slice] = sent
        end
        local from = source[i]
        sent[from] = (sent[from] or 0) + 1
      end
      counted[i] = '\1'
    else
      counted[i] = '\0'
    end
    outcomes[i] = NEW_OUTCOME[status]
  end
end
