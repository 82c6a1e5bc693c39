package detect

import (
	"math"
	"time"
)

// The constants of a single series, chosen on the tuning seeds of the scorecard.
const (
	// shortThreshold is the score in nats at which a series with buckets under a
	// quarter of an hour alarms. An excursion can only begin in a bucket, so
	// longer ones need less for as few false alarms.
	shortThreshold = 10.5
	longThreshold  = 8.6
	// On a series' first day the threshold is multiplied by these: in long buckets
	// the forecast is so wide that nats are rare; in short ones it is as wide, but
	// an hour of a rhythm not known yet is many of them.
	shortFirstDay = 1.25
	longFirstDay  = 0.45
	// A third, or a half, of the threshold is what one bucket may add, and a
	// little more for what leaks.
	minuteCap     = 3.65
	fewMinutesCap = 5.5
	// leakHalfLife is how fast evidence is forgotten.
	leakHalfLife = 3 * time.Hour
)

// Series judges one series alone: it learns what is usual from the series' own
// past as it goes, and needs neither sources nor a parent. Between buckets it is
// a value; its JSON restores it exactly.
type Series struct {
	Width     time.Duration  `json:"width"`
	Cap       float64        `json:"cap"`       // nats that one bucket may add
	Threshold float64        `json:"threshold"` // nats
	At        int64          `json:"at"`        // Unix seconds: end of the last bucket
	Baseline  SeriesBaseline `json:"habit"`
	Bank      Bank           `json:"bank"`
	EndTest   EndTest        `json:"ebb"`

	Anomalous bool  `json:"anomalous"`
	Onset     int64 `json:"onset"` // Unix seconds
	Begun     int64 `json:"begun"`

	FirstDayShare   float64     `json:"first"` // share of Threshold that the first day needs
	Retention       float64     `json:"keep"`  // of the evidence, per bucket
	RecentRetention float64     `json:"fade"`  // of what the last hours showed, per bucket
	Upper           cachedUpper `json:"edge"`
}

// edge is the upper edge of the usual range, with the forecast it belongs to.
type cachedUpper struct {
	Mean  float64 `json:"mean"`
	Size  float64 `json:"size"`
	Value float64 `json:"value"`
}

// Judged is what a Series says of one bucket.
type SeriesVerdict struct {
	Expected       float64 // usual count of the bucket
	Upper          float64 // 99 of 100 usual counts are not above it
	Score          float64 // nats; an anomaly begins at Threshold
	Threshold      float64
	Anomalous      bool
	Onset          time.Time     // when the anomaly began by its counts; zero without one
	WindowStart    time.Time     // start of the stretch that gives the score; zero without one
	Window         time.Duration // its length
	WindowReports  float64       // counted in it
	WindowExpected float64       // usual in it
}

// NewSeries returns a series of which nothing is known, with buckets of this
// width, from a minute to an hour.
//
// As long as buckets are short no single one may speak for an outage: of those
// under five minutes at least three must agree, of those under fifteen at least
// two. From there on one bucket is all the evidence there is in time.
func NewSeries(width time.Duration) *Series {
	s := &Series{Width: width, Cap: math.MaxFloat64, Baseline: newSeriesBaseline(), Threshold: shortThreshold, FirstDayShare: shortFirstDay}
	switch {
	case width < 5*time.Minute:
		s.Cap = minuteCap
	case width < 15*time.Minute:
		s.Cap = fewMinutesCap
	default:
		s.Threshold, s.FirstDayShare = longThreshold, longFirstDay
	}
	s.Bank.Tail = 1
	s.Retention = math.Exp2(-width.Hours() / leakHalfLife.Hours())
	s.RecentRetention = math.Exp2(-width.Hours() / recentHalfLife.Hours())
	return s
}

// Step moves s over the bucket that begins at start and judges it by what came
// before. In an unknown bucket nobody could count: nothing is learned, begins or
// ends. What the first hours bring is taken for usual. Buckets come in order.
func (s *Series) Step(start time.Time, x float64, known bool) SeriesVerdict {
	at, width := start.Unix(), int64(s.Width/time.Second)
	s.At = at + width
	day := floorDiv(s.Baseline.Hour, 24)
	s.Baseline.advance(at, width)
	if floorDiv(s.Baseline.Hour, 24) != day {
		s.Bank.fade()
	}
	mean := s.Baseline.mean(at, width)
	size := s.Baseline.size(mean)
	if known {
		if s.Baseline.HoursCounted >= settlingHours {
			s.Bank.leak(s.Retention)
			most := s.nullMean(mean, at, width)
			s.Bank.step(x, most, s.Baseline.size(most), s.Cap, at)
			s.beginOrEnd(x, mean, at, width)
		}
		s.Baseline.learnBucket(x, mean, at, width, s.RecentRetention, s.Anomalous)
	}
	return s.verdict(mean, size)
}

// most is the count that a bucket is compared with: what is usual in the busiest
// of the hours around it, so that neither a change of the clocks nor a steep
// morning is an outage, and a margin for the wander.
func (s *Series) nullMean(mean float64, at, width int64) float64 {
	around := max(mean, s.Baseline.mean(at-3600, width), s.Baseline.mean(at+3600, width))
	return around * (1 + margin*math.Sqrt(s.Baseline.RateVariance))
}

// turn begins and ends anomalies.
func (s *Series) beginOrEnd(x, mean float64, at, width int64) {
	if !s.Anomalous {
		arm := s.Bank.bestArm()
		if s.score(arm) < s.Threshold {
			return
		}
		s.Anomalous, s.Onset, s.Begun = true, arm.Since, at
		s.EndTest = newEndTest(arm.Reports / arm.Expected)
		return
	}
	switch {
	case s.EndTest.step(x, mean, float64(width)/60):
	case at-s.Begun >= int64(acceptAfter/time.Second):
		s.Baseline.acceptLevel()
	default:
		return
	}
	s.Anomalous, s.Onset, s.Begun, s.EndTest = false, 0, 0, EndTest{}
	s.Bank.clear()
}

// score returns the evidence of an arm in calibrated nats. Those of the first day
// are weighed so that one threshold serves all days.
func (s *Series) score(arm Arm) float64 {
	if s.Baseline.HoursCounted < warmHours {
		return arm.Sum / (s.Bank.Tail * s.FirstDayShare)
	}
	return arm.Sum / s.Bank.Tail
}

func (s *Series) verdict(mean, size float64) SeriesVerdict {
	arm := s.Bank.bestArm()
	j := SeriesVerdict{
		Expected: mean, Upper: s.Upper.of(mean, size), Anomalous: s.Anomalous,
		Score: s.score(arm), Threshold: s.Threshold,
	}
	if s.Anomalous {
		j.Onset = time.Unix(s.Onset, 0).UTC()
	}
	if arm.Sum > 0 {
		j.WindowStart = time.Unix(arm.Since, 0).UTC()
		j.Window = time.Duration(s.At-arm.Since) * time.Second
		j.WindowReports, j.WindowExpected = arm.Reports, arm.Expected
	}
	return j
}

// of returns the upper edge of the usual range. It is computed anew when the
// forecast has moved by more than one part in a hundred.
func (e *cachedUpper) of(mean, size float64) float64 {
	if math.Abs(mean-e.Mean) > 0.01*mean || math.Abs(size-e.Size) > 0.02*size {
		*e = cachedUpper{mean, size, quantile(mean, size)}
	}
	return e.Value
}
