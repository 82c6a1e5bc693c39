-- Numbers as Redis writes them, each converted once.
local digits = setmetatable({}, { __index = function(t, n)
  t[n] = tostring(n)
  return t[n]
end })

-- The networks of a slice. A field named by country and network has its reports,
-- and the field '' has the number of fields. Networks beyond the bound are counted
-- by holder, which is the lower 28 bits, and beyond twice the bound by six bits of it.
for slice, sent in pairs(networks) do
  local key, fields, args, beyond, holders = KEYS[sliceBase + slice], { '' }, {}, {}, {}
  for from in pairs(sent) do fields[#fields + 1] = from end
  local have = call('HMGET', key, unpack(fields))
  local size = tonumber(have[1]) or 0
  for j = 2, #fields do
    local from, old = fields[j], have[j]
    if old or size < maxNetworks then
      if not old then size = size + 1 end
      args[#args + 1] = from
      args[#args + 1] = digits[sent[from] + (old or 0)]
    else
      local holder = sub(from, 1, 2) .. '\0\0\0\0' .. char(byte(from, 7) % 16) .. sub(from, 8)
      if not beyond[holder] then holders[#holders + 1] = holder end
      beyond[holder] = (beyond[holder] or 0) + sent[from]
    end
  end
  if #args > 0 then call('HSET', key, unpack(args)) end
  for _, holder in ipairs(holders) do
    local to = holder
    if size >= 2 * maxNetworks and call('HEXISTS', key, to) == 0 then
      to = sub(holder, 1, 2) .. '\0\0\0\0\0\0\0' .. char(byte(holder, 10) % 64)
    end
    if call('HINCRBY', key, to, beyond[holder]) == beyond[holder] then size = size + 1 end
  end
  call('HSET', key, '', size)
  touched[#touched + 1] = sliceBase + slice
end
