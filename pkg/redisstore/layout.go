package redisstore

// What Go and the scripts give each other is packed by these layouts. Go packs
// records by them, and script.go writes the format and size of each into the
// scripts. TestScriptsReadWhatGoPacks holds both sides to them.

// Arguments of the scripts that count.
var (
	// ARGV[4]: the bounds that counting keeps to.
	limitsLayout = newLayout("LIMITS",
		field{"lasting", "I4", "expiry of the keys that belong to no span of time, in seconds"},
		field{"networks", "I4", "most networks that are counted apart in a slice"},
		field{"cooldown", "I4", "time in which a reporter counts once, in minutes"},
	)

	// ARGV[5]: how many of each the call has. The keys of the five spans follow
	// the fixed keys in this order, and the names follow the fixed arguments.
	sizesLayout = newLayout("SIZES",
		field{"days", "H", "keys known:DAY"},
		field{"generations", "H", "keys ids:GENERATION, in the order of time"},
		field{"blocks", "H", "keys seen:BLOCK, in the order of time"},
		field{"hours", "H", "keys hour:HOUR"},
		field{"slices", "H", "keys nets:SLICE:SVC"},
		field{"symptoms", "H", "names of symptoms"},
		field{"services", "H", "names of services"},
		field{"groups", "H", "records of GROUP"},
		field{"reports", "H", "records of REPORT"},
	)

	// ARGV[6], and ARGV[3] of restore.lua: when each key of a span ends.
	spanLayout = newLayout("SPAN",
		field{"over", "d", "when no answer needs the key any more, in milliseconds since the Unix epoch"},
		field{"expires", "I4", "expiry of the key, in seconds after its first use"},
	)

	// ARGV[7]: minutes in which counting works.
	minuteLayout = newLayout("MINUTE",
		field{"day", "H", "number of the day's key"},
		field{"bit", "H", "minute of the day"},
		field{"minute", "c4", "minute since the Unix epoch, as the journal has it (32 bits)"},
	)

	// ARGV[8]: what several reports or visits have in common. Spans, services and
	// symptoms are referred to by their number in the call, from 1 on; 0 is none.
	groupLayout = newLayout("GROUP",
		field{"kind", "B", "report.Kind"},
		field{"service", "H", "number of the service"},
		field{"country", "H", "number of the country, see countryNumber"},
		field{"symptom", "H", "number of the symptom"},
		field{"hour", "H", "number of the hour's key"},
		field{"minuteOfHour", "B", "minute that the reports name, within the hour"},
		field{"minute", "I4", "the same minute, since the Unix epoch"},
		field{"generation", "B", "number of the key that new IDs go into; 0 for visits"},
		field{"block", "H", "number of the key that reporters go into; 0 for visits"},
		field{"slice", "H", "number of the key that networks go into; 0 unless window.HasNetwork"},
		field{"visits", "H", "visits, which are counted without being decided on"},
	)

	// ARGV[9]: the reports to decide on.
	reportLayout = newLayout("REPORT",
		field{"group", "H", "number of the group"},
		field{"idNumber", "I3", "number of the ID in its record set: its first three bytes"},
		field{"id", "c6", "idDigest"},
		field{"reporterNumber", "I3", "number of the reporter in its record set: the first three bytes of address"},
		field{"address", "c4", "first half of reporterDigest: the address"},
		field{"device", "c4", "second half of reporterDigest: 27 bits of the device, 5 of the minute"},
		field{"devices", "H", "most devices that count at the address within a cool-down"},
		field{"source", "c10", "country in two letters, and report.Network (64 bits)"},
	)

	// ARGV[10]: the same reporters under the day key of yesterday. It has a record
	// for each report if some report of the call has such a reporter; device is 0
	// where a report has none.
	yesterdayLayout = newLayout("YESTERDAY",
		field{"reporterNumber", "I3", "as in REPORT"},
		field{"address", "c4", "as in REPORT"},
		field{"device", "c4", "as in REPORT"},
	)
)

// Values in Redis, and answers of the scripts.
var (
	// Values of hour:HOUR are any number of these, one for each cell that has
	// counts. The script changes them, restore.lua sets them, Go reads them.
	//
	// Cell has what differs most first, so that a search fails early: the lower 8
	// bits of the country, the lower 8 bits of the symptom's number in the
	// partition, then from the highest bit on 3 bits of report.Kind, 3 more of
	// the symptom and 2 more of the country.
	countLayout = newLayout("COUNT",
		field{"cell", "c3", "country, symptom and kind, see above"},
		field{"n", "I4", "reports"},
	)

	// Values of ids:GENERATION are any number of these.
	idLayout = newLayout("ID",
		field{"id", "c6", "idDigest"},
		field{"cell", "c3", "cell of the report, as in COUNT; the two highest bits of its last byte are the window.Status"},
	)

	// Values of seen:BLOCK are any number of these.
	reporterLayout = newLayout("REPORTER",
		field{"address", "c4", "as in REPORT"},
		field{"device", "c4", "as in REPORT"},
	)

	// The answer to each report.
	outcomeLayout = newLayout("OUTCOME",
		field{"status", "B", "window.Status of a report that is new, or outcomeKnown"},
		field{"cell", "c3", "cell and status of the first report with this ID, as in ID, or 0"},
	)

	// The field k of a journal entry: minutes in which counting worked.
	knownLayout = newLayout("KNOWN", field{"minute", "I4", "minute since the Unix epoch"})
)

// Arguments of restore.lua from ARGV[4] on: one for each thing to set. It
// begins with RESTORE; what follows depends on what is set.
var (
	restoreLayout = newLayout("RESTORE",
		field{"what", "B", "restoreBucket, restoreKnown or restoreActive"},
		field{"key", "H", "number of the key, from 1 on; 0 for restoreActive"},
	)

	// restoreBucket: this, the name of the field, and its records of COUNT.
	restoreBucketLayout = newLayout("RESTORE_BUCKET", field{"length", "B", "length of the field's name in bytes"})

	// restoreKnown: this.
	restoreKnownLayout = newLayout("RESTORE_KNOWN", field{"bit", "H", "minute of the day"})

	// restoreActive: this and the name of the service.
	restoreActiveLayout = newLayout("RESTORE_ACTIVE", field{"minute", "I4", "last minute with problems, since the Unix epoch"})
)

// What restore.lua sets.
const (
	restoreBucket byte = 'B' // a bucket
	restoreKnown  byte = 'K' // a minute in which counting worked
	restoreActive byte = 'A' // the last minute in which a service had problems
)

// outcomeKnown is the status of an outcome when the ID was seen before.
const outcomeKnown = 128
