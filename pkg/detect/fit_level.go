package detect

import "time"

// learnLevel learns the level as a gamma-Poisson mean of the last week, shrunk
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
			last += s.winsorised
			lastExposure += minutes
		}
	}
	level := (all + levelWorth) / (exposure + levelWorth/f.priorLevel)
	f.b.Level = (last + weekWorth) / (lastExposure + weekWorth/level)
	f.learnUncertainty()
	f.predict()
}

// learnDoubt says how uncertain the learned mean is, as a relative variance: by
// the reports behind the hour of the week, the last week and the memory, and by
// what the first days, its own or its parent's, cannot have shown.
func (f *fit) learnUncertainty() {
	all, last, weeks := 0.0, 0.0, 0.0
	for i := range f.spans {
		s := &f.spans[i]
		all += s.weight * s.winsorised
		weeks += s.weight * s.minutes / (hours * 60)
		if s.age < hours*time.Hour {
			last += s.winsorised
		}
	}
	f.b.Uncertainty = 1/(weeks*60*f.b.Level+hourWorth) + 1/(last+weekWorth) + 1/(all+levelWorth)
	seen := f.b.LongestExposure.Hours()
	f.b.Uncertainty += 0.6*max(0, 1-seen/24) + 0.1*max(0, 1-seen/hours)
}

// learnVariance learns how the spans scatter round their means: in proportion
// to the mean where counts are small, to its square where they are large. The
// spans have drawn their means towards themselves, so that they scatter less
// than what is forecast from them will; both is made up for.
func (f *fit) learnVariance() {
	phi, c2 := priorDispersion, priorRateVariance
	if f.parent != nil {
		phi, c2 = f.parent.Dispersion, f.parent.RateVariance
	}
	scatter, mean := phi*dispersionWorth, float64(dispersionWorth)
	for i := range f.spans {
		if s := &f.spans[i]; s.mean < denseCount {
			scatter += (s.winsorised - s.mean) * (s.winsorised - s.mean) / (1 - f.ownShare)
			mean += s.mean
		}
	}
	f.b.Dispersion = min(max(scatter/mean, 1.05), 10)
	relative, n := c2*rateVarianceWorth, float64(rateVarianceWorth)
	for i := range f.spans {
		if s := &f.spans[i]; s.mean >= denseCount {
			relative += ((s.winsorised-s.mean)*(s.winsorised-s.mean)/(1-f.ownShare) - f.b.Dispersion*s.mean) / (s.mean * s.mean)
			n++
		}
	}
	f.b.RateVariance = min(max((1+f.ownShare)*relative/n, 0.005), 1)
}
