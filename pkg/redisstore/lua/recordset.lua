-- A record set holds records of one size in a hash of strings of about PER_FIELD
-- records each. It is a linear hash table: field i, named by two bytes, holds
-- the records whose number is i modulo the next power of two, or, where that
-- field does not exist yet, modulo the power before. The number of a record is
-- its first three bytes. The hash also has n, the number of records, and s, the
-- number of fields.
--
-- PER_FIELD weighs memory against time: a field costs 48 bytes beside its
-- records, and what goes into Lua or comes out of it costs by the byte, from
-- about 20 records on more than the call itself.
local PER_FIELD = 20

local function fieldName(i)
  local low = i % 256
  return char((i - low) / 256, low)
end

-- open returns a record set, of which no field is read yet. The fields that are
-- read have places from 1 to fetched: names, values and dirty are lists by the
-- place, placeOf finds it by the field's index, and at by the report's number,
-- which is negative for the reporters of yesterday.
local function open(key, size)
  local meta = call('HMGET', key, 'n', 's')
  local t = {
    key = key, size = size, n = tonumber(meta[1]) or 0, s = tonumber(meta[2]) or 1, half = 1,
    placeOf = {}, names = {}, values = {}, at = {}, dirty = {}, fetched = 0,
  }
  while t.half * 2 <= t.s do t.half = t.half * 2 end
  return t
end

-- fetch reads the fields of the records with the given numbers. sign is 1, or -1
-- for the reporters of yesterday.
local function fetch(t, numbers, sign)
  local placeOf, names, at, n = t.placeOf, t.names, t.at, t.fetched
  local first, half, s = n + 1, t.half, t.s
  local double = half * 2
  for j = 1, #numbers do
    local i = numbers[j] % double
    if i >= s then i = i - half end
    local k = placeOf[i]
    if not k then
      n = n + 1
      k = n
      local low = i % 256
      placeOf[i], names[k] = k, char((i - low) / 256, low)
    end
    at[j * sign] = k
  end
  local values = t.values
  if first > n then return end
  local got = t.n > 0 and call('HMGET', t.key, unpack(names, first, n)) or {}
  for k = first, n do values[k] = got[k - first + 1] or '' end
  t.fetched = n
end

-- seek returns the position of the first record in s, at or behind at, that
-- begins with start, or nil.
local function seek(s, start, size, at)
  at = find(s, start, at, true)
  while at and (at - 1) % size ~= 0 do at = find(s, start, at + 1, true) end
  return at
end

-- load returns the place of a field that is about to change, and reads the field
-- if it was not read before.
local function load(t, i)
  local k = t.placeOf[i]
  if not k then
    k = t.fetched + 1
    t.placeOf[i], t.names[k], t.fetched = k, fieldName(i), k
    t.values[k] = i < t.s and call('HGET', t.key, t.names[k]) or ''
  end
  t.dirty[k] = true
  return k
end

-- split adds a field, and moves the records there whose number has the bit of
-- half set. Neighbours that stay or go together are copied together.
local function split(t)
  local from, to = load(t, t.s - t.half), load(t, t.s)
  local byteAt, bit = 2, t.half
  while bit > 255 do byteAt, bit = byteAt - 1, bit / 256 end
  local s, size, double = t.values[from], t.size, bit * 2
  local parts, start, went = { [true] = {}, [false] = {} }, 1, false
  for at = 1, #s, size do
    local goes = byte(s, at + byteAt) % double >= bit
    if goes ~= went then
      local list = parts[went]
      list[#list + 1] = sub(s, start, at - 1)
      start, went = at, goes
    end
  end
  local list = parts[went]
  list[#list + 1] = sub(s, start)
  t.values[from], t.values[to] = concat(parts[false]), concat(parts[true])
  t.s = t.s + 1
  if t.s == t.half * 2 then t.half = t.s end
end

-- flush writes the fields that changed, and reports whether there are any.
local function flush(t)
  if not next(t.dirty) then return false end
  while t.n > t.s * PER_FIELD and t.s < 65535 do split(t) end
  local args, n, values, names, dirty = { 'n', t.n, 's', t.s }, 4, t.values, t.names, t.dirty
  for k = 1, t.fetched do
    if dirty[k] then
      args[n + 1], args[n + 2] = names[k], values[k]
      n = n + 2
    end
  end
  call('HSET', t.key, unpack(args))
  return true
end
