package web

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/publish"
	"github.com/outcry/outcry/pkg/view"
)

var wanted = flag.Int64("incidents", defaultIncidents, "how many random incidents TestNoTwoFormsDisagree looks at")

// TestNoTwoFormsDisagree has a real monitor judge random reports, and compares
// everything that shows the service at random times: pages, API, events, embeds.
func TestNoTwoFormsDisagree(t *testing.T) {
	if testing.Short() {
		t.Skip("this test takes many seconds")
	}
	var worlds, looks, seen, declared, over, partial atomic.Int64
	var work sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		r := newRig(t)
		work.Go(func() {
			for seen.Load() < *wanted && !t.Failed() {
				seed := uint64(worlds.Add(1)) //nolint:gosec // a small number
				r.world, r.pages.last = newWorld(seed), &LastKnown{}
				err := r.watch(rand.New(rand.NewPCG(seed, 8)), func(f forms) {
					looks.Add(1)
					if f.status.CountedMinutes < 15 {
						partial.Add(1)
					}
				})
				if err != nil {
					t.Errorf("world %d at %s: %v", seed, r.now.Format(time.DateTime), err)
				}
				for _, inc := range r.saved {
					seen.Add(1)
					if !inc.Declared.IsZero() {
						declared.Add(1)
					}
					if inc.State == incident.Resolved {
						over.Add(1)
					}
				}
			}
		})
	}
	work.Wait()
	t.Logf("%d looks at %d incidents in %d worlds: %d declared, %d over; %d looks at a window that was counted in part",
		looks.Load(), seen.Load(), worlds.Load(), declared.Load(), over.Load(), partial.Load())
	if n := *wanted; declared.Load() < n/4 || over.Load() < n/8 || partial.Load() < n/100 {
		t.Error("the incidents show too little")
	}
}

// watch moves the world to its end. It compares all forms at most of the changes of
// an incident, and at some other times.
func (r *rig) watch(rng *rand.Rand, look func(forms)) error {
	for at := worldStart; at.Before(r.end()); at = at.Add(time.Duration(15+rng.IntN(30)) * time.Second) {
		if err := r.tick(at); err != nil {
			return err
		}
		live := r.monitor.Live(worldService).Incident
		if rng.IntN(400) != 0 && (live == nil || rng.IntN(60) != 0) && (!r.changed() || rng.IntN(3) == 0) {
			continue
		}
		f, err := r.forms()
		if err != nil {
			return err
		}
		look(f)
		if err := r.compare(f); err != nil {
			return err
		}
	}
	return nil
}

// changed reports whether the last tick published the change of an incident.
func (w *world) changed() bool {
	return slices.ContainsFunc(w.published, func(e publish.Event) bool { return e.Name == publish.Incident })
}

// compare returns the first disagreement of f.
func (r *rig) compare(f forms) error {
	for _, check := range []func(forms) error{r.compareEvents, compareAnswers, compareHeading, compareUsual, compareEnd, compareIncidents} {
		if err := check(f); err != nil {
			text, _ := json.Marshal(f.status) // a status can always be encoded
			p := f.pages["en"].service
			return fmt.Errorf("%w\n%s\n%s | %s | %s | %s", err, text, p.Verdict.Word, locale.PlainText(p.Sentence), p.Reason, chartTitle(p))
		}
	}
	return nil
}

// chartTitle returns the title of the chart of a page.
func chartTitle(p view.ServicePage) string {
	if p.Chart == nil {
		return ""
	}
	return p.Chart.Title
}

