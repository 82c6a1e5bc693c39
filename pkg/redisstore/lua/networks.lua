-- Numbers as Redis writes them, each converted once.
local digits = setmetatable({}, { __index = function(t, n)
  t[n] = tostring(n)
  return t[n]
end })

-- The networks of a slice. A field named by country and network has its reports,
-- and the field '' has the number of networks. Networks beyond the bound keep six
-- bits of their holder, as report.Network.Coarse says.
for slice, sent in pairs(networks) do
  local key, fields, args, coarse = KEYS[sliceBase + slice], { '' }, {}, {}
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
      local to = sub(from, 1, 2) .. '\0\0\0\0\0\0\0' .. char(byte(from, 10) % 64)
      coarse[to] = (coarse[to] or 0) + sent[from]
    end
  end
  args[#args + 1] = ''
  args[#args + 1] = size
  call('HSET', key, unpack(args))
  for from, n in pairs(coarse) do call('HINCRBY', key, from, n) end
  touched[#touched + 1] = sliceBase + slice
end
