package locale

import (
	"testing"
	"time"
)

func TestNumbersAndTimesAreWrittenInTheLanguage(t *testing.T) {
	en, bn := loadLocale(t, "en"), loadLocale(t, "bn")
	now := time.Date(2022, 10, 25, 7, 50, 0, 0, time.UTC)
	for _, c := range []struct{ what, got, want string }{
		{"number en", en.Number(236_900), "236,900"},
		{"number bn", bn.Number(236_900), "২,৩৬,৯০০"},
		{"round en", en.Rounded(236_900), "237,000"},
		{"round below a thousand", en.Rounded(999), "999"},
		{"round 1,240", en.Rounded(1_240), "1,240"},
		{"round 1,245", en.Rounded(1_245), "1,250"},
		{"round up a digit", en.Rounded(99_960), "100,000"},
		{"percent bn", bn.Percent(.612, 1), "৬১.২%"},
		{"clock bn", bn.Clock(now.Add(-55 * time.Minute)), "০৬:৫৫"},
		{"date en", en.Date(now), "25 October 2022"},
		{"date bn", bn.Date(now), "২৫ অক্টোবর ২০২২"},
		{"usual unknown", en.Expected(0), "–"},
		{"usual below one", en.Expected(.4), "<1"},
		{"usual below one bn", bn.Expected(.4), "<১"},
		{"times small", en.TimesExpected(10, 4), "2.5×"},
		{"times large", en.TimesExpected(68_000, 40), "1,700×"},
		{"times of nearly nothing", en.TimesExpected(90, .3), "–"},
		{"window", en.InLast(15 * time.Minute), "in the last 15 minutes"},
		{"window of an hour", en.InLast(time.Hour), "in the last hour"},
		{"window bn", bn.InLast(24 * time.Hour), "গত ২৪ ঘণ্টায়"},
		{"symptom", en.InSentence("Messaging"), "messaging"},
		{"acronym", en.InSentence("SMS"), "SMS"},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %q, want %q", c.what, c.got, c.want)
		}
	}
}