// compareEvents compares the events of the last tick with the answer of the API at
// the same second.
func (r *rig) compareEvents(f forms) error {
	for _, e := range r.published {
		var b struct {
			Window          string
			Observed        int64
			Expected        float64
			Level           string
			Confidence      *float64
			AsOf            time.Time `json:"as_of"`
			At, Onset       time.Time
			Incident, State string
		}
		if err := json.Unmarshal(e.Data, &b); err != nil {
			return err
		}
		if b.AsOf.IsZero() {
			b.AsOf = b.At
		}
		if !b.AsOf.Equal(r.now) {
			return fmt.Errorf("a %s event of %v is as of %v", e.Name, r.now, b.AsOf)
		}
		full := f.status.Window == b.Window
		if full && (b.Observed != f.status.Observed || !near(b.Expected, f.status.Expected)) {
			return fmt.Errorf("a %s event counts %d, usual %g in %s; the API %d, usual %g", e.Name, b.Observed, b.Expected, b.Window, f.status.Observed, f.status.Expected)
		}
		if b.Level != f.status.Level {
			return fmt.Errorf("a %s event has level %s, the API %s", e.Name, b.Level, f.status.Level)
		}
		if b.Confidence != nil && b.Level == "outage" && *b.Confidence < 0.5 {
			return fmt.Errorf("a %s event of an outage has confidence %g", e.Name, *b.Confidence)
		}
		if !b.Onset.IsZero() && b.Onset.Format("2006-01-02-1504") != minuteOfID(b.Incident) {
			return fmt.Errorf("an event has the onset %v of %s", b.Onset, b.Incident)
		}
	}
	return nil
}

// near reports whether two expectations differ by rounding at most.
func near(a, b float64) bool { return a-b < 2e-4*(1+a) && b-a < 2e-4*(1+b) }

// compareAnswers compares the answers of the API and the embeds with each other.
func compareAnswers(f forms) error {
	s := f.status
	if f.heatmap.Total != s.Observed || f.split.Total != s.Observed || f.widget.Total != s.Observed {
		return fmt.Errorf("%d reports, %d by country, %d by symptom, %d in the widget", s.Observed, f.heatmap.Total, f.split.Total, f.widget.Total)
	}
	if d := cmp.Diff(f.heatmap.Countries, s.Countries); d != "" {
		return fmt.Errorf("the map has other countries than the status: %s", d)
	}
	en := f.pages["en"]
	if f.widget.Sentence != locale.PlainText(en.service.Sentence) {
		return fmt.Errorf("the widget says %q, the page %q", f.widget.Sentence, locale.PlainText(en.service.Sentence))
	}
	if !strings.Contains(f.badge, f.widget.Word) || f.chart.Word != f.widget.Word {
		return fmt.Errorf("the badge lacks %q, or the chart says %q", f.widget.Word, f.chart.Word)
	}
	switch {
	case s.Level == "outage" && s.Confidence < 0.5, s.Level == "ok" && s.Confidence > 0.5, s.Level == "unknown" && s.Confidence != 0:
		return fmt.Errorf("level %s with confidence %g", s.Level, s.Confidence)
	}
	return nil
}

// headings are the words of the band by level, in English and Bengali.
var headings = map[string][]string{
	"ok":      {"No sign of trouble", "More than usual", "Over", "সমস্যার লক্ষণ নেই", "সাধারণের চেয়ে বেশি", "কেটে গেছে"},
	"warning": {"Warning", "Recovering", "সতর্কতা", "সেরে উঠছে"},
	"outage":  {"Outage", "Recovering", "বিভ্রাট", "সেরে উঠছে"},
	"unknown": {"Unknown", "জানা নেই"},
}

