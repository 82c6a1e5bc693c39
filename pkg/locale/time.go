package locale

import (
	"fmt"
	"strconv"
	"time"
)

// In returns l with times in a zone, for a page that names the zone once.
func (l *Locale) In(zone *time.Location) *Locale {
	local := *l
	local.location, local.named = zone, true
	return &local
}

// local returns t in the zone of l.
func (l *Locale) local(t time.Time) time.Time {
	if l.location == nil {
		return t.UTC()
	}
	return t.In(l.location)
}

// Truncate rounds t down to a multiple of d since midnight in the zone of l.
func (l *Locale) Truncate(t time.Time, d time.Duration) time.Time {
	_, offset := l.local(t).Zone()
	ahead := time.Duration(offset) * time.Second
	return t.Add(ahead).Truncate(d).Add(-ahead)
}

// Zone names the zone of l by its distance from UTC.
func (l *Locale) Zone() string {
	_, seconds := l.local(time.Time{}).Zone()
	if seconds == 0 {
		return l.Say("utc")
	}
	sign, minutes := "+", seconds/60
	if minutes < 0 {
		sign, minutes = "−", -minutes
	}
	name := l.Say("utc") + sign + l.digits(strconv.Itoa(minutes/60))
	if minutes%60 != 0 {
		name += l.digits(fmt.Sprintf(":%02d", minutes%60))
	}
	return name
}

// Clock writes the time of day without its zone.
func (l *Locale) Clock(t time.Time) string { return l.digits(l.local(t).Format("15:04")) }

// Time writes the time of day, with its zone unless the page names it.
func (l *Locale) Time(t time.Time) string {
	if l.named {
		return l.Clock(t)
	}
	return l.ZonedTime(t)
}

// ZonedTime writes the time of day with its zone, for text that is read elsewhere
// than on its page.
func (l *Locale) ZonedTime(t time.Time) string { return l.Clock(t) + " " + l.Zone() }

// monthKeys are the messages with the names of the months.
var monthKeys = [...]string{"month_1", "month_2", "month_3", "month_4", "month_5", "month_6",
	"month_7", "month_8", "month_9", "month_10", "month_11", "month_12"}

// Date writes the day with its month and year.
func (l *Locale) Date(t time.Time) string { return l.Fill("date", l.dateValues(t)) }

// Day writes the day with its month.
func (l *Locale) Day(t time.Time) string { return l.Fill("day", l.dateValues(t)) }

// MonthAndYear writes the month with its year.
func (l *Locale) MonthAndYear(t time.Time) string { return l.Fill("month_of_year", l.dateValues(t)) }

func (l *Locale) dateValues(t time.Time) Values {
	t = l.local(t)
	return Values{"Day": l.digits(strconv.Itoa(t.Day())), "Month": l.Say(monthKeys[t.Month()-1]), "Year": l.digits(strconv.Itoa(t.Year()))}
}

// Duration writes a duration to the minute, with at most two units.
func (l *Locale) Duration(d time.Duration) string {
	minutes := int64((d + time.Minute/2) / time.Minute)
	large, small, largeKey, smallKey := minutes/60, minutes%60, "n_hours", "n_minutes"
	if minutes >= 48*60 {
		large, small, largeKey, smallKey = minutes/(24*60), minutes%(24*60)/60, "n_days", "n_hours"
	}
	switch {
	case large == 0:
		return l.Count(smallKey, max(1, small), nil)
	case small == 0:
		return l.Count(largeKey, large, nil)
	}
	return l.Fill("n_and_n", Values{"First": l.Count(largeKey, large, nil), "Second": l.Count(smallKey, small, nil)})
}

// InLast writes a window that ends now: "in the last 15 minutes".
func (l *Locale) InLast(window time.Duration) string {
	return l.countWindow(window, "in_hours", "in_minutes")
}

// InWindow writes a window at any time: "in 15 minutes".
func (l *Locale) InWindow(window time.Duration) string {
	return l.countWindow(window, "in_n_hours", "in_n_minutes")
}

func (l *Locale) countWindow(window time.Duration, hoursKey, minutesKey string) string {
	if window%time.Hour == 0 {
		return l.Count(hoursKey, int64(window/time.Hour), nil)
	}
	return l.Count(minutesKey, int64(window/time.Minute), nil)
}

// ShortWindow writes a window on a switch: "15 min".
func (l *Locale) ShortWindow(window time.Duration) string {
	if window%time.Hour == 0 {
		return l.Fill("short_hours", Values{"N": l.Number(int64(window / time.Hour))})
	}
	return l.Fill("short_minutes", Values{"N": l.Minutes(window)})
}

// Minutes writes the number of whole minutes in d.
func (l *Locale) Minutes(d time.Duration) string { return l.Number(int64(d / time.Minute)) }

// Stamp writes t for programs, to the minute.
func Stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04Z") }

// Moment is a short sentence about a time. The strong part is the time itself.
type Moment struct {
	Parts []Part
	Stamp string
}

// Moment fills the message with this key with the time of day of t.
func (l *Locale) Moment(key string, t time.Time) Moment {
	return Moment{Parts: Parts(l.Fill(key, Values{"Time": l.Time(t)})), Stamp: Stamp(t)}
}

// Since writes "since" with a time of day, or with a date if t is a day or more
// before now.
func (l *Locale) Since(t, now time.Time) Moment {
	if now.Sub(t) < 24*time.Hour {
		return l.Moment("since_time", t)
	}
	return Moment{Parts: Parts(l.Fill("since_date", Values{"Date": l.Date(t)})), Stamp: Stamp(t)}
}
