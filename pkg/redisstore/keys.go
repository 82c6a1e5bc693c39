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
//	seen:BLOCK      hash    reporters counted in 30 minutes         2 h after its first use, or by Forget
//	hour:HOUR       hash    minute and service → packed counts      29 h after its first use, or by Forget
//	nets:SLICE:SVC  hash    country and network → reports           1 h after its first use, or by Forget
//
// Expiry counts from the first use of a key, in the time of the server. It is
// only there so that nothing stays when nobody forgets; what a key means
// depends on the times that are passed in alone.
const (
	keyEpoch    = "epoch"
	keySymptoms = "symptoms"
	keyActive   = "active"
	keyIndex    = "index"
	keyJournal  = "journal"
)

// lasting is the expiry of the keys that do not belong to a stretch of time.
// It is renewed each hour, and longer than that of anything the epoch is about.
const lasting = 54 * time.Hour

// span is a key for a stretch of time.
type span struct {
	name    string
	over    time.Time     // from when on no answer needs it
	expires time.Duration // after its first use
}

const (
	day           = 24 * time.Hour
	minutesOfDay  = int64(day / window.Width)
	minutesOfHour = int64(time.Hour / window.Width)

	// generation is how long IDs are put into the same key: two of them hold all
	// that is remembered.
	generation = window.IDMemory
	// skew is how far apart the clocks of two processes may be for a resend to
	// be known.
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
	over := time.Unix(0, 0).Add(time.Duration(number+1)*window.Cooldown + window.Cooldown + report.Late)
	return span{"seen:" + strconv.FormatInt(number, 10), over, 2 * time.Hour}
}

func hourSpan(number int64) span {
	over := time.Unix(0, 0).Add(time.Duration(number+1)*time.Hour + window.Retention)
	return span{"hour:" + strconv.FormatInt(number, 10), over, 29 * time.Hour}
}

func netsSpan(number int64, service string) span {
	over := time.Unix(0, 0).Add(time.Duration(number+1)*window.SliceWidth + window.SliceRetention)
	return span{"nets:" + strconv.FormatInt(number, 10) + ":" + service, over, time.Hour}
}

// number returns which stretch of a width since the Unix epoch holds t.
func number(t time.Time, width time.Duration) int64 {
	ms, w := t.UnixMilli(), width.Milliseconds()
	n := ms / w
	if ms%w < 0 {
		n--
	}
	return n
}
