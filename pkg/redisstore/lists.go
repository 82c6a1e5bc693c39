package redisstore

import "slices"

// nameList numbers names from 1 on.
type nameList struct {
	names  []string
	places map[string]uint16
}

// of returns the number of a name, which it adds if it is new.
func (l *nameList) of(name string) uint16 {
	if n, ok := l.places[name]; ok {
		return n
	}
	if l.places == nil {
		l.places = map[string]uint16{}
	}
	l.names = append(l.names, name)
	l.places[name] = uint16(len(l.names))
	return l.places[name]
}

// spanList numbers spans of one kind from 1 on.
type spanList struct {
	spans  []span
	places map[spanName]uint16
}

// spanName identifies a span in its list. service is empty unless the span is of
// one service.
type spanName struct {
	number  int64
	service string
}

// of returns the place of the span with a number, which it adds if it is new.
func (l *spanList) of(number int64, create func(int64) span) uint16 {
	return l.at(spanName{number: number}, func() span { return create(number) })
}

// ofService returns the place of the span of a service with a number, which it
// adds if it is new.
func (l *spanList) ofService(number int64, service string, create func(int64, string) span) uint16 {
	return l.at(spanName{number, service}, func() span { return create(number, service) })
}

// at returns the place of the span called name, and adds the span that create
// returns if it is new.
func (l *spanList) at(name spanName, create func() span) uint16 {
	if n, ok := l.places[name]; ok {
		return n
	}
	if l.places == nil {
		l.places = map[spanName]uint16{}
	}
	l.spans = append(l.spans, create())
	l.places[name] = uint16(len(l.spans))
	return l.places[name]
}

// sort gives the spans new places in the order of time, so that the script finds
// the block before or after another one beside it.
func (l *spanList) sort() {
	slices.SortFunc(l.spans, func(a, b span) int { return a.over.Compare(b.over) })
	numbers := make([]int64, 0, len(l.spans))
	for name := range l.places {
		numbers = append(numbers, name.number)
	}
	slices.Sort(numbers)
	for i, n := range numbers {
		l.places[spanName{number: n}] = uint16(i + 1)
	}
}
