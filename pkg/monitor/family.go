package monitor

import (
	"time"

	"github.com/outcry/outcry/pkg/detect"
)

// family is what services of one kind have in common: the mean of all of them.
type family struct {
	known   course // share of the hour in which counting worked
	sum     course // reports of all members
	members map[string]bool
	usual   *detect.Baseline // of the mean member
	learned hour
}

// join adds the hours of a service that came to light, or went by.
func (f *family) join(service string, u *Usual) {
	f.members[service] = true
	for at := max(u.added, u.until-historyHours); at < u.until; at++ {
		known := f.known.cell(at)
		*known = max(*known, u.known.at(at))
		*f.sum.cell(at) += float64(u.counted(whole).at(at))
	}
	u.added = u.until
	f.known.forget(u.until - historyHours)
	f.sum.forget(u.until - historyHours)
}

// baseline returns what is usual for the mean member, learned once a day.
func (f *family) baseline(until hour) *detect.Baseline {
	if f.usual != nil && until-f.learned < relearn {
		return f.usual
	}
	var counts []detect.Count
	for i, known := range f.known.values {
		if at := f.known.from + hour(i); at < until {
			counts = append(counts, detect.Count{
				Start: at.start(), Width: time.Hour, Known: known, N: f.sum.at(at) / float64(len(f.members)),
			})
		}
	}
	f.usual, f.learned = detect.Learn(counts, until.start(), nil), until
	return f.usual
}

// parent returns what a service leans on: the mean of the services of its kind
// that have had reports since this process began. It is called with the lock of
// the service's Usual.
func (b *Baselines) parent(service string, u *Usual, until hour) *detect.Baseline {
	if b.Kind == nil {
		return nil
	}
	kind := b.Kind(service)
	if kind == "" {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	f := b.families[kind]
	if f == nil {
		f = &family{members: map[string]bool{}}
		b.families[kind] = f
	}
	f.join(service, u)
	return f.baseline(until)
}
