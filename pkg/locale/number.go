package locale

import (
	"math"
	"strings"

	"golang.org/x/text/number"
)

// NoFigure stands in a table cell without a figure.
const NoFigure = "–"

// Number writes a whole number with the digits and groups of the language.
func (l *Locale) Number(n int64) string { return l.numbers.Sprint(number.Decimal(n)) }

// Decimal writes f with exactly this number of decimals.
func (l *Locale) Decimal(f float64, decimals int) string {
	return l.numbers.Sprint(number.Decimal(f, number.Scale(decimals)))
}

// Percent writes a share, a part of 1, in per cent.
func (l *Locale) Percent(share float64, decimals int) string {
	return l.numbers.Sprint(number.Percent(share, number.Scale(decimals)))
}

// Rounded writes n with three significant digits, as prose does.
func (l *Locale) Rounded(n int64) string { return l.Number(roundThree(n)) }

// roundThree rounds n to three significant digits.
func roundThree(n int64) int64 {
	if n < 1000 {
		return n
	}
	unit := math.Pow10(int(math.Log10(float64(n))) - 2)
	return int64(math.Round(float64(n)/unit) * unit)
}

// Expected writes an expected count for a table or a list.
func (l *Locale) Expected(expected float64) string {
	switch {
	case expected <= 0:
		return NoFigure
	case expected < 1:
		return l.Say("usual_few_short")
	}
	return l.Number(int64(math.Round(expected)))
}

// ExpectedPeople writes an expected count within a sentence.
func (l *Locale) ExpectedPeople(expected float64) string {
	if expected < 1 {
		return l.Say("usual_few")
	}
	return l.Fill("usual_people", Values{"N": l.Rounded(int64(math.Round(expected)))})
}

// leastExpected is the smallest expected count to which a ratio is written. The
// ratio to a smaller one says nothing.
const leastExpected = 0.5

// TimesExpected writes how many times the expected count n is. It returns
// NoFigure if the expected count is unknown or below leastExpected.
func (l *Locale) TimesExpected(n int64, expected float64) string {
	if expected < leastExpected {
		return NoFigure
	}
	ratio := float64(n) / expected
	if ratio < 9.95 {
		return l.Fill("times", Values{"N": l.Decimal(ratio, 1)})
	}
	return l.Fill("times", Values{"N": l.Rounded(int64(math.Round(ratio)))})
}

// PerMillion writes reports per million people. Populations are known to about
// three digits, so it writes no more.
func (l *Locale) PerMillion(n float64) string {
	switch {
	case n <= 0:
		return NoFigure
	case n < 0.05:
		return l.Fill("map_less", Values{"N": l.Decimal(0.1, 1)})
	case n < 10:
		return l.Decimal(n, 1)
	}
	return l.Rounded(int64(n + 0.5))
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
