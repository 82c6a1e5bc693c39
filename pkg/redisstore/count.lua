#!lua
-- Decides and counts reports of one partition, in order, in one step. call.go
-- writes what this reads; see there for the meaning of every field.
--
-- First everything is read, then decided, then written, so that nothing is
-- half done: Redis refuses a script at its first write, or not at all.
local call, char, byte, sub, find = redis.call, string.char, string.byte, string.sub, string.find
local floor, concat, read = math.floor, table.concat, struct.unpack

local EPOCH, INDEX, SYMPTOMS, ACTIVE, JOURNAL = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local FIXED = 5

local mode, candidate, began = ARGV[1], ARGV[2], ARGV[3]
local restoring = mode == 'restore'
local lasting, most, limit, cooldown = read('>I4I4I4I4', ARGV[4])
local knowns, generations, blocks, hours, slices, symptoms, services, reports = read('>HHHHHHHH', ARGV[5])
local spans, known = ARGV[6], ARGV[7] -- 12 bytes for each key behind the fixed ones; 8 for each known minute
local arg = 7

-- The key that KEYS holds for the nth of its kind.
local function generationKey(n) return KEYS[FIXED + knowns + n] end
local function blockKey(n) return KEYS[FIXED + knowns + generations + n] end
local function hourKey(n) return KEYS[FIXED + knowns + generations + blocks + n] end
local function sliceKey(n) return KEYS[FIXED + knowns + generations + blocks + hours + n] end

local epoch = call('HGET', EPOCH, 'n')
local begins = not epoch
if restoring and epoch ~= candidate then return redis.error_reply('EPOCH is over') end
if begins then epoch = candidate end