// compareHeading compares the band, the reason and the chart with the level and
// with the usual range.
func compareHeading(f forms) error {
	s := f.status
	within := float64(s.Observed) <= s.Upper
	for code, pages := range f.pages {
		p := pages.service
		if !slices.Contains(headings[s.Level], p.Verdict.Word) {
			return fmt.Errorf("%s: %q at level %s", code, p.Verdict.Word, s.Level)
		}
		if code != "en" {
			continue
		}
		title := chartTitle(p)
		saysWithin := strings.Contains(p.Reason, "within their usual range") || strings.Contains(p.Reason, "back in their usual range") || strings.Contains(p.Reason, "no more reports than usual")
		saysMore := strings.Contains(p.Reason, "ore than usual") || strings.Contains(p.Reason, "ore reports than usual, but") ||
			p.Verdict.Word == "More than usual" || strings.HasPrefix(title, "Above")
		switch {
		case saysWithin && !within:
			return fmt.Errorf("%d reports, usual up to %g: %q", s.Observed, s.Upper, p.Reason)
		case saysMore && within && s.CountedMinutes == 15:
			return fmt.Errorf("%d reports, usual up to %g: %q, %q, %q", s.Observed, s.Upper, p.Verdict.Word, p.Reason, title)
		case saysMore && saysWithin:
			return fmt.Errorf("both: %q, %q, %q", p.Verdict.Word, p.Reason, title)
		case p.Verdict.Word == "No sign of trouble" && !within && s.Reason.Code != "no_history":
			return fmt.Errorf("%d reports, usual up to %g: %q", s.Observed, s.Upper, p.Verdict.Word)
		case !s.Onset.IsZero() && (title != "Trouble since "+s.Onset.Format("15:04") || !strings.Contains(fmt.Sprint(p.Verdict.When), s.Onset.Format("15:04"))):
			return fmt.Errorf("an outage since %v: %v, %q", s.Onset, p.Verdict.When, title)
		case s.Incident != "" && !s.Onset.IsZero() && s.Onset.Format("2006-01-02-1504") != minuteOfID(s.Incident):
			return fmt.Errorf("an outage since %v is %s", s.Onset, s.Incident)
		}
	}
	return nil
}

// compareUsual compares what is usual in the window, in all forms.
func compareUsual(f forms) error {
	s := f.status
	if s.Level == "unknown" {
		return nil
	}
	for code, pages := range f.pages {
		l, p := pages.l, pages.service
		world, here := l.ExpectedPeople(s.Expected), ""
		all := []string{locale.PlainText(p.Sentence)}
		if s.Reason.Code == "no_history" || s.Expected == 0 {
			all = nil
		}
		if p.Quotes != nil {
			all = append(all, p.Quotes.Lines[0])
			if len(p.Quotes.Lines) > 1 {
				here = l.ExpectedPeople(s.Countries[0].Expected)
				if !strings.Contains(p.Quotes.Lines[1], " "+here) {
					return fmt.Errorf("%s: usual %q there, but %q", code, here, p.Quotes.Lines[1])
				}
			}
		}
		for _, text := range all {
			if !strings.Contains(text, " "+world) {
				return fmt.Errorf("%s: usual %q, but %q", code, world, text)
			}
		}
		for _, row := range pages.home.Now {
			if s.Expected > 0 && !strings.Contains(row.Counts, l.Expected(s.Expected)) {
				return fmt.Errorf("%s: usual %q, but the home page says %q", code, l.Expected(s.Expected), row.Counts)
			}
		}
		if partial := s.CountedMinutes < 15; partial != strings.Contains(locale.PlainText(p.Sentence), view.CountedClause(l, s.CountedMinutes, 15*time.Minute)) {
			return fmt.Errorf("%s: counted for %d minutes, but %q", code, s.CountedMinutes, locale.PlainText(p.Sentence))
		}
	}
	return nil
}

var endsBelow = regexp.MustCompile(`fewer than ([\d,]+) people`)

// compareEnd asserts that what would end the trouble is not reached.
func compareEnd(f forms) error {
	s, p := f.status, f.pages["en"].service
	if float64(s.Observed) < s.Reason.Below {
		return fmt.Errorf("it ends below %g reports and there are %d", s.Reason.Below, s.Observed)
	}
	said := endsBelow.FindStringSubmatch(p.Reason)
	if said == nil {
		return nil
	}
	shown := regexp.MustCompile(`^([\d,]+) (?:person|people)`).FindStringSubmatch(locale.PlainText(p.Sentence))
	if shown == nil || number(shown[1]) < number(said[1]) {
		return fmt.Errorf("%q, but %q", p.Reason, locale.PlainText(p.Sentence))
	}
	return nil
}

func number(text string) int {
	n, _ := strconv.Atoi(strings.ReplaceAll(text, ",", "")) // digits and commas only
	return n
}
