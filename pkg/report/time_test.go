package report

import (
	"testing"
	"time"
)

func TestParseTimeTakesEveryFormOfRFC3339(t *testing.T) {
	want := time.Date(2022, 10, 25, 7, 50, 0, 0, time.UTC)
	for _, text := range []string{
		"2022-10-25T07:50:00Z", "2022-10-25t07:50:00z", "2022-10-25T07:50:00.000z",
		"2022-10-25T13:35:00+05:45", "2022-10-25t13:20:00+05:30", "2022-10-25T07:50:00-00:00",
	} {
		if got, err := ParseTime(text); err != nil || !got.Equal(want) {
			t.Errorf("ParseTime(%q) = %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "2022-10-25", "2022-10-25T07:50Z", "2022-10-25T07:50:00", "2022-10-25T07:50:00+0530", "1666684200"} {
		if got, err := ParseTime(text); err == nil {
			t.Errorf("ParseTime(%q) = %v, want an error", text, got)
		}
	}
}
