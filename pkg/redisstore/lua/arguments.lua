-- Decides on the reports of one partition, in order, and counts them, in one
-- step. The files of this script are joined by script.go; layout.go describes
-- all that is packed.
--
-- The script first reads everything, then decides, then writes, so that nothing
-- is half done: Redis refuses a script at its first write or not at all.
--
-- It runs for every report and is written for speed: calls of Redis take
-- hundreds of reports at once, and loops look nothing up twice.
local call, char, byte, sub, find = redis.call, string.char, string.byte, string.sub, string.find
local floor, concat, read, pack = math.floor, table.concat, struct.unpack, struct.pack

-- KEYS: these, then the keys of each kind of span.
local EPOCH_KEY, INDEX_KEY, SYMPTOMS_KEY, ACTIVE_KEY, JOURNAL_KEY = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local FIXED_KEYS = 5

-- ARGV: these, then the names of the symptoms, then those of the services.
local restoring, newEpoch, now = ARGV[1] == 'restore', ARGV[2], ARGV[3]
local lasting, maxNetworks, cooldown = read(LIMITS, ARGV[4])
local days, generations, blocks, hours, slices, symptoms, services, groups, reports = read(SIZES, ARGV[5])
local packedSpans, packedMinutes, packedGroups = ARGV[6], ARGV[7], ARGV[8]
local packedReports, packedYesterday, records = ARGV[9], ARGV[10], ARGV[11]
local symptomBase = 11
local serviceBase = symptomBase + symptoms

-- The place in KEYS before the first key of each kind of span.
local generationBase = FIXED_KEYS + days
local blockBase = generationBase + generations
local hourBase = blockBase + blocks
local sliceBase = hourBase + hours

-- An epoch begins when there is none: at the first use, or after a loss.
local epoch = call('HGET', EPOCH_KEY, 'n')
local begins = not epoch
if restoring and epoch ~= newEpoch then return redis.error_reply('EPOCH is over') end
if begins then epoch = newEpoch end