-- Symptoms have numbers, so that a cell is three bytes.
local symptomNumber, newSymptoms = {}, {}
if symptoms > 0 then
  local names = {}
  for i = 1, symptoms do names[i] = ARGV[arg + i] end
  arg = arg + symptoms
  local have = call('HMGET', SYMPTOMS, unpack(names))
  local last
  for i = 1, symptoms do
    if have[i] then
      symptomNumber[i] = tonumber(have[i])
    else
      last = (last or call('HLEN', SYMPTOMS)) + 1
      if last > 2047 then return redis.error_reply('SYMPTOMS are too many') end
      symptomNumber[i] = last
      newSymptoms[#newSymptoms + 1] = names[i]
      newSymptoms[#newSymptoms + 1] = last
    end
  end
end
symptomNumber[0] = 0
local serviceAt = arg
arg = arg + services

-- A pack is a set of records of one width, in a hash of strings that hold about
-- PER records each. It is a linear hash table: field i, two bytes, holds the
-- records whose number is i modulo the next power of two, or, where that field
-- is not there yet, modulo the one before. n counts records, s fields.
local PER = 64
local function open(key, width)
  local meta = call('HMGET', key, 'n', 's')
  local p = { key = key, width = width, n = tonumber(meta[1]) or 0, s = tonumber(meta[2]) or 1, half = 1, have = {}, dirty = {} }
  while p.half * 2 <= p.s do p.half = p.half * 2 end
  return p
end

local function field(i) return char(floor(i / 256), i % 256) end

local function place(p, record)
  local a, b, c = byte(record, 1, 3)
  local h = a + b * 256 + c * 65536
  local i = h % (p.half * 2)
  if i >= p.s then i = i - p.half end
  return i
end

-- fetch reads the fields that records lie in, if they do.
local function fetch(p, records)
  local have, wanted, fields = p.have, {}, {}
  for _, record in ipairs(records) do
    local i = place(p, record)
    if not have[i] then
      have[i] = ''
      wanted[#wanted + 1] = i
      fields[#fields + 1] = field(i)
    end
  end
  if p.n == 0 or #wanted == 0 then return end
  local got = call('HMGET', p.key, unpack(fields))
  for j = 1, #wanted do have[wanted[j]] = got[j] or '' end
end

-- seek returns where a record that begins with start lies in s, from at on.
local function seek(s, start, width, at)
  at = find(s, start, at, true)
  while at and (at - 1) % width ~= 0 do at = find(s, start, at + 1, true) end
  return at
end

local function add(p, record)
  local i = place(p, record)
  p.have[i] = p.have[i] .. record
  p.dirty[i] = true
  p.n = p.n + 1
end

-- split moves the records of one field that belong to the next new field.
local function split(p)
  local from = p.s - p.half
  local s = p.have[from] or call('HGET', p.key, field(from)) or ''
  local stay, go = {}, {}
  local double = p.half * 2
  for at = 1, #s, p.width do
    local a, b, c = byte(s, at, at + 2)
    local record = sub(s, at, at + p.width - 1)
    if (a + b * 256 + c * 65536) % double == from then stay[#stay + 1] = record else go[#go + 1] = record end
  end
  p.have[from], p.have[p.s] = concat(stay), concat(go)
  p.dirty[from], p.dirty[p.s] = true, true
  p.s = p.s + 1
  if p.s == double then p.half = double end
end

local function flush(p)
  if not next(p.dirty) then return false end
  while p.n > p.s * PER and p.s < 65535 do split(p) end
  local args = { 'n', p.n, 's', p.s }
  for i in pairs(p.dirty) do
    args[#args + 1] = field(i)
    args[#args + 1] = p.have[i]
  end
  call('HSET', p.key, unpack(args))
  return true
end

-- What the reports say.
local LAYOUT = '>BHHHHBBc7Hc8Bc8Hc10'
local kind, service, country, symptom, hour, minute, own, id, block, person, before, source, slice = {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}
local record = {}
local ids, people = {}, {}
for b = 1, blocks do people[b] = {} end
for i = 1, reports do
  local a = ARGV[arg + i]
  local has, earlier, rest
  kind[i], service[i], country[i], symptom[i], hour[i], minute[i], own[i], id[i], block[i], person[i], has, earlier, slice[i], source[i], rest = read(LAYOUT, a)
  if kind[i] < 2 then
    record[i] = sub(a, rest)
    ids[#ids + 1] = id[i]
    for b = block[i] - 1, block[i] + 1 do
      local list = people[b]
      list[#list + 1] = person[i]
      if has == 1 then list[#list + 1] = earlier end
    end
    if has == 1 then before[i] = earlier end
  end
end

local remembered, seen = {}, {}
if #ids > 0 then
  for g = 1, generations do
    remembered[g] = open(generationKey(g), 10)
    fetch(remembered[g], ids)
  end
  for b = 1, blocks do
    seen[b] = open(blockKey(b), 8)
    fetch(seen[b], people[b])
  end
end

-- answered returns the three bytes that stand behind an ID, if it is known.
local function answered(name)
  for g = 1, generations do
    local p = remembered[g]
    if p.n > 0 then
      local s = p.have[place(p, name)]
      local at = seek(s, name, 10, 1)
      if at then return sub(s, at + 7, at + 9) end
    end
  end
end

-- judge returns the status of a report whose ID is new: counted 1, repeat 2,
-- limited 3. Two people are one address if four bytes are the same, and one
-- device there if 27 bits behind them are; the last five bits are a minute.
local function judge(i)
  local others, distinct = nil, 0
  for which = 1, 2 do
    local who = which == 1 and person[i] or before[i]
    if not who then break end
    local address = sub(who, 1, 4)
    local a, b, c, d = byte(who, 5, 8)
    local mine, at = ((a * 256 + b) * 256 + c) * 8 + floor(d / 32), d % 32
    for step = -1, 1 do
      local p = seen[block[i] + step]
      if p.n > 0 then
        local s = p.have[place(p, who)]
        local found = seek(s, address, 8, 1)
        while found do
          a, b, c, d = byte(s, found + 4, found + 7)
          local apart = step * cooldown + d % 32 - at
          if apart > -cooldown and apart < cooldown then
            local device = ((a * 256 + b) * 256 + c) * 8 + floor(d / 32)
            if device == mine then return 2 end
            others = others or {}
            if not others[device] then
              others[device] = true
              distinct = distinct + 1
            end
          end
          found = seek(s, address, 8, found + 8)
        end
      end
    end
  end
  if distinct >= limit then return 3 end
  return 1
end

local buckets, networks, newest, journal, outcomes, cells = {}, {}, {}, {}, {}, {}
local anyKnown = false

-- cellOf returns the three bytes of a cell: kind, country and symptom.
local function cellOf(i, k)
  local n = symptomNumber[symptom[i]]
  local number = (k * 1024 + country[i]) * 2048 + n
  local cell = cells[number]
  if not cell then
    cell = char(country[i] % 256, n % 256, k * 32 + floor(n / 256) * 4 + floor(country[i] / 256))
    cells[number] = cell
  end
  return cell
end

local function count(i, cell)
  local at = (hour[i] * 64 + minute[i]) * 65536 + service[i]
  local bucket = buckets[at]
  if not bucket then
    bucket = { hour = hour[i], field = char(minute[i]) .. ARGV[serviceAt + service[i]], cells = {} }
    buckets[at] = bucket
  end
  bucket.cells[cell] = (bucket.cells[cell] or 0) + 1
end

for i = 1, reports do
  local cell = cellOf(i, kind[i])
  if kind[i] > 1 then
    count(i, cell)
    outcomes[i] = '\1\0\0\0'
  else
    local first = answered(id[i])
    if first and not (restoring and byte(first, 3) >= 128) then
      anyKnown = true
      outcomes[i] = '\128' .. first
    else
      local status = restoring and 1 or judge(i)
      add(remembered[own[i]], id[i] .. sub(cell, 1, 2) .. char(byte(cell, 3) + status * 64))
      if status == 1 then
        add(seen[block[i]], person[i])
        count(i, cell)
        journal[#journal + 1] = record[i]
        local s = slice[i]
        if s > 0 then
          local sent = networks[s]
          if not sent then
            sent = {}
            networks[s] = sent
          end
          sent[source[i]] = (sent[source[i]] or 0) + 1
          local last = struct.unpack('>I4', record[i])
          if last > (newest[service[i]] or -1) then newest[service[i]] = last end
        end
      end
      outcomes[i] = char(status) .. '\0\0\0'
    end
  end
end

-- From here on everything is written.
local touched = {} -- keys behind the fixed ones, by their place in KEYS

local worked = {}
for i = 1, #known, 8 do
  local key, offset, at = read('>HHI4', known, i)
  if call('SETBIT', KEYS[FIXED + key], offset, 1) == 0 then worked[#worked + 1] = sub(known, i + 4, i + 7) end
  touched[#touched + 1] = FIXED + key
end

for g = 1, generations do
  if remembered[g] and flush(remembered[g]) then touched[#touched + 1] = FIXED + knowns + g end
end
for b = 1, blocks do
  if seen[b] and flush(seen[b]) then touched[#touched + 1] = FIXED + knowns + generations + b end
end

local byHour = {}
for _, bucket in pairs(buckets) do
  local list = byHour[bucket.hour]
  if not list then
    list = {}
    byHour[bucket.hour] = list
  end
  list[#list + 1] = bucket
end
for h, list in pairs(byHour) do
  local fields, args = {}, {}
  for j, bucket in ipairs(list) do fields[j] = bucket.field end
  local have = call('HMGET', hourKey(h), unpack(fields))
  for j, bucket in ipairs(list) do
    local s = have[j] or ''
    for cell, n in pairs(bucket.cells) do
      local at = seek(s, cell, 7, 1)
      if at then
        s = sub(s, 1, at + 2) .. struct.pack('>I4', read('>I4', s, at + 3) + n) .. sub(s, at + 7)
      else
        s = s .. cell .. struct.pack('>I4', n)
      end
    end
    args[2 * j - 1], args[2 * j] = bucket.field, s
  end
  call('HSET', hourKey(h), unpack(args))
  touched[#touched + 1] = FIXED + knowns + generations + blocks + h
end

for n, sent in pairs(networks) do
  local fields, args = { '' }, {}
  for from in pairs(sent) do fields[#fields + 1] = from end
  local have = call('HMGET', sliceKey(n), unpack(fields))
  local size = tonumber(have[1]) or 0
  local beyond = {}
  for j = 2, #fields do
    local from = fields[j]
    if have[j] or size < most then
      if not have[j] then size = size + 1 end
      args[#args + 1] = from
      args[#args + 1] = (tonumber(have[j]) or 0) + sent[from]
    else
      local at = sub(from, 1, 2)
      beyond[at] = (beyond[at] or 0) + sent[from]
    end
  end
  args[#args + 1] = ''
  args[#args + 1] = size
  call('HSET', sliceKey(n), unpack(args))
  for at, more in pairs(beyond) do call('HINCRBY', sliceKey(n), at, more) end
  touched[#touched + 1] = FIXED + knowns + generations + blocks + hours + n
end

local scores = {}
for s, last in pairs(newest) do
  scores[#scores + 1] = last
  scores[#scores + 1] = ARGV[serviceAt + s]
end
if #scores > 0 then call('ZADD', ACTIVE, 'GT', unpack(scores)) end
if #newSymptoms > 0 then call('HSET', SYMPTOMS, unpack(newSymptoms)) end
if begins then call('HSET', EPOCH, 'n', epoch, 'b', began) end
if not restoring and (#journal > 0 or #worked > 0) then
  call('XADD', JOURNAL, '*', 'e', epoch, 'k', concat(worked), 'd', concat(journal))
end

-- What is new gets its expiry, and its place in the index for Forget.
if #touched > 0 then
  local names = {}
  for j, at in ipairs(touched) do names[j] = KEYS[at] end
  local have = call('ZMSCORE', INDEX, unpack(names))
  local fresh = false
  for j, at in ipairs(touched) do
    if not have[j] then
      local over, expires = read('>dI4', spans, (at - FIXED - 1) * 12 + 1)
      call('ZADD', INDEX, over, KEYS[at])
      call('EXPIRE', KEYS[at], expires)
      fresh = true
    end
  end
  if fresh or begins then
    for _, key in ipairs({ EPOCH, INDEX, SYMPTOMS, ACTIVE }) do call('EXPIRE', key, lasting) end
  end
end

if anyKnown then return { epoch, concat(outcomes), call('HGETALL', SYMPTOMS) } end
return { epoch, concat(outcomes) }
