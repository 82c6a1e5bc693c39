package catalog

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// rank is how well a service matches a query: a tier plus a kind of term. Lower is
// better.
type rank int

// Tiers.
const (
	exact rank = kinds * iota
	prefix
	wordPrefix
	substring
	typo
	unrelated
)

// Kinds of terms.
const (
	ofName rank = iota // a slug is of this kind too
	ofAlias
	ofProvider
	kinds = iota
)

// minTypo is the number of letters of the shortest query that is searched for with
// one mistake. Shorter ones would match too much.
const minTypo = 4

// searchEntry is a service with its different search terms.
type searchEntry struct {
	service *Service
	terms   []term
}

// term is a folded name, slug or alias.
type term struct {
	spaced string // "face book"
	joined string // "facebook"
	kind   rank
}

func newTerm(s string, kind rank) term {
	spaced := Fold(s)
	return term{spaced, strings.ReplaceAll(spaced, " ", ""), kind}
}

// Search returns the services that match a query, best first, and at most limit of
// them if limit is above 0. It compares the query with slugs, names in all
// languages, aliases and providers.
//
// A query may equal a term, or be its beginning, the beginning of one of its words,
// or any part of it; that is also the order of the results. If nothing is found,
// Search allows for one wrong, missing, extra or swapped letter. Among equal
// matches, names come before aliases and aliases before providers. What is still
// equal keeps the order of the catalog.
func (c *Catalog) Search(query string, limit int) []*Service {
	if len(query) > 4*maxName {
		return nil
	}
	q := newTerm(query, ofName)
	if q.joined == "" {
		return nil
	}
	found := c.ranked(q.matchTier)
	if len(found) == 0 && utf8.RuneCountInString(q.joined) >= minTypo {
		found = c.ranked(q.typoTier)
	}
	if limit > 0 && len(found) > limit {
		found = found[:limit]
	}
	return found
}

// ranked returns the services that have a term below unrelated, best first. tierOf
// returns the tier of a term.
func (c *Catalog) ranked(tierOf func(term) rank) []*Service {
	var ranks [unrelated][]*Service
	for _, entry := range c.current.Load().index {
		best := unrelated
		for _, t := range entry.terms {
			best = min(best, tierOf(t)+t.kind)
		}
		if best < unrelated {
			ranks[best] = append(ranks[best], entry.service)
		}
	}
	return slices.Concat(ranks[:]...)
}

// matchTier returns the tier in which the query q matches t.
func (q term) matchTier(t term) rank {
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

// typoTier returns typo if the query q is one edit away from t or from a word of t,
// and unrelated if not.
func (q term) typoTier(t term) rank {
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
// swapped with the next one. It returns false for words that are too short to
// compare.
func oneEdit(a, b string) bool {
	if len(a)-len(b) > utf8.UTFMax || len(b)-len(a) > utf8.UTFMax {
		return false // more bytes than one letter has; most words end here, without a copy
	}
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

// newIndex returns the search terms of every service. The terms of its provider
// come after its own.
func newIndex(services []*Service, providers map[string]*Provider) []searchEntry {
	index := make([]searchEntry, len(services))
	for i, s := range services {
		entry := searchEntry{service: s}
		add := func(text string, kind rank) {
			t := newTerm(text, kind)
			duplicate := slices.ContainsFunc(entry.terms, func(k term) bool { return k.spaced == t.spaced })
			if t.joined != "" && !duplicate {
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
