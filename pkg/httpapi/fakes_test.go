package httpapi

import (
	"context"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/outcry/outcry/pkg/apikey"
	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/ingest"
	"github.com/outcry/outcry/pkg/limit"
	"github.com/outcry/outcry/pkg/proof"
	"github.com/outcry/outcry/pkg/publish"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/status"
	"github.com/outcry/outcry/pkg/window"
)

// fakeIngest validates reports as ingest does, and keeps those that it accepts.
type fakeIngest struct {
	catalog *catalog.Catalog

	mu      sync.Mutex
	err     error // the answer to every valid report
	limit   limit.Decision
	known   bool
	status  window.Status // of valid reports; Counted if zero
	counted []ingest.Item
}

func (f *fakeIngest) Submit(s report.Submission, from ingest.Sender) (ingest.Receipt, error) {
	r, err := report.Validate(s, f.catalog, now)
	if err != nil {
		return ingest.Receipt{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err != nil {
		return ingest.Receipt{Limit: f.limit}, f.err
	}
	st := f.status
	if st == window.Failed {
		st = window.Counted
	}
	f.counted = append(f.counted, ingest.Item{Submission: s, Sender: from})
	if s.ID == "" {
		r.ID = uuid.MustParse("0190b1a4-7a30-7cc1-b0d5-2f6a9d1c8e11")
	}
	return ingest.Receipt{ID: r.ID, Service: r.Service, Kind: r.Kind, Symptom: r.Symptom, Country: r.Country,
		Status: st, Resent: f.known, Counted: st == window.Counted, AsOf: now}, nil
}

// challenged has every report answered with a challenge.
func challenged(s *site) {
	s.ingest.err = &ingest.ChallengeError{
		Challenge: proof.Challenge{Algorithm: "SHA-256", Challenge: "00", MaxNumber: 50_000, Salt: "a?expires=1", Signature: "01"},
		Why:       &fault.Error{Kind: fault.Challenged, Field: "proof", Msg: "is too old; solve a new challenge"},
	}
}

func (f *fakeIngest) SubmitAll(items []ingest.Item) []ingest.Result {
	results := make([]ingest.Result, len(items))
	for i, item := range items {
		results[i].Receipt, results[i].Err = f.Submit(item.Submission, item.Sender)
	}
	return results
}

func (f *fakeIngest) items() []ingest.Item {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.counted
}

// fakeBoard is the board of a morning on which WhatsApp is down and reports of
// Grameen cannot be counted.
type fakeBoard struct {
	err     error
	queries []status.SeriesQuery
	exports []status.ExportQuery
	long    int   // further steps of an export
	late    error // of an export, after its rows
}

func (f *fakeBoard) Status(_ context.Context, slug string) (status.Status, error) {
	switch slug {
	case "whatsapp":
		return whatsapp, f.err
	case "grameen":
		return status.Status{Service: slug, Level: detect.Unknown, AsOf: now.Add(-time.Hour), Window: 15 * time.Minute,
			Reason: detect.Reason{Code: detect.ReasonNotCounted}, LastKnown: now.Add(-time.Hour)}, f.err
	}
	return status.Status{Service: slug, AsOf: now, Window: 15 * time.Minute, Reason: detect.Reason{Code: detect.ReasonUsual}}, f.err
}

func (f *fakeBoard) Statuses(ctx context.Context) (all []status.Status, err error) {
	for _, slug := range []string{"whatsapp", "messenger", "grameen"} {
		s, err := f.Status(ctx, slug)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

func (f *fakeBoard) Breakdown(_ context.Context, _ string, w time.Duration, _ string) (status.Breakdown, error) {
	return status.Breakdown{AsOf: now, Window: w, Total: 1204, Symptoms: []status.Share{
		{Symptom: "connection", Count: 614, Share: 0.5099667774, Low: 0.4817, High: 0.5382}, {Symptom: "messaging", Count: 590, Share: 0.49, Low: 0.46, High: 0.52},
		{Symptom: "other"},
	}}, f.err
}

func (f *fakeBoard) Countries(_ context.Context, _ string, w time.Duration, _ string) (status.Countries, error) {
	return status.Countries{AsOf: now, Window: w, Total: 4018, Countries: whatsapp.Countries}, f.err
}

func (f *fakeBoard) Series(_ context.Context, _ string, q status.SeriesQuery) (status.Series, error) {
	f.queries = append(f.queries, q)
	if q.Step == 0 {
		q.Step = 15 * time.Minute
	}
	start := now.Truncate(time.Hour)
	return status.Series{AsOf: now, Step: q.Step, Points: []status.Point{
		{Start: start, Count: 0, Known: true, Expected: 21.5, Upper: 34.123456}, {Start: start.Add(q.Step), Count: 99},
		{Start: start.Add(2 * q.Step), Count: 4018, Known: true},
		{Start: start.Add(3 * q.Step), Count: 4, Known: true}, {Start: start.Add(4 * q.Step), Count: 5, Known: true},
	}}, f.err
}

// Export gives two steps: one with counts, of which one is small, and one in
// which nobody could count.
func (f *fakeBoard) Export(_ context.Context, _ string, q status.ExportQuery, admit func(read func() error) error, emit func([]status.ExportRow) error) error {
	f.exports = append(f.exports, q)
	if err := admit(func() error { return f.err }); err != nil {
		return err
	}
	row := func(step int, counted int, kind report.Kind, country, symptom string, n int64) status.ExportRow {
		return status.ExportRow{Start: q.From.Add(time.Duration(step) * q.Step), Width: q.Step, Counted: counted, Kind: kind,
			Cell: window.Cell{Country: country, Symptom: symptom}, Count: n}
	}
	one := []status.ExportRow{row(0, 60, report.Problem, "BD", "messaging", 412), row(0, 60, report.Problem, "NP", "connection", 4), row(0, 60, report.Recovery, "BD", "", 5)}
	if err := emit(one); err != nil {
		return err
	}
	if err := emit([]status.ExportRow{row(1, 0, report.Problem, "", "", 0)}); err != nil {
		return err
	}
	for n := range f.long {
		if err := emit([]status.ExportRow{row(2+n, 60, report.Problem, "BD", "messaging", 7)}); err != nil {
			return err
		}
	}
	return f.late
}

// fakePast is an archive of one incident, which also saves a history.
type fakePast struct {
	err     error
	filter  archive.IncidentFilter
	next    string
	state   incident.State // of the incident; confirmed if empty
	rollups []window.Rollup
	spans   []window.Span

	countedSince time.Time
	change       func(*incident.Incident) // of the incident; may be nil
}

func (f *fakePast) outage() incident.Incident {
	i := incident.Incident{
		ID: "whatsapp-2022-10-25-0712", Service: "whatsapp", Version: 3, State: incident.Confirmed, Level: detect.Outage,
		Onset: now.Add(-38 * time.Minute), Suspected: now.Add(-36 * time.Minute), Declared: now.Add(-32 * time.Minute), Updated: now,
		Peak:    incident.Peak{At: now, Window: 15 * time.Minute, Observed: 4018, Expected: 21.5},
		Reports: 9120, Countries: []incident.Segment{{ID: "IN", Level: detect.Outage, Observed: 3014, Expected: 12.25}},
		Symptoms: []incident.Segment{{ID: "connection", Level: detect.Outage, Observed: 2000, Expected: 9}},
		Verdict:  detect.Verdict{At: now, Window: 15 * time.Minute, Observed: 4018, Expected: 21.5, Networks: 1311, Confidence: 1},
		Linked:   []string{"facebook-2022-10-25-0713", "instagram-2022-10-25-0713"},
	}
	if f.state == incident.Suspected {
		i.State, i.Level, i.Declared, i.Linked, i.EchoOf = incident.Suspected, detect.Warning, time.Time{}, nil, "facebook"
	}
	if f.state == incident.Resolved {
		i.State, i.Level, i.Resolved = incident.Resolved, detect.OK, now.Add(-time.Minute)
	}
	if f.change != nil {
		f.change(&i)
	}
	return i
}

func (f *fakePast) timeline() []incident.Event {
	return []incident.Event{
		{Incident: "whatsapp-2022-10-25-0712", Version: 1, At: now.Add(-36 * time.Minute), Change: incident.BecameSuspected, State: incident.Suspected,
			Observed: 77, Expected: 20, Window: 5 * time.Minute, Networks: 9},
		{Incident: "whatsapp-2022-10-25-0712", Version: 2, At: now.Add(-32 * time.Minute), Change: incident.BecameConfirmed, State: incident.Confirmed,
			Observed: 901, Expected: 20.3, Window: 15 * time.Minute, Networks: 212, Countries: []string{"IN"}},
	}
}

func (f *fakePast) Incident(_ context.Context, id string) (incident.Incident, []incident.Event, error) {
	if f.err != nil {
		return incident.Incident{}, nil, f.err
	}
	if id != "whatsapp-2022-10-25-0712" {
		return incident.Incident{}, nil, fault.New(fault.NotFound, "there is no such incident")
	}
	return f.outage(), f.timeline(), nil
}

func (f *fakePast) Incidents(_ context.Context, filter archive.IncidentFilter) ([]incident.Incident, string, error) {
	f.filter = filter
	return []incident.Incident{f.outage()}, f.next, f.err
}

func (f *fakePast) SaveRollups(_ context.Context, rollups []window.Rollup, spans []window.Span) error {
	f.rollups, f.spans = rollups, spans
	return f.err
}

func (f *fakePast) MarkCounted(_ context.Context, from, _ time.Time) error {
	f.countedSince = from
	return f.err
}

// fakeKeys is an archive with a key of each scope and a revoked one.
type fakeKeys struct {
	server, app, admin, revoked string

	mu      sync.Mutex
	err     error
	lookups int
	byHash  map[string]archive.Key
}

func newFakeKeys() *fakeKeys {
	f := &fakeKeys{byHash: map[string]archive.Key{}}
	add := func(id string, scope apikey.Scope, k archive.Key) string {
		made := apikey.New(scope)
		k.ID, k.Scope, k.Hash = id, string(scope), made.Hash
		f.byHash[string(made.Hash)] = k
		return made.Secret
	}
	f.server = add("k1", apikey.Server, archive.Key{})
	f.app = add("k2", apikey.App, archive.Key{Origins: []string{"https://news.example"}})
	f.admin = add("k4", apikey.Admin, archive.Key{Name: "desk", Prefix: "outcry_admin_abcdef"})
	f.revoked = add("k3", apikey.Server, archive.Key{Revoked: now.Add(-time.Hour)})
	return f
}

func (f *fakeKeys) KeyByHash(_ context.Context, hash []byte) (archive.Key, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lookups++
	if f.err != nil {
		return archive.Key{}, f.err
	}
	k, ok := f.byHash[string(hash)]
	if !ok {
		return k, fault.New(fault.NotFound, "there is no such key")
	}
	return k, nil
}

// fakeLog is an event log whose first event may have any ID.
type fakeLog struct {
	mu  sync.Mutex
	log []publish.Event
	err error
}

func (f *fakeLog) append(events ...publish.Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.log = append(f.log, events...)
}

func (f *fakeLog) Events(_ context.Context, after int64, limit int) (page []publish.Event, missed bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err != nil {
		return nil, false, f.err
	}
	first, last := int64(1), int64(0)
	if len(f.log) > 0 {
		first, last = f.log[0].ID, f.log[len(f.log)-1].ID
	}
	for _, e := range f.log {
		if e.ID > after && len(page) < limit {
			page = append(page, e)
		}
	}
	return page, after < first-1 || after > last, nil
}
