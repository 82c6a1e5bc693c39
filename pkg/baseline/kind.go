package baseline

import (
	"time"

	"github.com/outcry/outcry/pkg/detect"
)

// kind is the services of one kind: their mean is the parent of the baseline of
// each.
type kind struct {
	coverage series // share of each hour in which counting worked
	reports  series // of all members together
	members  map[string]bool
	mean     *detect.Baseline // of the mean member
	learned  hour             // when mean was learned
}

// add adds the hours of a service that were not added yet, and forgets those
// that are too old.
func (k *kind) add(service string, s *Service) {
	from := s.knownFrom(s.until)
	if from == s.until {
		return // it has had no reports yet
	}
	if !k.members[service] {
		s.shared = 0 // its kind was forgotten
	}
	k.members[service] = true
	for at := max(s.shared, s.until-historyHours, from); at < s.until; at++ {
		share := k.coverage.cell(at)
		*share = max(*share, s.coverage.at(at))
		*k.reports.cell(at) += float64(s.counts(Whole).at(at))
	}
	s.shared = s.until
	k.coverage.forget(s.until - historyHours)
	k.reports.forget(s.until - historyHours)
}

// baseline returns the baseline of the mean member, which it learns once a day.
func (k *kind) baseline(until hour) *detect.Baseline {
	if k.mean != nil && until-k.learned < relearn {
		return k.mean
	}
	var counts []detect.Count
	for i, share := range k.coverage.values {
		if at := k.coverage.from + hour(i); at < until {
			counts = append(counts, detect.Count{
				Start: at.start(), Width: time.Hour, Known: share, N: k.reports.at(at) / float64(len(k.members)),
			})
		}
	}
	k.mean, k.learned = detect.Learn(counts, until.start(), nil), until
	return k.mean
}

// parentLocked adds the hours of s to its kind, and returns the baseline of the
// kind's mean member. A kind knows the members that were asked for since this
// process began. The result is nil for a service without a kind. The caller
// holds the lock of s.
func (b *Set) parentLocked(service string, s *Service, until hour) *detect.Baseline {
	if b.Kind == nil {
		return nil
	}
	name := b.Kind(service)
	if name == "" {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	k := b.kinds[name]
	if k == nil {
		k = &kind{members: map[string]bool{}}
		b.kinds[name] = k
	}
	k.add(service, s)
	return k.baseline(until)
}
