-- add returns a bucket, which is its records of COUNT, with more in some cells.
local function add(s, cells)
  local places, counts, fresh = {}, {}, {}
  for cell, n in pairs(cells) do
    local at = seek(s, cell, COUNT_SIZE, 1)
    if at then
      places[#places + 1], counts[at] = at, n
    else
      fresh[#fresh + 1] = pack(COUNT, cell, n)
    end
  end
  table.sort(places)
  local parts, from = {}, 1
  for _, at in ipairs(places) do
    local cell, n = read(COUNT, s, at)
    parts[#parts + 1] = sub(s, from, at - 1)
    parts[#parts + 1] = pack(COUNT, cell, n + counts[at])
    from = at + COUNT_SIZE
  end
  parts[#parts + 1] = sub(s, from)
  return concat(parts) .. concat(fresh)
end

-- What is counted, by hour, field and cell, and the last minute with problems of
-- each service.
local buckets, lastProblem = {}, {}
for g = 1, groups do
  if groupCount[g] > 0 then
    local hour, field, cell, service = groupBucket[g].hour, groupBucket[g].field, groupCell[g], groupService[g]
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
    cells[cell] = (cells[cell] or 0) + groupCount[g]
    if groupKind[g] == PROBLEM and groupMinute[g] > (lastProblem[service] or -1) then lastProblem[service] = groupMinute[g] end
  end
end
for hour, fields in pairs(buckets) do
  local names, args = {}, {}
  for field in pairs(fields) do names[#names + 1] = field end
  local have = call('HMGET', KEYS[hourBase + hour], unpack(names))
  for j, field in ipairs(names) do
    args[2 * j - 1], args[2 * j] = field, add(have[j] or '', fields[field])
  end
  call('HSET', KEYS[hourBase + hour], unpack(args))
  touched[#touched + 1] = hourBase + hour
end

local scores = {}
for service, minute in pairs(lastProblem) do
  scores[#scores + 1] = minute
  scores[#scores + 1] = ARGV[serviceBase + service]
end
if #scores > 0 then call('ZADD', ACTIVE_KEY, 'GT', unpack(scores)) end
