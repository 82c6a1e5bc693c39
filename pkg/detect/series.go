package detect

import (
	"math"
	"time"
)

// The constants of a Series. All were chosen by measurement: internal/scorecard, on
// its tuning seeds.
const (
	// shortThreshold is the threshold in nats for buckets of less than a quarter of
	// an hour, and longThreshold that for longer ones. An excursion can only begin
	// in a bucket, so that fewer buckets need less for as few false alarms.
	shortThreshold = 10.5
	longThreshold  = 8.6
	// The threshold of the first day is multiplied by these. In long buckets the
	// first forecasts are so wide that evidence is rare. In short ones they are as
	// wide, but one hour of a rhythm that is not yet learned is many buckets.
	shortFirstDay = 1.25
	longFirstDay  = 0.45
	// minuteCap and fewMinutesCap are the most that one bucket may add, in nats: a
	// third and a half of the threshold, and a little more for what leaks.
	minuteCap     = 3.65
	fewMinutesCap = 5.5
	// leakHalfLife is the half-life of evidence.
	leakHalfLife = 3 * time.Hour
)

// Series judges one series alone. It learns the baseline from the past of the
// series at each step, and needs neither sources nor a parent. Between steps it
// is a value: a copy keeps an old one, and its JSON restores it exactly.
type Series struct {
	Width     time.Duration  `json:"width"`     // of a bucket
	Cap       float64        `json:"cap"`       // most nats that one bucket may add
	Threshold float64        `json:"threshold"` // nats
	At        int64          `json:"at"`        // end of the last bucket, in Unix seconds
	Baseline  SeriesBaseline `json:"habit"`
	Bank      Bank           `json:"bank"`
	EndTest   EndTest        `json:"ebb"`

	Anomalous bool  `json:"anomalous"`
	Onset     int64 `json:"onset"` // of the anomaly by its counts, in Unix seconds
	Begun     int64 `json:"begun"` // start of the bucket at which the score reached the threshold, in Unix seconds

	FirstDayShare   float64     `json:"first"` // factor of Threshold on the first day
	Retention       float64     `json:"keep"`  // share of the evidence that a bucket keeps
	RecentRetention float64     `json:"fade"`  // share of the recent sums that a bucket keeps
	Upper           cachedUpper `json:"edge"`
}

// cachedUpper is the 99 % quantile of a forecast, with the forecast.
type cachedUpper struct {
	Mean  float64 `json:"mean"`
	Size  float64 `json:"size"`
	Value float64 `json:"value"`
}

// SeriesVerdict is the judgement of one bucket of a Series.
type SeriesVerdict struct {
	Expected  float64   // expected count of the bucket
	Upper     float64   // 99 % quantile of the forecast
	Score     float64   // evidence in nats
	Threshold float64   // score at which an anomaly begins
	Anomalous bool      // an anomaly has begun and not ended
	Onset     time.Time // of the anomaly by its counts; zero without one

	// The window is the stretch of buckets that gives the score.
	WindowStart    time.Time     // zero without evidence
	Window         time.Duration // its length
	WindowReports  float64       // reports counted in it
	WindowExpected float64       // reports expected in it
}

// NewSeries returns a Series without history. width is the length of a bucket,
// from a minute to an hour.
//
// Short buckets are capped: of those under five minutes at least three must agree
// for an anomaly, of those under fifteen at least two. From fifteen minutes on a
// single bucket is all the evidence that comes in time.
func NewSeries(width time.Duration) *Series {
	s := &Series{
		Width: width, Cap: math.MaxFloat64, Baseline: newSeriesBaseline(),
		Threshold: shortThreshold, FirstDayShare: shortFirstDay,
	}
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

// Step moves s over the bucket that begins at start and judges it by the buckets
// before it. x is its count. If the count is not known, nothing is learned, and no
// anomaly begins or ends. Buckets come in order.
//
// The first two counted hours are taken for the baseline: nothing begins in
// them.
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
			null := s.nullMean(mean, at, width)
			s.Bank.step(x, null, s.Baseline.size(null), s.Cap, at)
			s.beginOrEnd(x, mean, at, width)
		}
		s.Baseline.learnBucket(x, mean, at, width, s.RecentRetention, s.Anomalous)
	}
	return s.verdict(mean, size)
}

// nullMean returns the mean of the null hypothesis for a bucket, as
// Baseline.NullMean does.
func (s *Series) nullMean(mean float64, at, width int64) float64 {
	around := max(mean, s.Baseline.mean(at-3600, width), s.Baseline.mean(at+3600, width))
	return around * (1 + margin*math.Sqrt(s.Baseline.RateVariance))
}

// beginOrEnd begins an anomaly at the threshold. It ends one when the end test is
// passed, or when the anomaly has lasted so long that its level is accepted.
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

// score returns the evidence of an arm in calibrated nats, scaled on the first day
// so that one threshold serves all days.
func (s *Series) score(arm Arm) float64 {
	if s.Baseline.HoursCounted < warmHours {
		return arm.Sum / (s.Bank.Tail * s.FirstDayShare)
	}
	return arm.Sum / s.Bank.Tail
}

// verdict returns the verdict of a bucket with this forecast.
func (s *Series) verdict(mean, size float64) SeriesVerdict {
	arm := s.Bank.bestArm()
	v := SeriesVerdict{
		Expected: mean, Upper: s.Upper.of(mean, size), Anomalous: s.Anomalous,
		Score: s.score(arm), Threshold: s.Threshold,
	}
	if s.Anomalous {
		v.Onset = time.Unix(s.Onset, 0).UTC()
	}
	if arm.Sum > 0 {
		v.WindowStart = time.Unix(arm.Since, 0).UTC()
		v.Window = time.Duration(s.At-arm.Since) * time.Second
		v.WindowReports, v.WindowExpected = arm.Reports, arm.Expected
	}
	return v
}

// of returns the 99 % quantile of a forecast. It computes it again when the mean
// has moved by more than 1 % or the size by more than 2 %.
func (e *cachedUpper) of(mean, size float64) float64 {
	if math.Abs(mean-e.Mean) > 0.01*mean || math.Abs(size-e.Size) > 0.02*size {
		*e = cachedUpper{mean, size, quantile(mean, size)}
	}
	return e.Value
}
