package ingest

import (
	"time"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// yesterdayFor is how long after midnight yesterday's key is handed out. A
// report may name a minute report.MaxDelay back, and repeat one that named a minute
// less than window.Cooldown before that.
const yesterdayFor = window.Cooldown + report.MaxDelay

// Day is a UTC day, as the number of days since the Unix epoch.
type Day int64

const secondsOfDay = 24 * 60 * 60

// DayOf returns the day that t lies in.
func DayOf(t time.Time) Day { return Day(t.Unix() / secondsOfDay) }

// Start returns the first moment of d.
func (d Day) Start() time.Time { return time.Unix(int64(d)*secondsOfDay, 0).UTC() }

// String returns the date of d as YYYY-MM-DD.
func (d Day) String() string { return d.Start().Format(time.DateOnly) }

// KeyPair holds the keys of a day and of the day before. A key that does not
// exist is nil.
type KeyPair struct {
	Day              Day
	Today, Yesterday *report.DayKey
}

// At returns the keys that DayKeys.Keys hands out at now, which lies in p.Day or
// in the day before: a clock may be read just before midnight and the keys just
// after it.
func (p *KeyPair) At(now time.Time) (today, yesterday *report.DayKey) {
	if p.Day == DayOf(now)+1 {
		if p.Yesterday != nil {
			return p.Yesterday, nil
		}
		return p.Today, nil
	}
	if now.Sub(p.Day.Start()) < yesterdayFor {
		yesterday = p.Yesterday
	}
	return p.Today, yesterday
}
