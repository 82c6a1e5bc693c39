#!lua
-- Decides and counts reports of one partition, in order, in one step. call.go
-- writes what this reads; see there for the meaning of every field.
--
-- First everything is read, then decided, then written, so that nothing is
-- half done: Redis refuses a script at its first write, or not at all.
--
-- It runs for every report, so it is written for speed: calls of Redis take
-- hundreds of reports at once, and loops look nothing up twice.
local call, char, byte, sub, find = redis.call, string.char, string.byte, string.sub, string.find
local floor, concat, read, pack = math.floor, table.concat, struct.unpack, struct.pack

local EPOCH, INDEX, SYMPTOMS, ACTIVE, JOURNAL = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local FIXED = 5

local restoring, candidate, began = ARGV[1] == 'restore', ARGV[2], ARGV[3]
local lasting, most, limit, cooldown = read('>I4I4I4I4', ARGV[4])
local knowns, generations, blocks, hours, slices, symptoms, services, groups, reports = read('>HHHHHHHHH', ARGV[5])
local spans, known, grouped, asked, earlier, records = ARGV[6], ARGV[7], ARGV[8], ARGV[9], ARGV[10], ARGV[11]
local symptomAt = 11
local serviceAt = symptomAt + symptoms

-- The key before the first of each kind in KEYS.
local generationAt = FIXED + knowns
local blockAt = generationAt + generations
local hourAt = blockAt + blocks
local sliceAt = hourAt + hours

local epoch = call('HGET', EPOCH, 'n')
local begins = not epoch
if restoring and epoch ~= candidate then return redis.error_reply('EPOCH is over') end
if begins then epoch = candidate end

