package detect

import (
	"math"
	"slices"
	"time"
)

// A level that has changed for good is told from an outage by how long it lasts.
// Both are measured in blocks of counted time, so that a gap accepts nothing.
const (
	// shiftBlock is the length of a block. A longer span is a block of its own.
	shiftBlock = 6 * time.Hour
	// smallShift is the ratio to the old level up to which smallBlocks high blocks
	// in a row are enough: a day. A higher ratio takes largeBlocks, four days: an
	// outage of three days is then still one.
	smallShift  = 4
	smallBlocks = 4
	largeBlocks = 16
	// highShare is the share of the blocks that must be high.
	highShare = 0.9
	// A step divides the days of the memory into at least fewestDays before it and
	// those after it. Nine tenths of the days after it have stepMargin times the
	// reports of nine tenths of the days before, and the middle ones differ by
	// stepRatio: a weekend does not.
	fewestDays = 3
	stepMargin = 1.3
	stepRatio  = 2
)

// stretch is some spans in a row.
type stretch struct {
	start                   time.Time
	reports, mean, exposure float64
	counted                 time.Duration
}

// isHigh reports whether the reports of a stretch are above the range that f expects.
func (f *fit) isHigh(b stretch) bool {
	mean := f.b.Ceiling * b.mean
	return b.reports > mean+3*math.Sqrt(mean+mean*mean/f.b.size(max(mean, 1e-9)))+1
}

// shiftedSince returns since when the level has been a new, higher one, or zero.
func (f *fit) shiftedSince() time.Time {
	since := f.highSince()
	if since.IsZero() {
		since = f.steppedSince()
	}
	if since.IsZero() {
		return since
	}
	// The oldest block may begin before the shift: it is cut where the counts rise.
	first := slices.IndexFunc(f.spans, func(s span) bool { return !s.start.Before(since) })
	before, now := rateOf(f.spans[:first]), rateOf(f.spans[first:])
	for first < len(f.spans) && f.spans[first].reports < math.Sqrt(before*now)*f.spans[first].minutes {
		first++
	}
	counted := 0.0
	for i := range f.spans[first:] {
		counted += f.spans[first+i].minutes
	}
	need := blocksNeeded(rateOf(f.spans[first:])/max(before, 1e-9)) - 1 // the cut may take most of a block
	if counted < float64(need)*shiftBlock.Minutes() {
		return time.Time{}
	}
	return f.spans[first].start
}

// rateOf returns the reports per counted minute of spans; 0 without any.
func rateOf(spans []span) float64 {
	reports, minutes := 0.0, 0.0
	for i := range spans {
		reports += spans[i].reports
		minutes += spans[i].minutes
	}
	return reports / max(minutes, 1)
}

// highSince returns since when the reports have been above the range that f
// expects, if that is long enough for a new level.
func (f *fit) highSince() time.Time {
	var run, best, b stretch
	blocks, high := 0, 0
	for i := len(f.spans) - 1; i >= 0; i-- {
		b.add(&f.spans[i])
		if b.counted < shiftBlock && f.spans[i].width < shiftBlock {
			continue
		}
		blocks++
		isHigh := f.isHigh(b)
		if isHigh {
			high++
		}
		if float64(high) < highShare*float64(blocks) {
			break
		}
		run.start = b.start
		run.reports += b.reports
		run.mean += b.mean
		b = stretch{}
		if blocks >= blocksNeeded(run.reports/run.mean) && isHigh {
			best = run
		}
	}
	return best.start
}

// steppedSince returns since when the reports of whole days have been far above
// those of the days before. It finds a step that is so old that f is a mixture of
// both levels.
func (f *fit) steppedSince() time.Time {
	var days []stretch // newest first
	var b stretch
	for i := len(f.spans) - 1; i >= 0; i-- {
		b.add(&f.spans[i])
		if b.counted >= 24*time.Hour || f.spans[i].width >= 24*time.Hour {
			days = append(days, b)
			b = stretch{}
		}
	}
	for k := len(days) - fewestDays; k >= 1; k-- {
		low, high := rates(days[k:]), rates(days[:k])
		least, most := high[len(high)/10], low[len(low)-1-len(low)/10]
		if least <= stepMargin*most {
			continue
		}
		ratio := high[len(high)/2] / max(low[len(low)/2], 1e-9)
		if ratio >= stepRatio && k*int(24*time.Hour/shiftBlock) >= blocksNeeded(ratio) {
			return days[k-1].start
		}
	}
	return time.Time{}
}

// blocksNeeded returns how many blocks a level of this ratio to the old one must
// last before it is accepted.
func blocksNeeded(ratio float64) int {
	if ratio <= smallShift {
		return smallBlocks
	}
	return largeBlocks
}

// rates returns the reports per counted hour of days, in ascending order.
func rates(days []stretch) []float64 {
	out := make([]float64, len(days))
	for i, d := range days {
		out[i] = d.reports / d.counted.Hours()
	}
	slices.Sort(out)
	return out
}

// add adds the span before b to b.
func (b *stretch) add(s *span) {
	b.start = s.start
	b.reports += s.reports
	b.mean += s.mean
	b.exposure += s.minutes * s.season
	b.counted += time.Duration(s.minutes * float64(time.Minute))
}

// fitSince returns what the history since a shift shows. Its prior is what was
// learned before the shift, at the level counted since.
func fitSince(history []Count, since, end time.Time, parent *Baseline) *fit {
	i := slices.IndexFunc(history, func(c Count) bool { return !c.Start.Before(since) })
	prior := fitTo(history[:i], since.In(end.Location()), parent).b
	reports, exposure := 0.0, 0.0
	for _, c := range history[i:] {
		if c.Known > 0 && !c.Start.Add(c.Width).After(end) {
			reports += c.N
			exposure += c.Known * c.Width.Minutes() * prior.Season.mean(c.Start, c.Width)
		}
	}
	prior.Level = reports / exposure
	return fitTo(history[i:], end, prior)
}

// learnHighest learns the highest level of a week in the memory: a low stretch,
// such as holidays, is no evidence that the level before it will not come back. Of
// each week the middle day counts, so that an outage does not.
func (f *fit) learnHighest() {
	const weeks = int(memory / (hours * time.Hour))
	var byWeek [weeks][]float64 // levels of days
	var b stretch
	for i := len(f.spans) - 1; i >= 0; i-- {
		s := &f.spans[i]
		b.add(s)
		if b.counted < 24*time.Hour && s.width < 24*time.Hour {
			continue
		}
		week := min(int(s.age/(hours*time.Hour)), weeks-1)
		byWeek[week] = append(byWeek[week], b.level())
		b = stretch{}
	}
	f.highest = 0
	for _, days := range byWeek {
		if n := len(days); n >= highestDays {
			slices.Sort(days)
			f.highest = max(f.highest, days[(n-1)/2])
		}
	}
}

// level returns the level of a stretch, in reports per minute, shrunk towards 0
// where it has few reports.
func (b *stretch) level() float64 { return max(0, b.reports-highestWorth) / b.exposure }

const (
	// highestDays is how many days of a week show its level.
	highestDays = 4
	// highestWorth is what a day's reports are lowered by: in a sparse cell the
	// highest of four weeks is so by chance.
	highestWorth = 5
	// maxCeiling bounds Ceiling.
	maxCeiling = 4
)

// setCeiling sets the ceiling of the baseline for its present level.
func (f *fit) setCeiling() { f.b.Ceiling = min(max(1, f.highest/f.b.Level), maxCeiling) }
