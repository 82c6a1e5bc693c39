package web

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/number"
)

// nothing stands in a cell of a table for which there is no figure.
const nothing = "–"

// Number writes a whole number with the digits and groups of the language.
func (l *Locale) Number(n int64) string { return l.numbers.Sprint(number.Decimal(n)) }

// decimal writes f with exactly so many decimals.
func (l *Locale) decimal(f float64, decimals int) string {
	return l.numbers.Sprint(number.Decimal(f, number.Scale(decimals)))
}

// percent writes a share of 1 in per cent.
func (l *Locale) percent(share float64, decimals int) string {
	return l.numbers.Sprint(number.Percent(share, number.Scale(decimals)))
}

// rounded is n with three significant digits.
func rounded(n int64) int64 {
	if n < 1000 {
		return n
	}
	unit := math.Pow10(int(math.Log10(float64(n))) - 2)
	return int64(math.Round(float64(n)/unit) * unit)
}

// round writes n as prose does: with three significant digits.
func (l *Locale) round(n int64) string { return l.Number(rounded(n)) }

// about returns the plural form of a message for n things, rounded as prose
// does.
func (l *Locale) about(key string, n int64, w words) string {
	return l.count(key, rounded(n), w)
}

// usual writes an expected count, short, for tables and lists.
func (l *Locale) usual(expected float64) string {
	switch {
	case expected <= 0:
		return nothing
	case expected < 1:
		return l.Say("usual_few_short")
	}
	return l.Number(int64(math.Round(expected)))
}

// usualPeople writes an expected count within a sentence.
func (l *Locale) usualPeople(expected float64) string {
	if expected < 1 {
		return l.Say("usual_few")
	}
	return l.fill("usual_people", words{"N": l.round(int64(math.Round(expected)))})
}

// leastUsual is the smallest expected count that a ratio to it means anything.
const leastUsual = 0.5

// times writes how many times the usual n is, or nothing where what is usual is
// too small or unknown for a ratio to mean anything.
func (l *Locale) times(n int64, expected float64) string {
	if expected < leastUsual {
		return nothing
	}
	ratio := float64(n) / expected
	if ratio < 9.95 {
		return l.fill("times", words{"N": l.decimal(ratio, 1)})
	}
	return l.fill("times", words{"N": l.round(int64(math.Round(ratio)))})
}

// digits replaces the digits 0–9 in text with those of the language.
func (l *Locale) digits(text string) string {
	return strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' {
			return l.zero + r - '0'
		}
		return r
	}, text)
}

// clock writes the time of day in UTC.
func (l *Locale) clock(t time.Time) string { return l.digits(t.UTC().Format("15:04")) }

// months are the keys of their names.
var months = [...]string{"month_1", "month_2", "month_3", "month_4", "month_5", "month_6",
	"month_7", "month_8", "month_9", "month_10", "month_11", "month_12"}

// date writes the day in UTC.
func (l *Locale) date(t time.Time) string {
	t = t.UTC()
	return l.fill("date", words{"Day": l.digits(strconv.Itoa(t.Day())), "Month": l.Say(months[t.Month()-1]), "Year": l.digits(strconv.Itoa(t.Year()))})
}

// day writes the day in UTC without its year.
func (l *Locale) day(t time.Time) string {
	t = t.UTC()
	return l.fill("day", words{"Day": l.digits(strconv.Itoa(t.Day())), "Month": l.Say(months[t.Month()-1])})
}

// monthOf writes the month in UTC.
func (l *Locale) monthOf(t time.Time) string {
	t = t.UTC()
	return l.fill("month_of_year", words{"Month": l.Say(months[t.Month()-1]), "Year": l.digits(strconv.Itoa(t.Year()))})
}

// lasted writes how long something lasted, in words, with two units at most.
func (l *Locale) lasted(d time.Duration) string {
	minutes := int64((d + time.Minute/2) / time.Minute)
	large, small, key, rest := minutes/60, minutes%60, "n_hours", "n_minutes"
	if minutes >= 48*60 {
		large, small, key, rest = minutes/(24*60), minutes%(24*60)/60, "n_days", "n_hours"
	}
	switch {
	case large == 0:
		return l.count(rest, max(1, small), nil)
	case small == 0:
		return l.count(key, large, nil)
	}
	return l.fill("n_and_n", words{"First": l.count(key, large, nil), "Second": l.count(rest, small, nil)})
}

// within writes a window as part of a sentence: "in the last 15 minutes".
func (l *Locale) within(w time.Duration) string {
	if w%time.Hour == 0 {
		return l.count("in_hours", int64(w/time.Hour), nil)
	}
	return l.count("in_minutes", int64(w/time.Minute), nil)
}

// in writes a stretch of time in which something was counted: "in 15 minutes".
func (l *Locale) in(w time.Duration) string {
	if w%time.Hour == 0 {
		return l.count("in_n_hours", int64(w/time.Hour), nil)
	}
	return l.count("in_n_minutes", int64(w/time.Minute), nil)
}

// short writes a window on a switch: "15 min".
func (l *Locale) short(w time.Duration) string {
	if w%time.Hour == 0 {
		return l.fill("short_hours", words{"N": l.Number(int64(w / time.Hour))})
	}
	return l.fill("short_minutes", words{"N": l.Number(int64(w / time.Minute))})
}

// minutes writes the number of minutes of the step of charts.
func (l *Locale) minutes(d time.Duration) string { return l.Number(int64(d / time.Minute)) }

// inline writes a name as it stands within a sentence. English names begin with
// a capital on buttons; acronyms keep theirs.
func (l *Locale) inline(name string) string {
	if l.Code != "en" {
		return name
	}
	first, size := utf8.DecodeRuneInString(name)
	second, _ := utf8.DecodeRuneInString(name[size:])
	if unicode.IsUpper(second) {
		return name
	}
	return string(unicode.ToLower(first)) + name[size:]
}

// stamp writes t for machines, to the minute.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04Z") }

// Moment is a time within a short sentence, of which the strong part is the
// time itself.
type Moment struct {
	Parts []Part
	Stamp string
	Clock bool // a time of day, which the script may turn to the visitor's zone
}

// moment words the time of day t by a key.
func (l *Locale) moment(key string, t time.Time) Moment {
	return Moment{Parts: parts(l.fill(key, words{"Time": l.clock(t)})), Stamp: stamp(t), Clock: true}
}

// since words since when something has been so: by the day, if that is more than
// a day before now.
func (l *Locale) since(t, now time.Time) Moment {
	if now.Sub(t) < 24*time.Hour {
		return l.moment("since_time", t)
	}
	return Moment{Parts: parts(l.fill("since_date", words{"Date": l.date(t)})), Stamp: stamp(t)}
}

// capital begins a sentence, whatever its first value was.
func capital(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:]
}
