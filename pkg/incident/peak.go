package incident

import (
	"math"
	"time"

	"github.com/outcry/outcry/pkg/detect"
)

// PeakWindow is the longest window of a Peak.
const PeakWindow = 15 * time.Minute

// Minute is one minute of a service, in all countries and with all symptoms.
type Minute struct {
	Start    time.Time
	Observed int64   // reports
	Expected float64 // reports by the baseline; of a running minute, only for the part that has passed
}

// Span returns the time that p covers: the minutes up to At, the last of which
// may still have been running.
func (p Peak) Span() (from, to time.Time) {
	to = p.At.Add(time.Minute - 1).Truncate(time.Minute)
	return to.Add(-p.Window), to
}

// BusiestWindow returns the window with most reports among minutes that follow
// each other. It is PeakWindow long, or as long as all minutes if they are fewer.
// Its end is the end of its last minute, but at most until. Of equal windows the
// first is returned, and the zero Peak if there is no minute.
func BusiestWindow(minutes []Minute, until time.Time) Peak {
	n := min(int(PeakWindow/time.Minute), len(minutes))
	var best Peak
	for i := range len(minutes) - n + 1 {
		if n == 0 {
			break
		}
		p := peakOf(minutes[i:i+n], until)
		if best.Window == 0 || p.Observed > best.Observed {
			best = p
		}
	}
	return best
}

// peakOf returns the window of all minutes, which end at most at until.
func peakOf(minutes []Minute, until time.Time) Peak {
	p := Peak{At: minutes[len(minutes)-1].Start.Add(time.Minute), Window: time.Duration(len(minutes)) * time.Minute}
	if until.Before(p.At) {
		p.At = until
	}
	for _, m := range minutes {
		p.Observed += m.Observed
		p.Expected += m.Expected
	}
	p.Expected = RoundExpected(p.Expected)
	return p
}

// RoundExpected rounds an expectation to the four decimals of answers and events.
// Readers round further: all of them begin with the same number.
func RoundExpected(x float64) float64 { return math.Round(x*1e4) / 1e4 }

// peakSince returns the newest window of j that begins at onset or later, up to
// PeakWindow long. It is the zero Peak without minutes.
func (j Judgement) peakSince(onset time.Time) Peak {
	since := j.Minutes[max(0, len(j.Minutes)-int(PeakWindow/time.Minute)):]
	for len(since) > 0 && since[0].Start.Before(onset) {
		since = since[1:]
	}
	if n := len(since); n > 0 && !since[n-1].Start.Before(j.At) {
		since = since[:n-1] // nothing of it has passed
	}
	if len(since) == 0 {
		return Peak{}
	}
	return peakOf(since, j.At)
}

// conclusion returns the verdict of the service as a whole: the leading verdict
// with the counts of the service, which readers see everywhere, and not those of
// the country or symptom that leads. The reports below which the trouble ends are
// known only if they are those of the service.
func (j Judgement) conclusion() detect.Verdict {
	v := j.leading()
	v.Reason.Below = j.Service.Reason.Below
	if len(j.Minutes) > 0 {
		all := peakOf(j.Minutes, j.At)
		if w := j.Service.Window; w > 0 {
			v.Reason.Below *= float64(all.Window) / float64(w)
		}
		v.Window, v.Observed, v.Expected = all.Window, all.Observed, all.Expected
	}
	return v
}