-- Symptoms have numbers, so that a cell is three bytes.
local symptomNumber, newSymptoms = { [0] = 0 }, {}
if symptoms > 0 then
  local names = {}
  for i = 1, symptoms do names[i] = ARGV[symptomAt + i] end
  local have = call('HMGET', SYMPTOMS, unpack(names))
  local last
  for i = 1, symptoms do
    symptomNumber[i] = tonumber(have[i])
    if not symptomNumber[i] then
      last = (last or call('HLEN', SYMPTOMS)) + 1
      if last > 2047 then return redis.error_reply('SYMPTOMS are too many') end
      symptomNumber[i] = last
      newSymptoms[#newSymptoms + 1] = names[i]
      newSymptoms[#newSymptoms + 1] = last
    end
  end
end

-- A table is a set of records of one width, in a hash of strings that hold
-- about PER records each. It is a linear hash table: field i, two bytes, holds
-- the records whose number is i modulo the next power of two, or, where that
-- field is not there yet, modulo the one before. n counts records, s fields.
-- The number of a record is its first three bytes.
--
-- PER weighs memory against time: a field costs 48 bytes beside its records,
-- and what comes into Lua or goes out of it costs by the byte, from about 20
-- records on more than the call itself.
local PER = 20

local function name(i)
  local low = i % 256
  return char((i - low) / 256, low)
end

local function open(key, width)
  local meta = call('HMGET', key, 'n', 's')
  local t = {
    key = key, width = width, n = tonumber(meta[1]) or 0, s = tonumber(meta[2]) or 1, half = 1,
    slot = {}, names = {}, have = {}, at = {}, dirty = {}, fetched = 0,
  }
  while t.half * 2 <= t.s do t.half = t.half * 2 end
  return t
end

-- fetch reads the fields in which records with some numbers lie: names and have
-- are what they are called and hold, slot finds them by their index, and at by
-- the place of the number, times sign.
local function fetch(t, numbers, sign)
  local slot, names, at, n = t.slot, t.names, t.at, t.fetched
  local first, half, s = n + 1, t.half, t.s
  local double = half * 2
  for j = 1, #numbers do
    local i = numbers[j] % double
    if i >= s then i = i - half end
    local k = slot[i]
    if not k then
      n = n + 1
      k = n
      local low = i % 256
      slot[i], names[k] = k, char((i - low) / 256, low)
    end
    at[j * sign] = k
  end
  local have = t.have
  if first > n then return end
  local got = t.n > 0 and call('HMGET', t.key, unpack(names, first, n)) or {}
  for k = first, n do have[k] = got[k - first + 1] or '' end
  t.fetched = n
end

-- seek returns where a record that begins with start lies in s, from at on.
local function seek(s, start, width, at)
  at = find(s, start, at, true)
  while at and (at - 1) % width ~= 0 do at = find(s, start, at + 1, true) end
  return at
end

-- load returns the slot of a field, and reads it if it was not read before.
local function load(t, i)
  local k = t.slot[i]
  if not k then
    k = t.fetched + 1
    t.slot[i], t.names[k], t.fetched = k, name(i), k
    t.have[k] = i < t.s and call('HGET', t.key, t.names[k]) or ''
  end
  t.dirty[k] = true
  return k
end

-- split moves the records of one field that belong to the next new field: those
-- in whose number the bit of half is set. Neighbours go together.
local function split(t)
  local from, to = load(t, t.s - t.half), load(t, t.s)
  local place, bit = 2, t.half
  while bit > 255 do place, bit = place - 1, bit / 256 end
  local s, width, double = t.have[from], t.width, bit * 2
  local parts, start, went = { [true] = {}, [false] = {} }, 1, false
  for at = 1, #s, width do
    local goes = byte(s, at + place) % double >= bit
    if goes ~= went then
      local list = parts[went]
      list[#list + 1] = sub(s, start, at - 1)
      start, went = at, goes
    end
  end
  local list = parts[went]
  list[#list + 1] = sub(s, start)
  t.have[from], t.have[to] = concat(parts[false]), concat(parts[true])
  t.s = t.s + 1
  if t.s == t.half * 2 then t.half = t.s end
end

local function flush(t)
  if not next(t.dirty) then return false end
  while t.n > t.s * PER and t.s < 65535 do split(t) end
  local args, n, have, names, dirty = { 'n', t.n, 's', t.s }, 4, t.have, t.names, t.dirty
  for k = 1, t.fetched do
    if dirty[k] then
      args[n + 1], args[n + 2] = names[k], have[k]
      n = n + 2
    end
  end
  call('HSET', t.key, unpack(args))
  return true
end

-- What several reports have in common is a group: kind, cell, minute, and the
-- tables they go into.
local gKind, gCell, gOwn, gBlock, gSlice, gCount, gLast, gBucket, gSaid = {}, {}, {}, {}, {}, {}, {}, {}, {}
local gService = {}
local counted, repeated, limited = 1, 2, 3
local ownWritten, blockWritten = {}, {}
for g = 1, groups do
  local kind, service, country, symptom, hour, minute, last, own, block, slice, n = read('>BHHHHBI4BHHH', grouped, (g - 1) * 21 + 1)
  local number = symptomNumber[symptom]
  local low, high = char(country % 256, number % 256), kind * 32 + floor(number / 256) * 4 + floor(country / 256)
  gKind[g], gOwn[g], gBlock[g], gSlice[g], gCount[g], gService[g] = kind, own, block, slice, n, service
  gCell[g] = low .. char(high)
  gBucket[g] = { hour = hour, field = char(minute) .. ARGV[serviceAt + service] }
  gLast[g] = last
  if kind < 2 then
    ownWritten[own], blockWritten[block] = true, true
    gSaid[g] = low .. char(high + 64 * counted)
  end
end

-- What each report says: its group, ID and person, each with its number, and
-- where it is from.
local group, id, address, device, source = {}, {}, {}, {}, {}
local ids, people, past, pastAddress, pastDevice = {}, {}, {}, {}, {}
local before = earlier ~= ''
for i = 1, reports do
  group[i], ids[i], id[i], people[i], address[i], device[i], source[i] = read('>HI3c6I3c4c4c10', asked, (i - 1) * 32 + 1)
  if before then past[i], pastAddress[i], pastDevice[i] = read('>I3c4c4', earlier, (i - 1) * 11 + 1) end
end

-- Only tables that hold something, or will, are looked into.
local IDWIDTH, SEENWIDTH = 9, 8
local remembered, seen, looked = {}, {}, {}
if reports > 0 then
  for g = 1, generations do
    local t = open(KEYS[generationAt + g], IDWIDTH)
    if t.n > 0 or ownWritten[g] then
      fetch(t, ids, 1)
      remembered[g] = t
      looked[#looked + 1] = t
    end
  end
  for b = 1, blocks do
    local t = open(KEYS[blockAt + b], SEENWIDTH)
    if t.n > 0 or blockWritten[b] then
      fetch(t, people, 1)
      if before then fetch(t, past, -1) end
      seen[b] = t
    end
  end
end

-- near looks for a person in one block. It returns true if the person was
-- counted less than a cool-down away, and adds the other devices at the address
-- that were to others. Two are one address if four bytes are the same, and one
-- device there if 27 bits behind them are; the last five bits are the minute.
local function near(t, i, step, address, device, others)
  local s = t.have[t.at[i]]
  local found = find(s, address, 1, true)
  if not found then return false end
  found = seek(s, address, SEENWIDTH, found)
  while found do
    local a, b, c, d = byte(device, 1, 4)
    local mine, minute = ((a * 256 + b) * 256 + c) * 8 + floor(d / 32), d % 32
    a, b, c, d = byte(s, found + 4, found + 7)
    local apart = step * cooldown + d % 32 - minute
    if apart > -cooldown and apart < cooldown then
      local other = ((a * 256 + b) * 256 + c) * 8 + floor(d / 32)
      if other == mine then return true end
      others[other] = true
    end
    found = seek(s, address, SEENWIDTH, found + SEENWIDTH)
  end
  return false
end

local others = {}

-- judge returns the status of a report whose ID is new.
local function judge(i, block)
  if next(others) then others = {} end
  for step = -1, 1 do
    local t = seen[block + step]
    if t and t.n > 0 then
      if near(t, i, step, address[i], device[i], others) then return repeated end
      if before and pastDevice[i] ~= '\0\0\0\0' and near(t, -i, step, pastAddress[i], pastDevice[i], others) then return repeated end
    end
  end
  local distinct = 0
  if next(others) then
    for _ in pairs(others) do distinct = distinct + 1 end
  end
  if distinct >= limit then return limited end
  return counted
end

-- said returns what becomes of an ID: the cell of its report, and the status.
local function said(g, status)
  local cell = gCell[g]
  return sub(cell, 1, 2) .. char(byte(cell, 3) + 64 * status)
end

local outcomes, statuses, networks = {}, {}, {}
local anyKnown, anyCounted = false, false
local OUTCOME = { '\1\0\0\0', '\2\0\0\0', '\3\0\0\0' }
for i = 1, reports do
  local g, name, first, where, place = group[i], id[i], nil, nil, nil
  for j = 1, #looked do
    local t = looked[j]
    local s = t.have[t.at[i]]
    local at = find(s, name, 1, true)
    if at then at = seek(s, name, IDWIDTH, at) end
    if at then
      first, where, place = sub(s, at + 6, at + 8), t, at
      break
    end
  end
  if first and not (restoring and byte(first, 3) >= 128) then
    anyKnown = true
    outcomes[i], statuses[i] = '\128' .. first, '\0'
  else
    local status = counted
    if not restoring then status = judge(i, gBlock[g]) end
    local t = where or remembered[gOwn[g]]
    local f = t.at[i]
    local became = status == counted and gSaid[g] or said(g, status)
    if where then -- it was sent again after the loss, and not counted: it is now
      t.have[f] = sub(t.have[f], 1, place + 5) .. became .. sub(t.have[f], place + 9)
    else
      t.have[f] = t.have[f] .. name .. became
      t.n = t.n + 1
    end
    t.dirty[f] = true
    if status == counted then
      anyCounted = true
      t = seen[gBlock[g]]
      f = t.at[i]
      t.have[f] = t.have[f] .. address[i] .. device[i]
      t.dirty[f] = true
      t.n = t.n + 1
      gCount[g] = gCount[g] + 1
      local slice = gSlice[g]
      if slice > 0 then
        local sent = networks[slice]
        if not sent then
          sent = {}
          networks[slice] = sent
        end
        local from = source[i]
        sent[from] = (sent[from] or 0) + 1
      end
      statuses[i] = '\1'
    else
      statuses[i] = '\0'
    end
    outcomes[i] = OUTCOME[status]
  end
end

-- From here on everything is written.
local touched = {} -- keys behind the fixed ones, by their place in KEYS

local worked = {}
for i = 1, #known, 8 do
  local key, offset = read('>HH', known, i)
  if call('SETBIT', KEYS[FIXED + key], offset, 1) == 0 then worked[#worked + 1] = sub(known, i + 4, i + 7) end
  touched[#touched + 1] = FIXED + key
end
for g, t in pairs(remembered) do
  if flush(t) then touched[#touched + 1] = generationAt + g end
end
for b, t in pairs(seen) do
  if flush(t) then touched[#touched + 1] = blockAt + b end
end

-- A bucket is its cells, each three bytes and a count of four. add returns a
-- bucket with more in some cells.
local function add(s, cells)
  local places, counts, fresh = {}, {}, {}
  for cell, n in pairs(cells) do
    local at = seek(s, cell, 7, 1)
    if at then
      places[#places + 1], counts[at] = at, n
    else
      fresh[#fresh + 1] = cell .. pack('>I4', n)
    end
  end
  table.sort(places)
  local parts, from = {}, 1
  for _, at in ipairs(places) do
    parts[#parts + 1] = sub(s, from, at + 2)
    parts[#parts + 1] = pack('>I4', read('>I4', s, at + 3) + counts[at])
    from = at + 7
  end
  parts[#parts + 1] = sub(s, from)
  return concat(parts) .. concat(fresh)
end

local buckets, active = {}, {}
for g = 1, groups do
  if gCount[g] > 0 then
    local hour, field = gBucket[g].hour, gBucket[g].field
    local fields = buckets[hour]
    if not fields then
      fields = {}
      buckets[hour] = fields
    end
    local cells = fields[field]
    if not cells then
      cells = {}
      fields[field] = cells
    end
    cells[gCell[g]] = (cells[gCell[g]] or 0) + gCount[g]
    if gKind[g] == 0 and gLast[g] > (active[gService[g]] or -1) then active[gService[g]] = gLast[g] end
  end
end
for hour, fields in pairs(buckets) do
  local names, args = {}, {}
  for field in pairs(fields) do names[#names + 1] = field end
  local have = call('HMGET', KEYS[hourAt + hour], unpack(names))
  for j, field in ipairs(names) do
    args[2 * j - 1], args[2 * j] = field, add(have[j] or '', fields[field])
  end
  call('HSET', KEYS[hourAt + hour], unpack(args))
  touched[#touched + 1] = hourAt + hour
end

-- Numbers as Redis would write them, each written once.
local digits = setmetatable({}, { __index = function(t, n)
  t[n] = tostring(n)
  return t[n]
end })

-- The networks of a slice: under '' how many there are, under a country the
-- reports of those beyond the bound.
for slice, sent in pairs(networks) do
  local key, fields, args, beyond = KEYS[sliceAt + slice], { '' }, {}, {}
  for from in pairs(sent) do fields[#fields + 1] = from end
  local have = call('HMGET', key, unpack(fields))
  local size = tonumber(have[1]) or 0
  for j = 2, #fields do
    local from, old = fields[j], have[j]
    if old or size < most then
      if not old then size = size + 1 end
      args[#args + 1] = from
      args[#args + 1] = digits[sent[from] + (old or 0)]
    else
      local country = sub(from, 1, 2)
      beyond[country] = (beyond[country] or 0) + sent[from]
    end
  end
  args[#args + 1] = ''
  args[#args + 1] = size
  call('HSET', key, unpack(args))
  for country, n in pairs(beyond) do call('HINCRBY', key, country, n) end
  touched[#touched + 1] = sliceAt + slice
end

local scores = {}
for service, last in pairs(active) do
  scores[#scores + 1] = last
  scores[#scores + 1] = ARGV[serviceAt + service]
end
if #scores > 0 then call('ZADD', ACTIVE, 'GT', unpack(scores)) end
if #newSymptoms > 0 then call('HSET', SYMPTOMS, unpack(newSymptoms)) end
if begins then call('HSET', EPOCH, 'n', epoch, 'b', began) end
if not restoring and (anyCounted or #worked > 0) then
  call('XADD', JOURNAL, '*', 'e', epoch, 'k', concat(worked), 's', concat(statuses), 'd', records)
end

-- What is new gets its expiry, and its place in the index for Forget.
if #touched > 0 then
  local names, fresh = {}, begins
  for j, at in ipairs(touched) do names[j] = KEYS[at] end
  local have = call('ZMSCORE', INDEX, unpack(names))
  for j, at in ipairs(touched) do
    if not have[j] then
      local over, expires = read('>dI4', spans, (at - FIXED - 1) * 12 + 1)
      call('ZADD', INDEX, over, KEYS[at])
      call('EXPIRE', KEYS[at], expires)
      fresh = true
    end
  end
  if fresh then
    for _, key in ipairs({ EPOCH, INDEX, SYMPTOMS, ACTIVE }) do call('EXPIRE', key, lasting) end
  end
end

if anyKnown then return { epoch, concat(outcomes), call('HGETALL', SYMPTOMS) } end
return { epoch, concat(outcomes) }
