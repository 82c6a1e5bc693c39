// Package pagetest holds the services, incidents and reports of a made-up
// morning, for tests of pages and embeds: WhatsApp is down, and it is 07:50 UTC
// on 25 October 2022.
package pagetest

import (
	"context"
	"errors"
	"math"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/outcry/outcry/frontend"
	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/ingest"
	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/status"
	"github.com/outcry/outcry/pkg/window"
)

// Now is the time of all tests, in the morning of 25 October 2022.
var Now = time.Date(2022, 10, 25, 7, 50, 0, 0, time.UTC)

// At returns a time of that day, such as "07:30" in UTC.
func At(clock string) time.Time {
	t, err := time.Parse("15:04", clock)
	if err != nil {
		panic(err)
	}
	return time.Date(2022, 10, 25, t.Hour(), t.Minute(), 0, 0, time.UTC)
}

// Board answers from what a test puts in. Services without an entry are quiet.
type Board struct {
	Catalog  *catalog.Catalog
	StatusOf map[string]status.Status
	SeriesOf map[string]status.Series
	Began    time.Time // nothing was counted before
	Err      error
}

// Status returns the entry of StatusOf, or a quiet status.
func (b *Board) Status(_ context.Context, slug string) (status.Status, error) {
	s, ok := b.StatusOf[slug]
	if !ok {
		s = Quiet(slug)
	}
	return b.complete(s), b.Err
}

// divided is a status whose reports are divided into cells.
type divided struct{ status.Status }

// complete returns s as of a window that was counted throughout, unless s says
// how much of it was, with the counts of Breakdown as its cells.
func (b *Board) complete(one status.Status) status.Status {
	s := divided{one}
	if s.Minutes == 0 {
		s.Minutes = int(s.Window / window.Width)
	}
	s.From = window.Start(s.AsOf).Add(window.Width - s.Window)
	service, ok := b.Catalog.Service(s.Service)
	if !ok || s.Cells != nil {
		return s.Status
	}
	s.Symptoms, s.Cells = service.Symptoms, map[window.Cell]int64{}
	rest := s.Observed
	for _, c := range s.Countries {
		s.divide(c.Code, c.Count)
		rest -= c.Count
	}
	s.divide("ZZ", rest)
	return s.Status
}

// divide adds reports of a country to the cells of s, by shares.
func (s divided) divide(country string, n int64) {
	rest := n
	for i, share := range shares[:min(len(shares), len(s.Symptoms))] {
		part := int64(share * float64(n))
		s.Cells[window.Cell{Country: country, Symptom: s.Symptoms[i]}] += part
		rest -= part
	}
	s.Cells[window.Cell{Country: country, Symptom: s.Symptoms[1]}] += rest
}

// shares are those of the symptoms of every service.
var shares = []float64{.315, .612, .021, .010, .034, .008}

// Statuses returns the status of every service.
func (b *Board) Statuses(ctx context.Context) ([]status.Status, error) {
	var all []status.Status
	for _, one := range b.Catalog.Services() {
		s, _ := b.Status(ctx, one.Slug) // b.err is returned below
		all = append(all, s)
	}
	return all, b.Err
}

// Series returns the entry of SeriesOf, or a quiet series.
func (b *Board) Series(_ context.Context, slug string, q status.SeriesQuery) (status.Series, error) {
	s, ok := b.SeriesOf[slug]
	if !ok {
		s = Day(50, nil)
	}
	s = Divide(s, q.Step)
	s.Points = slices.Clone(s.Points)
	for i := range s.Points {
		if p := &s.Points[i]; p.Start.Add(min(s.Step, s.AsOf.Sub(p.Start)) / 2).Before(b.Began) {
			p.Known, p.Count = false, 0 // less than half of it was counted
		}
	}
	for len(s.Points) > 0 && s.Points[0].Start.Before(q.From.Truncate(s.Step)) {
		s.Points = s.Points[1:]
	}
	return s, b.Err
}

