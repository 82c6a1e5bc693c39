package view

import (
	"strings"
	"testing"

	"github.com/outcry/outcry/internal/pagetest"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/status"
)

func TestTheReasonSaysHowManyReportsAreSetAside(t *testing.T) {
	l := pagetest.Locale(t, "en")
	for _, c := range []struct {
		observed, aside int64
		want            string
	}{
		{2140, 1900, "1,900 of the reports are set aside"},
		{3, 1, "1 of the reports is set aside"},
		{2140, 20, ""}, // too few to matter
		{2140, 0, ""},
	} {
		s := status.Status{Observed: c.observed, Aside: c.aside, Reason: detect.Reason{Code: detect.ReasonFewHolders, Holders: 1}}
		got := levelSentences(l, s, Labels{})
		if c.want == "" && strings.Contains(got, "aside") || !strings.Contains(got, c.want) {
			t.Errorf("%d of %d set aside: %q, want %q", c.aside, c.observed, got, c.want)
		}
		if !strings.Contains(got, "too few internet providers") {
			t.Errorf("%q does not say what lacks", got)
		}
	}
}
