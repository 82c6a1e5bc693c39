package status

import (
	"context"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/incident"
)

// present returns the status of a service with these reports in the running
// minute, of which India holds all, where ten a minute are usual.
func present(t *testing.T, reports int64, live incident.Live) Status {
	t.Helper()
	h := newSources()
	h.baseline.Level, h.baseline.LongestExposure = 10, 24*time.Hour
	h.count(noon, "IN", "messaging", reports)
	h.liveState = live
	s, err := h.board(t).Status(context.Background(), "whatsapp")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// troubled returns the live state of a service in trouble with this reason.
func troubled(state incident.State, level detect.Level, onset time.Time, r detect.Reason) incident.Live {
	v := detect.Verdict{Window: 15 * time.Minute, Reason: r, Confidence: 0.9, Networks: 20}
	return incident.Live{Verdict: v, Incident: &incident.Incident{ID: "whatsapp", State: state, Level: level, Onset: onset, Suspected: onset, Declared: onset, Resolved: noon.Add(-5 * time.Minute)}}
}

func TestTheReasonAgreesWithTheLevelAndTheWindow(t *testing.T) {
	long, short := noon.Add(-time.Hour), noon.Add(-3*time.Minute)
	local := troubled(incident.Confirmed, detect.Outage, long, detect.Reason{Code: detect.ReasonUnusual})
	local.Countries = map[string]detect.Verdict{"IN": {Level: detect.Outage}}
	calm := func(code detect.ReasonCode) incident.Live {
		return incident.Live{Verdict: detect.Verdict{Reason: detect.Reason{Code: code}}}
	}
	for name, c := range map[string]struct {
		reports int64
		live    incident.Live
		want    detect.ReasonCode
	}{
		"calm":                            {145, calm(detect.ReasonUsual), detect.ReasonUsual},
		"no verdict":                      {145, incident.Live{}, detect.ReasonUsual},
		"calm, but more than usual":       {1000, calm(detect.ReasonUsual), detect.ReasonAbove},
		"few sources":                     {1000, calm(detect.ReasonFewSources), detect.ReasonFewSources},
		"few sources within the range":    {145, calm(detect.ReasonFewSources), detect.ReasonUsual},
		"no more than others":             {1000, calm(detect.ReasonCommonRise), detect.ReasonCommonRise},
		"no more than others, and usual":  {145, calm(detect.ReasonCommonRise), detect.ReasonUsual},
		"still learning":                  {1000, calm(detect.ReasonNoHistory), detect.ReasonNoHistory},
		"not counted":                     {0, calm(detect.ReasonNotCounted), detect.ReasonNotCounted},
		"just over":                       {1000, troubled(incident.Resolved, detect.OK, long, detect.Reason{Code: detect.ReasonUsual}), detect.ReasonEnded},
		"over and back":                   {145, troubled(incident.Resolved, detect.OK, long, detect.Reason{Code: detect.ReasonUsual}), detect.ReasonUsual},
		"an outage":                       {1000, troubled(incident.Confirmed, detect.Outage, long, detect.Reason{Code: detect.ReasonUnusual}), detect.ReasonUnusual},
		"an outage without a reason":      {1000, troubled(incident.Confirmed, detect.Outage, long, detect.Reason{}), detect.ReasonUnusual},
		"an outage that has just begun":   {145, troubled(incident.Confirmed, detect.Outage, short, detect.Reason{Code: detect.ReasonUnusual}), detect.ReasonSudden},
		"an outage whose counts fell":     {145, troubled(incident.Recovering, detect.Outage, long, detect.Reason{Code: detect.ReasonEasing}), detect.ReasonSettling},
		"an outage that falls":            {1000, troubled(incident.Recovering, detect.Outage, long, detect.Reason{Code: detect.ReasonEasing}), detect.ReasonEasing},
		"an outage of a country alone":    {1000, local, detect.ReasonUnusual},
		"an echo stays one":               {145, troubled(incident.Suspected, detect.Warning, long, detect.Reason{Code: detect.ReasonEcho}), detect.ReasonEcho},
		"a warning that is not explained": {145, troubled(incident.Suspected, detect.Warning, long, detect.Reason{Code: detect.ReasonBrief}), detect.ReasonSettling},
	} {
		if s := present(t, c.reports, c.live); s.Reason.Code != c.want {
			t.Errorf("%s: %d reports, usual %.0f to %.0f: reason %s, want %s", name, s.Observed, s.Expected, s.Upper, s.Reason.Code, c.want)
		}
	}
}

func TestNothingIsMoreThanUsualBeforeAnythingIsUsual(t *testing.T) {
	h := newSources()
	h.count(noon, "IN", "messaging", 30)
	s, err := h.board(t).Status(context.Background(), "whatsapp")
	if err != nil || !s.Above || s.Reason.Code != detect.ReasonNoHistory {
		t.Errorf("the first reports of an installation, usual %g: above %t, reason %s, %v", s.Expected, s.Above, s.Reason.Code, err)
	}
}

func TestTheNumberThatEndsTroubleIsNotReachedYet(t *testing.T) {
	for _, c := range []struct {
		reports int64
		below   float64
		want    float64
		ebbing  bool
	}{{1000, 900, 900, false}, {1000, 1000, 1000, false}, {1000, 1000.2, 0, true}, {1000, 0, 0, false}} {
		s := present(t, c.reports, troubled(incident.Confirmed, detect.Outage, noon.Add(-time.Hour), detect.Reason{Code: detect.ReasonUnusual, Below: c.below}))
		if s.Reason.Below != c.want || s.Ebbing != c.ebbing {
			t.Errorf("%d reports, ends below %g: below %g, ebbing %t; want %g, %t", c.reports, c.below, s.Reason.Below, s.Ebbing, c.want, c.ebbing)
		}
	}
	if s := present(t, 1000, troubled(incident.Confirmed, detect.Outage, noon.Add(-time.Minute), detect.Reason{Code: detect.ReasonUnusual, Below: 1200})); s.Ebbing || s.Reason.Below != 0 {
		t.Errorf("trouble that has just begun: below %g, ebbing %t", s.Reason.Below, s.Ebbing)
	}
	live := troubled(incident.Confirmed, detect.Outage, noon.Add(-time.Hour), detect.Reason{Code: detect.ReasonUnusual, Below: 40})
	live.Verdict.Window = 5 * time.Minute
	if s := present(t, 1000, live); s.Reason.Below != 120 {
		t.Errorf("ends below %g in 15 minutes, want 120 for 40 in 5", s.Reason.Below)
	}
}

func TestConfidenceFitsTheLevel(t *testing.T) {
	sure := incident.Live{Verdict: detect.Verdict{Confidence: 0.99, Reason: detect.Reason{Code: detect.ReasonFewSources}}}
	if s := present(t, 1000, sure); s.Confidence != 0.5 {
		t.Errorf("level ok with the confidence %g of an outage", s.Confidence)
	}
	if s := present(t, 1000, sure).AsUnknown(); s.Confidence != 0 {
		t.Errorf("level unknown with the confidence %g of an outage", s.Confidence)
	}
}

func TestTheSplitsAreThoseOfTheWindow(t *testing.T) {
	s := present(t, 1000, incident.Live{})
	if b, h := s.Breakdown(""), s.Heatmap(); b.Total != s.Observed || h.Total != s.Observed || !b.AsOf.Equal(s.AsOf) || !h.AsOf.Equal(s.AsOf) {
		t.Errorf("%d reports as of %v, but %d by symptom as of %v and %d by country as of %v", s.Observed, s.AsOf, b.Total, b.AsOf, h.Total, h.AsOf)
	}
	if here := s.Breakdown("BD"); here.Total != 0 {
		t.Errorf("%d reports of Bangladesh, want none", here.Total)
	}
}
