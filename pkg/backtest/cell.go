package backtest

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// TimeLayout is the layout of times in what Run writes. They are in UTC.
const TimeLayout = time.DateTime

// maxValue is the largest count: up to it a float64 holds every whole number
// exactly.
const maxValue = 1 << 53

// maxZone is the largest offset from UTC that ISO 8601 files have in practice.
const maxZone = 18 * time.Hour

// isUnknown reports whether a value says that nobody could count: it is empty, or
// one of the words that pandas, R and SQL write.
func isUnknown(s string) bool {
	switch len(s) {
	case 0:
		return true
	case 2:
		return strings.EqualFold(s, "NA")
	case 3:
		return strings.EqualFold(s, "NaN")
	case 4:
		return strings.EqualFold(s, "null")
	}
	return false
}

// ParseTime returns the time of s in UTC and reports whether s is one. A time is a
// date of ISO 8601; a "T" or a space and hours, minutes and perhaps seconds; and a
// zone: "Z", "UTC" or an offset such as "+05:30", "+0530" or "+05". Midnight may be
// the date alone. Without a zone a time is in UTC. ParseTime is about five times as
// fast as time.Parse.
func ParseTime(s string) (time.Time, bool) {
	const date = "0000-00-00"
	if !fits(s, date) {
		return time.Time{}, false
	}
	year, month, day := digits(s[0:2])*100+digits(s[2:4]), time.Month(digits(s[5:7])), digits(s[8:10])
	hour, minute, second, zone, ok := parseClock(s[len(date):])
	if !ok || month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59 {
		return time.Time{}, false
	}
	t := time.Date(year, month, day, hour, minute, second, 0, time.UTC)
	if day > 28 && t.Day() != day {
		return time.Time{}, false
	}
	if zone != 0 {
		t = t.Add(-zone)
	}
	return t, true
}

// parseClock parses what follows a date: nothing, or a separator, a time of day and
// perhaps a zone.
func parseClock(s string) (hour, minute, second int, zone time.Duration, ok bool) {
	if s == "" {
		return 0, 0, 0, 0, true
	}
	if s[0] != ' ' && s[0] != 'T' && s[0] != 't' || !fits(s[1:], "00:00") {
		return 0, 0, 0, 0, false
	}
	hour, minute, s = digits(s[1:3]), digits(s[4:6]), s[6:]
	if fits(s, ":00") {
		second, s = digits(s[1:3]), s[3:]
		s = trimFraction(s)
	}
	zone, ok = parseZone(s)
	return hour, minute, second, zone, ok
}

// trimFraction removes a fraction of a second from the front of s, if it is zero.
func trimFraction(s string) string {
	if !fits(s, ".0") {
		return s
	}
	return strings.TrimLeft(s[1:], "0")
}

// parseZone returns an offset from UTC and reports whether s is one. Nothing is UTC.
func parseZone(s string) (time.Duration, bool) {
	s = strings.TrimPrefix(s, " ")
	switch s {
	case "", "Z", "z", "UTC":
		return 0, true
	}
	sign := time.Duration(1)
	switch s[0] {
	case '+':
	case '-':
		sign = -1
	default:
		return 0, false
	}
	s = s[1:]
	minutes := 0
	switch {
	case len(s) == 5 && fits(s, "00:00"):
		minutes = digits(s[3:5])
	case len(s) == 4 && fits(s, "0000"):
		minutes = digits(s[2:4])
	case len(s) == 2 && fits(s, "00"):
	default:
		return 0, false
	}
	zone := time.Duration(digits(s[0:2]))*time.Hour + time.Duration(minutes)*time.Minute
	return sign * zone, zone <= maxZone && minutes < 60
}

// fits reports whether s begins like layout, in which a zero stands for any digit.
func fits(s, layout string) bool {
	if len(s) < len(layout) {
		return false
	}
	for i := range len(layout) {
		if layout[i] == '0' {
			if s[i] < '0' || s[i] > '9' {
				return false
			}
		} else if s[i] != layout[i] {
			return false
		}
	}
	return true
}

// digits returns the number that two digits are.
func digits(s string) int { return int(s[0]-'0')*10 + int(s[1]-'0') }

// parseCount parses a number in [0, maxValue] and reports whether it is one.
func parseCount(s string) (float64, bool) {
	if len(s) <= 15 {
		n := 0
		for i := range len(s) {
			if s[i] < '0' || s[i] > '9' {
				n = -1
				break
			}
			n = n*10 + int(s[i]-'0')
		}
		if n >= 0 && s != "" {
			return float64(n), true
		}
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(v) || v < 0 || v > maxValue || math.Signbit(v) {
		return 0, false
	}
	return v, true
}
