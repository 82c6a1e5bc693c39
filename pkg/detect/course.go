package detect

import "time"

// Course is the counts of a cell in its last buckets, beside what its baseline
// expects. It is what the courses of two services are compared by.
type Course struct {
	End   time.Time      // end of the newest bucket
	Spans []CourseBucket // by bucket, newest first
}

// CourseBucket is one bucket of a Course.
type CourseBucket struct {
	Reports    float64 // as counted
	Discounted float64 // Reports discounted by their sources
	Expected   float64 // by the null hypothesis, for the counted part of the bucket
	Exposure   float64 // share of the bucket that has passed; 0 if nobody could count
}

// courseDepth is the number of buckets that a Course holds at most. An echo may
// follow an outage by up to maxLag buckets, and outlast it by maxHold.
const courseDepth = depth + maxHold + 1

// CourseOf returns the course of a cell whose state is s. The buckets in pending
// follow it; the last one may be running. src are the sources of the last minutes.
func CourseOf(cfg Settings, s State, b *Baseline, pending []Bucket, src Sources) Course {
	exposure := 1.0
	for _, x := range pending {
		s = Skip(cfg, s, b, x.Start, true)
		s.push(cfg, x)
		s.discountNewest(cfg, b, s.assessExcess(cfg, b, src, x.common()))
		exposure = max(x.Exposure, minExposure)
	}
	c := Course{End: s.At, Spans: make([]CourseBucket, depth)}
	for i := range c.Spans {
		if s.At.IsZero() || s.Masked>>i&1 == 1 {
			continue
		}
		c.Spans[i] = CourseBucket{
			Reports: float64(s.Reports[i]), Discounted: float64(s.Discounted[i]),
			Expected: exposure * b.NullMean(s.bucketStart(cfg, i), s.bucketStart(cfg, i-1)), Exposure: exposure,
		}
		exposure = 1
	}
	return c
}

// Extend returns c with the buckets that it does not know taken from another
// course of the same cell. The end of an anomaly makes a state forget the anomaly.
func (c Course) Extend(cfg Settings, known Course) Course {
	if known.End.IsZero() {
		return c
	}
	end := c.End
	if known.End.After(end) {
		end = known.End
	}
	spans := make([]CourseBucket, courseDepth)
	for _, from := range []Course{c, known} {
		by := int(end.Sub(from.End) / cfg.Width)
		for i, span := range from.Spans {
			if i += by; i < len(spans) && span.Exposure > spans[i].Exposure {
				spans[i] = span
			}
		}
	}
	return Course{End: end, Spans: spans}
}

// Pull is the reports that an outage is thought to bring to another cell, by
// bucket: the excess of the outage times a share.
//
// The excess is counted, not discounted. The networks of a country are soon all
// among those of a large outage, so its discounted counts hardly grow with it.
type Pull struct {
	end   time.Time
	rates []float64
}

// NewPull returns a Pull without reports whose newest bucket ends at end.
func NewPull(end time.Time) Pull { return Pull{end: end, rates: make([]float64, courseDepth)} }

// Excess returns the reports above the expectation in the n newest buckets.
func (c Course) Excess(n int) float64 {
	sum := 0.0
	for _, s := range c.Spans[:min(n, len(c.Spans))] {
		sum += s.Reports - s.Expected
	}
	return max(0, sum)
}

// Add adds this share of the excess of an outage that began at onset.
func (p *Pull) Add(cfg Settings, c Course, onset time.Time, share float64) {
	by := int(p.end.Sub(c.End) / cfg.Width)
	for i := range p.rates {
		k := i - by
		if k < 0 || k >= len(c.Spans) || c.End.Add(-time.Duration(k)*cfg.Width).Before(onset) {
			continue
		}
		if s := c.Spans[k]; s.Exposure > 0 {
			p.rates[i] += share * max(0, s.Reports-s.Expected) / s.Exposure
		}
	}
}
