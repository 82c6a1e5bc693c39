package pagetest

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/incident"
)

// Incidents holds the incidents that a test puts in.
type Incidents struct {
	All      []incident.Incident
	Timeline []incident.Event
	Err      error
}

// Incident returns the incident with this ID and the timeline.
func (p Incidents) Incident(_ context.Context, id string) (incident.Incident, []incident.Event, error) {
	if p.Err != nil {
		return incident.Incident{}, nil, p.Err
	}
	for _, inc := range p.All {
		if inc.ID == id {
			return inc, p.Timeline, nil
		}
	}
	return incident.Incident{}, nil, fault.New(fault.NotFound, "there is no such incident")
}

// Incidents returns a page of the incidents of a service.
func (p Incidents) Incidents(_ context.Context, f archive.IncidentFilter) (page []incident.Incident, next string, err error) {
	before := ""
	if f.Before != "" {
		if !archive.IsCursor(f.Before) {
			return nil, "", fault.Field("cursor", "is not one that a previous page returned")
		}
		b, err := base64.RawURLEncoding.DecodeString(f.Before)
		if err != nil {
			return nil, "", err
		}
		_, before, _ = strings.Cut(string(b), " ")
	}
	for _, inc := range p.All {
		if (f.Service == "" || inc.Service == f.Service) && !inc.Onset.Before(f.From) && (before == "" || inc.ID < before) {
			page = append(page, inc)
		}
	}
	if f.Limit > 0 && len(page) > f.Limit {
		page = page[:f.Limit]
		last := page[f.Limit-1]
		next = base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d %s", last.Onset.UnixMilli(), last.ID)) // as the archive does
	}
	return page, next, p.Err
}

// Live returns no live incident.
func (p Incidents) Live(string) incident.Live { return incident.Live{} }

// MorningIncidents are the incident of the morning and one of the month before.
func MorningIncidents() Incidents {
	return Incidents{
		All: []incident.Incident{{
			ID: "whatsapp-2022-10-25-0637", Service: "whatsapp", Version: 9, State: incident.Confirmed, Level: detect.Outage,
			Onset: At("06:37"), Suspected: At("06:41"), Declared: At("06:55"), Updated: Now, Reports: 569_700,
			Peak:    incident.Peak{At: At("07:50"), Window: 15 * time.Minute, Observed: 236_900, Expected: 324},
			Verdict: detect.Verdict{Networks: 41_300, Confidence: 0.999}, Linked: []string{"whatsapp-2022-09-03-1810"},
		}, {
			ID: "whatsapp-2022-09-03-1810", Service: "whatsapp", Version: 5, State: incident.Resolved, Level: detect.OK,
			Onset: At("18:10").AddDate(0, -1, -22), Suspected: At("18:12").AddDate(0, -1, -22), Resolved: At("20:31").AddDate(0, -1, -22), Reports: 4_120,
			Peak: incident.Peak{At: At("18:40").AddDate(0, -1, -22), Window: 15 * time.Minute, Observed: 900, Expected: 310}, EchoOf: "facebook",
		}},
		Timeline: []incident.Event{
			{At: At("06:41"), Change: incident.BecameSuspected, State: incident.Suspected, Observed: 610, Expected: 310, Window: 15 * time.Minute, Networks: 9, Countries: []string{"GB"}},
			{At: At("06:55"), Change: incident.BecameConfirmed, State: incident.Confirmed, Observed: 7_940, Expected: 320, Window: 15 * time.Minute, Networks: 2_310, Countries: []string{"GB", "IN"}},
			{At: At("07:14"), Change: incident.CountriesChanged, State: incident.Confirmed, Observed: 90_000, Expected: 322, Window: 15 * time.Minute, Networks: 9_310, Countries: []string{"GB", "IN", "DE"}},
		},
	}
}
