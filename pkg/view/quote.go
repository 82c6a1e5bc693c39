package view

import (
	"math"
	"slices"
	"strings"
	"time"

	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/status"
)

// Quotes are sentences that a newsroom can print as they are.
type Quotes struct {
	Lines []string
	Href  string // where they stay
	Link  string // Href with the site's name, as far as it is known
}

// quotable holds the figures of one quote.
type quotable struct {
	service, country string // names; no country: the world
	at               time.Time
	window           time.Duration
	count            int64
	expected         float64
	symptoms         []status.Share
}

// maxQuoted bounds the symptoms that a quote names.
const maxQuoted = 2

// quoteLine writes one quote with its window, its time, the expected count and
// the margin of its shares.
func quoteLine(l *locale.Locale, q quotable, simulated bool, names Labels) string {
	w := locale.Values{
		"Time": l.ZonedTime(q.at), "Date": l.Date(q.at), "Reports": l.CountRounded("n_reports", q.count, nil),
		"Service": q.service, "Window": l.InLast(q.window), "Country": q.country, "Usual": l.ExpectedPeople(q.expected),
	}
	var text string
	switch known, world := q.expected > 0, q.country == ""; {
	case world && known:
		text = l.Fill("quote_world", w)
	case world:
		text = l.Fill("quote_world_new", w)
	case known:
		text = l.Fill("quote_country", w)
	default:
		text = l.Fill("quote_country_new", w)
	}
	if shares := quotedShares(l, q.symptoms, names); shares != "" {
		text += l.Say("quote_and") + shares
	}
	text = locale.Join(text+l.Say("quote_stop"), l.Say("quote_source"))
	if simulated {
		text = locale.Join(text, l.Say("quote_simulated"))
	}
	return text
}

// quotedShares names the largest symptoms with their shares and the widest of
// their margins.
func quotedShares(l *locale.Locale, symptoms []status.Share, names Labels) string {
	sorted := slices.SortedStableFunc(slices.Values(symptoms), func(a, b status.Share) int { return int(b.Count - a.Count) })
	var named []string
	margin := 0.0
	for _, s := range sorted {
		if s.Count == 0 || len(named) == maxQuoted {
			break
		}
		named = append(named, l.Fill("quote_share", locale.Values{"Share": l.Percent(s.Share, 0), "Symptom": l.InSentence(names.Symptom(s.Symptom))}))
		margin = math.Max(margin, 50*(s.High-s.Low))
	}
	if len(named) == 0 {
		return ""
	}
	decimals := 0
	if margin < 1 {
		decimals = 1
	}
	return l.Fill("quote_shares", locale.Values{"Shares": strings.Join(named, l.Say("list_comma")), "Margin": l.Decimal(math.Max(margin, 0.1), decimals)})
}

// newQuotes returns quotes with the permanent address of their incident, or nil
// without quotes.
func newQuotes(f *Frame, lines []string, incident string) *Quotes {
	if len(lines) == 0 {
		return nil
	}
	q := &Quotes{Lines: lines, Href: f.To("/incidents/" + incident)}
	q.Link = f.Origin + f.Below("/incidents/"+incident)
	if _, host, found := strings.Cut(q.Link, "://"); found {
		q.Link = host
	}
	return q
}
