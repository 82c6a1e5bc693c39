package detect

import (
	"math"
	"time"
)

// learnLevel learns the level as the gamma-Poisson mean of the last week, shrunk
// to that of the memory, which is shrunk to the prior (DuMouchel 1999).
func (f *fit) learnLevel() {
	all, exposure := 0.0, 0.0
	last, lastExposure := 0.0, 0.0
	for i := range f.spans {
		s := &f.spans[i]
		minutes := s.minutes * s.season
		all += s.weight * s.winsorised
		exposure += s.weight * minutes
		if s.age < hours*time.Hour {
			w := f.weekWeight(s)
			last += w * s.winsorised
			lastExposure += w * minutes
		}
	}
	level := shrink(all, exposure, f.priorLevel, levelWorth, maxPriorMinutes)
	f.b.Level = shrink(last, lastExposure, level, weekWorth, hours*60)
	f.learnUncertainty()
	f.predict()
}

// shrink returns the level of reports in so many minutes, shrunk to a prior level
// that is worth some reports, and at most most minutes.
func shrink(reports, minutes, prior, worth, most float64) float64 {
	priorMinutes := min(worth/prior, most)
	return (reports + prior*priorMinutes) / (minutes + priorMinutes)
}

// learnUncertainty learns the relative variance of the mean: the sum of 1/n for
// the reports n behind the hour of the week, the last week and the memory, priors
// included. On the first days of the cell and its parents it adds what those
// cannot have shown: up to coldUncertainty on the first day, up to 0.1 in the first week.
func (f *fit) learnUncertainty() {
	all, last, weeks := 0.0, 0.0, 0.0
	for i := range f.spans {
		s := &f.spans[i]
		all += s.weight * s.winsorised
		weeks += s.weight * s.minutes / (hours * 60)
		if s.age < hours*time.Hour {
			last += f.weekWeight(s) * s.winsorised
		}
	}
	f.b.Uncertainty = 1/(weeks*60*f.b.Level+hourWorth) + 1/(last+weekWorth) + 1/(all+levelWorth)
	known := f.b.LongestExposure.Hours()
	f.b.Uncertainty += coldUncertainty*max(0, 1-known/24) + 0.1*max(0, 1-known/hours)
}

// learnVariance learns the dispersion from the squared residuals of small counts,
// and the variance of the rate from those of large ones.
//
// Each span has drawn the fitted mean towards itself, so that residuals are
// smaller than those of a forecast will be. Division by 1-ownShare corrects the
// variance of residuals, as leverage does in a regression.
func (f *fit) learnVariance() {
	dispersion, rateVariance := priorDispersion, priorRateVariance
	if f.parent != nil {
		dispersion, rateVariance = f.parent.Dispersion, f.parent.RateVariance
	}
	scatter, mean := dispersion*dispersionWorth, float64(dispersionWorth)
	f.forecast()
	for i := range f.spans {
		if s := &f.spans[i]; s.forecast < denseCount {
			scatter += (s.winsorised - s.forecast) * (s.winsorised - s.forecast) / (1 - f.ownShare)
			mean += s.forecast
		}
	}
	f.b.Dispersion = min(max(scatter/mean, 1.05), 10)
	relative, n := rateVariance*rateVarianceWorth, float64(rateVarianceWorth)
	for i := range f.spans {
		if s := &f.spans[i]; s.forecast >= denseCount {
			relative += ((s.winsorised-s.forecast)*(s.winsorised-s.forecast)/(1-f.ownShare) - f.b.Dispersion*s.forecast) / (s.forecast * s.forecast)
			n++
		}
	}
	f.b.RateVariance = min(max((1+f.ownShare)*relative/n, 0.005), 1)
}

// forecast sets what would have been expected of each span by the spans before
// it: its mean times the recent factor of that time.
func (f *fit) forecast() {
	reports, expected := float64(recentWorth), float64(recentWorth)
	width, keep := time.Duration(0), 1.0
	for i := range f.spans {
		s := &f.spans[i]
		s.forecast = s.mean * min(max(reports/expected, 0.5), 3)
		if s.width > time.Hour {
			continue
		}
		if s.width != width {
			width, keep = s.width, math.Exp2(-s.width.Hours()/recentHalfLife.Hours())
		}
		reports = recentWorth + keep*(reports-recentWorth+s.winsorised)
		expected = recentWorth + keep*(expected-recentWorth+s.mean)
	}
}
