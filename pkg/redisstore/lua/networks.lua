-- Numbers as Redis writes them, each converted once.
local digits = setmetatable({}, { __index = function(t, n)
  t[n] = tostring(n)
  return t[n]
end })

-- The networks of a slice. A field named by country and network has its reports,
-- the field of a country has the reports of networks beyond the bound, and the
-- field '' has the number of networks.
for slice, sent in pairs(networks) do
  local key, fields, args, beyond = KEYS[sliceBase + slice], { '' }, {}, {}
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
      local country = sub(from, 1, 2)
      beyond[country] = (beyond[country] or 0) + sent[from]
    end
  end
  args[#args + 1] = ''
  args[#args + 1] = size
  call('HSET', key, unpack(args))
  for country, n in pairs(beyond) do call('HINCRBY', key, country, n) end
  touched[#touched + 1] = sliceBase + slice
end
