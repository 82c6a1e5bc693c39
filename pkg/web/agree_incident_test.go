package web

import (
	"fmt"
	"strings"
	"time"

	"github.com/outcry/outcry/api"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/view"
)

// compareIncidents compares each incident with its page, its row in the history
// and its timeline.
func compareIncidents(f forms) error {
	for i, inc := range f.incidents {
		if err := checkTimes(inc); err != nil {
			return fmt.Errorf("incident %s: %w", inc.Id, err)
		}
		for code, pages := range f.pages {
			if err := compareIncident(inc, pages.l, pages.incidents[i], pages.history); err != nil {
				return fmt.Errorf("incident %s in %s: %w", inc.Id, code, err)
			}
		}
	}
	return nil
}

// checkTimes asserts that the times of an incident are in order, and that its peak
// is a part of it.
func checkTimes(inc api.IncidentDetail) error {
	end := inc.AsOf
	if !inc.ResolvedAt.IsZero() {
		end = inc.ResolvedAt
	}
	last := inc.Onset
	for _, at := range []time.Time{inc.SuspectedAt, inc.DeclaredAt, inc.RecoveringAt, inc.ResolvedAt, inc.UpdatedAt} {
		if !at.IsZero() && at.Before(last) {
			return fmt.Errorf("onset %v, suspected %v, declared %v, recovering %v, resolved %v, updated %v", inc.Onset, inc.SuspectedAt, inc.DeclaredAt, inc.RecoveringAt, inc.ResolvedAt, inc.UpdatedAt)
		}
		if !at.IsZero() {
			last = at
		}
	}
	width, err := time.ParseDuration(inc.Peak.Window)
	if err != nil {
		return err
	}
	from, _ := incident.Peak{At: inc.Peak.At, Window: width}.Span()
	if inc.Peak.Observed > 0 && from.Before(inc.Onset) || inc.Peak.At.After(end) {
		return fmt.Errorf("the peak is in the %s before %v, the incident from %v to %v", inc.Peak.Window, inc.Peak.At, inc.Onset, end)
	}
	if inc.Peak.Observed > inc.Reports {
		return fmt.Errorf("the peak holds %d of %d reports", inc.Peak.Observed, inc.Reports)
	}
	last = inc.Onset
	for _, e := range inc.Timeline {
		if e.At.Before(last) || e.At.After(end) {
			return fmt.Errorf("the timeline has %s at %v after %v; it ends at %v", e.Change, e.At, last, end)
		}
		last = e.At
	}
	if !inc.DeclaredAt.IsZero() && inc.Confidence < 0.5 {
		return fmt.Errorf("it was declared with confidence %g", inc.Confidence)
	}
	return nil
}

// compareIncident compares an incident with its page and its row in the history.
func compareIncident(inc api.IncidentDetail, l *locale.Locale, p view.IncidentPage, history view.HistoryPage) error {
	if inc.ResolvedAt.IsZero() || inc.Peak.Observed == 0 {
		return nil // its page counts on
	}
	usual := l.ExpectedPeople(inc.Peak.Expected)
	texts := []string{locale.PlainText(p.Sentence)}
	if p.Quotes != nil {
		texts = append(texts, p.Quotes.Lines[0])
	}
	for _, e := range p.Timeline.Entries {
		if text := locale.PlainText(e.Text); strings.HasPrefix(text, "Largest window") {
			texts = append(texts, text)
		}
	}
	for _, m := range history.Months {
		for _, row := range m.Rows {
			if strings.HasSuffix(row.Href, inc.Id) {
				texts = append(texts, row.Peak)
				if !strings.Contains(row.Reports, l.Number(inc.Reports)) {
					return fmt.Errorf("%d reports, but the history has %s", inc.Reports, row.Reports)
				}
			}
		}
	}
	for _, text := range texts {
		if !strings.Contains(text, usual) && !strings.Contains(text, l.Expected(inc.Peak.Expected)) {
			return fmt.Errorf("usual %q at the peak, but %q", usual, text)
		}
	}
	if p.Split != nil && !strings.Contains(p.Split.Note, l.Number(inc.Reports)) {
		return fmt.Errorf("%d reports, but %q", inc.Reports, p.Split.Note)
	}
	if p.Countries != nil && !strings.Contains(p.Countries.Note, l.Number(inc.Reports)) {
		return fmt.Errorf("%d reports, but %q", inc.Reports, p.Countries.Note)
	}
	return nil
}
