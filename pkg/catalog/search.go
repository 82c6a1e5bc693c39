package catalog

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// rank is how well a service answers a query: by the tier first, then by what
// matched. Lower is better.
type rank int

const (
	exact rank = kinds * iota
	prefix
	wordPrefix
	substring
	typo
	unrelated
)

// Added to the tier.
const (
	ofName rank = iota // or slug
	ofAlias
	ofProvider
	kinds = iota
)

// minTypo is the shortest query that may be a misspelling: with one letter of
// three wrong, anything could be meant.
const minTypo = 4

// indexed is a service with all it can be found by, the same term once.
type indexed struct {
	service *Service
	terms   []term
}

// term is a name, slug or alias as fold leaves it.
type term struct {
	spaced string // "face book"
	joined string // "facebook"
	kind   rank
}

func newTerm(s string, kind rank) term {
	spaced := fold(s)
	return term{spaced, strings.ReplaceAll(spaced, " ", ""), kind}
}

// Search returns the services that answer to a query, best first, and at most
// limit of them if limit is above 0. It looks at slugs, at names in all languages,
// at aliases and at providers: for all of one, its beginning, the beginning of a
// word, any part, and, where nothing else is found, for one wrong, missing, extra
// or swapped letter. Within one of these, names go before aliases and aliases
// before providers; what is still equal keeps the order of the catalog.
func (c *Catalog) Search(query string, limit int) []*Service {
	if len(query) > 4*maxName {
		return nil
	}
	q := newTerm(query, ofName)
	if q.joined == "" {
		return nil
	}
	found := c.ranked(q.match)
	if len(found) == 0 && utf8.RuneCountInString(q.joined) >= minTypo {
		found = c.ranked(q.misspells)
	}
	if limit > 0 && len(found) > limit {
		found = found[:limit]
	}
	return found
}

// ranked returns the services of which a term is in a tier at all, best first.
func (c *Catalog) ranked(tier func(term) rank) []*Service {
	var ranks [unrelated][]*Service
	for _, entry := range c.index {
		best := unrelated
		for _, t := range entry.terms {
			best = min(best, tier(t)+t.kind)
		}
		if best < unrelated {
			ranks[best] = append(ranks[best], entry.service)
		}
	}
	return slices.Concat(ranks[:]...)
}

// match returns the tier in which the query q finds t.
func (q term) match(t term) rank {
	switch {
	case t.joined == q.joined:
		return exact
	case strings.HasPrefix(t.joined, q.joined):
		return prefix
	}
	at := strings.Index(t.spaced, q.spaced)
	switch {
	case at < 0:
		return unrelated
	case strings.Contains(t.spaced, " "+q.spaced):
		return wordPrefix
	}
	return substring
}

// misspells returns the tier typo if the query q is t, or a word of t, with one
// mistake in it.
func (q term) misspells(t term) rank {
	if oneEdit(q.joined, t.joined) {
		return typo
	}
	for word := range strings.SplitSeq(t.spaced, " ") {
		if oneEdit(q.joined, word) {
			return typo
		}
	}
	return unrelated
}

// oneEdit reports whether a becomes b by one letter replaced, added, removed or
// swapped with the next. Words that are shorter than a misspelling may be are
// taken for different.
func oneEdit(a, b string) bool {
	x, y := []rune(a), []rune(b)
	if len(x) > len(y) {
		x, y = y, x
	}
	if len(x) < minTypo-1 || len(y) < minTypo || len(y)-len(x) > 1 {
		return false
	}
	i := 0
	for i < len(x) && x[i] == y[i] {
		i++
	}
	if len(x) < len(y) {
		return slices.Equal(x[i:], y[i+1:])
	}
	if i == len(x) {
		return false // equal, which is no edit
	}
	if slices.Equal(x[i+1:], y[i+1:]) {
		return true
	}
	return i+1 < len(x) && x[i] == y[i+1] && x[i+1] == y[i] && slices.Equal(x[i+2:], y[i+2:])
}

// newIndex lists the terms of every service, those of its provider after its own.
func newIndex(services []*Service, providers map[string]*Provider) []indexed {
	index := make([]indexed, len(services))
	for i, s := range services {
		entry := indexed{service: s}
		add := func(text string, kind rank) {
			t := newTerm(text, kind)
			known := slices.ContainsFunc(entry.terms, func(k term) bool { return k.spaced == t.spaced })
			if t.joined != "" && !known {
				entry.terms = append(entry.terms, t)
			}
		}
		add(s.Slug, ofName)
		for _, name := range s.Names {
			add(name, ofName)
		}
		for _, alias := range s.Aliases {
			add(alias, ofAlias)
		}
		if p, ok := providers[s.Provider]; ok {
			add(p.ID, ofProvider)
			for _, name := range p.Names {
				add(name, ofProvider)
			}
		}
		index[i] = entry
	}
	return index
}