// Breakdown returns the same shares for every service.
func (b *Board) Breakdown(_ context.Context, slug string, w time.Duration, _ string) (status.Breakdown, error) {
	s, ok := b.Catalog.Service(slug)
	if !ok {
		return status.Breakdown{}, fault.New(fault.NotFound, "there is no such service")
	}
	d := status.Breakdown{AsOf: Now, Window: w}
	one, _ := b.Status(context.Background(), slug)
	d.Total = one.Observed
	for i, id := range s.Symptoms {
		share := 0.0
		if i < len(shares) {
			share = shares[i]
		}
		half := 1.96 * math.Sqrt(share*(1-share)/math.Max(1, float64(d.Total)))
		d.Symptoms = append(d.Symptoms, status.Share{Symptom: id, Count: int64(share * float64(d.Total)), Share: share,
			Low: math.Max(0, share-half), High: math.Min(1, share+half)})
	}
	return d, b.Err
}

// Countries returns CountryCounts.
func (b *Board) Countries(_ context.Context, slug string, w time.Duration, _ string) (status.Countries, error) {
	s, _ := b.Status(context.Background(), slug)
	return status.Countries{AsOf: Now, Window: w, Minutes: int(w / window.Width), Total: s.Observed, Countries: s.Countries}, b.Err
}

// Totals returns the same totals for every service.
func (b *Board) Totals(_ context.Context, slug string, from, to time.Time, country string) (status.Totals, error) {
	now, _ := b.Status(context.Background(), slug)
	d, err := b.Breakdown(context.Background(), slug, to.Sub(from), country)
	if err != nil {
		return status.Totals{}, err
	}
	t := status.Totals{From: from, To: to, Total: now.Observed, Symptoms: d.Symptoms, Countries: now.Countries}
	if i := slices.IndexFunc(now.Countries, func(c status.Country) bool { return c.Code == country }); i >= 0 {
		t.Countries = now.Countries[i : i+1]
		t.Total = t.Countries[0].Count
	}
	return t, b.Err
}

// IncidentTotals returns the totals from the onset of an incident to its end.
func (b *Board) IncidentTotals(ctx context.Context, inc incident.Incident) (status.Totals, error) {
	return b.Totals(ctx, inc.Service, inc.Onset, inc.Resolved, "")
}

// Ingester notes what is submitted and answers what a test puts in.
type Ingester struct {
	mu        sync.Mutex
	Submitted []report.Submission
	From      []ingest.Sender
	Visits    []string
	Outcome   window.Status
	Err       error
	OnSubmit  func()
	Made      string // what forms carry
}

// Stamp returns Made.
func (in *Ingester) Stamp(string) string { return in.Made }

// Submit notes s and answers with Outcome, or with Err.
func (in *Ingester) Submit(s report.Submission, from ingest.Sender) (ingest.Receipt, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.Submitted, in.From = append(in.Submitted, s), append(in.From, from)
	if in.Err != nil {
		return ingest.Receipt{}, in.Err
	}
	if in.OnSubmit != nil {
		in.OnSubmit()
	}
	return ingest.Receipt{Service: s.Service, Symptom: s.Symptom, Kind: s.Kind, Status: in.Outcome, Counted: in.Outcome == window.Counted, AsOf: Now}, nil
}

// Visit notes the service.
func (in *Ingester) Visit(service string, _ netip.Addr) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.Visits = append(in.Visits, service)
}

// ErrStore is an error that no page may show.
var ErrStore = errors.New("connection refused by 10.1.2.3:6379")

// Locale returns the locale of a language.
func Locale(t testing.TB, code string) *locale.Locale {
	t.Helper()
	all, err := locale.Load(frontend.Files)
	if err != nil {
		t.Fatal(err)
	}
	l, ok := all.ByCode(code)
	if !ok {
		t.Fatalf("there is no language %q", code)
	}
	return l
}
