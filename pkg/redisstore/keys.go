package redisstore

import (
	"strconv"
	"time"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// The keys of a partition, behind the prefix and the partition's hash tag. All
// of them are this package's; cluster has others.
//
//	name            type    holds                                   goes away
//	epoch           hash    number, begin, whether restored         54 h after the last hour with reports or beats
//	symptoms        hash    symptom → its number in this partition  the same
//	active          zset    service → its last minute with problems the same; Forget trims it
//	index           zset    key → when Forget may drop it           the same; Forget trims it
//	journal         stream  counted reports                         entries are dropped once they are archived
//	known:DAY       string  a bit for each minute counting worked   52 h after its first use, or by Forget
//	ids:GENERATION  hash    IDs of 2 h with their outcomes          5 h after its first use, or by Forget
//	claims:GENER…   hash    idempotency keys with what they were for 5 h after its first use, or by Forget
//	seen:BLOCK      hash    reporters counted in 30 minutes         2 h after its first use, or by Forget
//	hour:HOUR       hash    minute and service → packed counts      29 h after its first use, or by Forget
//	nets:SLICE:SVC  hash    country and network → reports           1 h after its first use, or by Forget
//
// Expiry counts from the first use of a key, by the clock of the server. It only
// makes sure that nothing stays if Forget is not called. Answers depend only on
// the times that are passed in.
const (
	keyEpoch    = "epoch"
	keySymptoms = "symptoms"
	keyActive   = "active"
	keyIndex    = "index"
	keyJournal  = "journal"
)

// lasting is the expiry of the keys that belong to no span of time. It is renewed
// each hour, and longer than the expiry of any key of a span.
const lasting = 54 * time.Hour

// span is a key for a span of time.
type span struct {
	name    string
	over    time.Time     // when no answer needs it any more
	expires time.Duration // after its first use
}

const (
	day           = 24 * time.Hour
	minutesOfDay  = int64(day / window.Width)
	minutesOfHour = int64(time.Hour / window.Width)

	// generation is how long new IDs go into the same key. Two generations have all
	// IDs that are remembered.
	generation = window.IDMemory
	// skew is how far the clocks of two processes may differ so that a resend is
	// still recognized.
	skew = time.Minute
)

func knownSpan(number int64) span {
	over := time.Unix(0, 0).Add(time.Duration(number+1)*day + window.Retention)
	return span{"known:" + strconv.FormatInt(number, 10), over, 52 * time.Hour}
}

func idSpan(number int64) span {
	over := time.Unix(0, 0).Add(time.Duration(number+1)*generation + window.IDMemory)
	return span{"ids:" + strconv.FormatInt(number, 10), over, 5 * time.Hour}
}

func seenSpan(number int64) span {
	over := time.Unix(0, 0).Add(time.Duration(number+1)*window.Cooldown + window.Cooldown + report.MaxDelay)
	return span{"seen:" + strconv.FormatInt(number, 10), over, 2 * time.Hour}
}

func hourSpan(number int64) span {
	over := time.Unix(0, 0).Add(time.Duration(number+1)*time.Hour + window.Retention)
	return span{"hour:" + strconv.FormatInt(number, 10), over, 29 * time.Hour}
}

func netsSpan(number int64, service string) span {
	over := time.Unix(0, 0).Add(time.Duration(number+1)*window.SliceWidth + window.SliceRetention)
	return span{"nets:" + strconv.FormatInt(number, 10) + ":" + service, over, 2 * time.Hour}
}

// number returns the number of the span of the given width that has t in it. The
// span that begins at the Unix epoch is 0.
func number(t time.Time, width time.Duration) int64 {
	ms, w := t.UnixMilli(), width.Milliseconds()
	n := ms / w
	if ms%w < 0 {
		n--
	}
	return n
}
