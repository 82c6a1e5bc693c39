package httpapi

import (
	"fmt"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/api"
	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

const (
	maxRollups     = 20_000
	maxHistoryBody = 8 << 20 // bytes: 20,000 rollups of 200 bytes, and as many spans
)

// PostHistory stores the archived counts that a simulation starts from.
func (a *API) PostHistory(c *gin.Context) {
	if !a.Simulated {
		a.NotFound(c)
		return
	}
	who, err := a.identifyKey(c)
	if err == nil && !who.trusted() {
		err = fault.New(fault.Forbidden, "this call takes a key of scope server")
	}
	if err != nil {
		a.fail(c, err)
		return
	}
	var body api.History
	if err := readBody(c, maxHistoryBody, &body); err != nil {
		a.fail(c, err)
		return
	}
	rollups, err := a.readRollups(body.Rollups)
	if err != nil {
		a.fail(c, err)
		return
	}
	spans, err := readSpans(body.Spans)
	if err != nil {
		a.fail(c, err)
		return
	}
	since, err := a.readCountedSince(body.CountedSince)
	if err != nil {
		a.fail(c, err)
		return
	}
	if err := a.History.SaveRollups(c.Request.Context(), rollups, spans); err != nil {
		a.fail(c, err)
		return
	}
	if !since.IsZero() {
		if err := a.History.MarkCounted(c.Request.Context(), since, a.Now()); err != nil {
			a.fail(c, err)
			return
		}
	}
	c.Status(http.StatusNoContent)
	c.Writer.WriteHeaderNow()
}

// oldestCounted is how far back minutes may be marked as counted.
const oldestCounted = 15 * time.Minute

// readCountedSince returns the time in text, or the zero time if it is empty.
func (a *API) readCountedSince(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	since, err := report.ParseTime(text)
	if now := a.Now(); err != nil || since.After(now) || now.Sub(since) > oldestCounted {
		return since, fault.Field("counted_since", "must be a time of the last 15 minutes")
	}
	return since, nil
}

// kindsByName holds the kinds of reports that rollups count.
var kindsByName = map[string]report.Kind{
	report.Problem.String(): report.Problem, report.Recovery.String(): report.Recovery, report.Visit.String(): report.Visit,
}

// readRollups returns the rollups of a body, or the error of the first wrong field.
func (a *API) readRollups(in []api.Rollup) ([]window.Rollup, error) {
	if len(in) > maxRollups {
		return nil, fault.Field("rollups", "may hold %d entries; send the rest in another call", maxRollups)
	}
	out := make([]window.Rollup, len(in))
	for i, r := range in {
		field := func(name string) string { return fmt.Sprintf("rollups[%d].%s", i, name) }
		service, ok := a.Catalog.Service(r.Service)
		if !ok {
			return nil, fault.Field(field("service"), "is not a service")
		}
		kind, ok := kindsByName[r.Kind]
		if !ok {
			return nil, fault.Field(field("kind"), "must be problem, recovery or visit")
		}
		if _, ok := a.Catalog.Country(r.Country); !ok {
			return nil, fault.Field(field("country"), "is not an ISO 3166-1 alpha-2 code such as IN")
		}
		if r.Symptom == "" && kind == report.Problem || r.Symptom != "" && !service.HasSymptom(r.Symptom) {
			return nil, fault.Field(field("symptom"), "is not a symptom of the service")
		}
		start, width, err := readInterval(r.Start, r.WidthMinutes, field)
		if err != nil {
			return nil, err
		}
		if r.Count < 0 {
			return nil, fault.Field(field("count"), "must not be negative")
		}
		out[i] = window.Rollup{Service: r.Service, Kind: kind, Cell: window.Cell{Country: r.Country, Symptom: r.Symptom},
			Start: start, Width: width, N: r.Count}
	}
	return out, nil
}

// readSpans returns the spans of a body, or the error of the first wrong field.
func readSpans(in []api.Span) ([]window.Span, error) {
	if len(in) > maxRollups {
		return nil, fault.Field("spans", "may hold %d entries; send the rest in another call", maxRollups)
	}
	out := make([]window.Span, len(in))
	for i, s := range in {
		field := func(name string) string { return fmt.Sprintf("spans[%d].%s", i, name) }
		start, width, err := readInterval(s.Start, s.WidthMinutes, field)
		if err != nil {
			return nil, err
		}
		if s.KnownMinutes < 0 || s.KnownMinutes > s.WidthMinutes {
			return nil, fault.Field(field("known_minutes"), "must be from 0 to width_minutes")
		}
		out[i] = window.Span{Start: start, Width: width, Known: s.KnownMinutes}
	}
	return out, nil
}

// readInterval returns the start and the width of archived time. The start must be
// a multiple of the width.
func readInterval(start string, minutes int, field func(string) string) (time.Time, time.Duration, error) {
	width := time.Duration(minutes) * time.Minute
	if width != window.RollupWidth && width != time.Hour && width != 24*time.Hour {
		return time.Time{}, 0, fault.Field(field("width_minutes"), "must be 15, 60 or 1440")
	}
	t, err := parseTime(field("start"), start)
	if err != nil {
		return time.Time{}, 0, err
	}
	if t.IsZero() || !t.Equal(t.Truncate(width)) {
		return time.Time{}, 0, fault.Field(field("start"), "must be a time on a multiple of width_minutes")
	}
	return t, width, nil
}
