package httpapi

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcry/outcry/api"
	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/incident"
)

func TestTheFilterOfIncidentsReachesTheArchive(t *testing.T) {
	s := newSite(t)
	s.past.next = "bmV4dA"
	var list api.IncidentList
	s.get("/incidents?service=whatsapp&country=IN&state=confirmed,resolved&from=2022-10-24T00:00:00Z&to=2022-10-26T00:00:00Z&limit=7&cursor=MSB4", &list)
	day := time.Date(2022, 10, 24, 0, 0, 0, 0, time.UTC)
	want := archive.IncidentFilter{Service: "whatsapp", Country: "IN", States: []incident.State{incident.Confirmed, incident.Resolved},
		From: day, To: day.AddDate(0, 0, 2), Before: "MSB4", Limit: 7}
	if diff := cmp.Diff(want, s.past.filter); diff != "" {
		t.Errorf("filter of the query (-want +got):\n%s", diff)
	}
	if list.Next != "bmV4dA" {
		t.Errorf("next is %q, want %q", list.Next, "bmV4dA")
	}
}

func TestIncidentsNameLinkedOnesAndEchoes(t *testing.T) {
	for _, x := range []struct {
		state  incident.State
		linked []string
		echoOf string
	}{
		{incident.Confirmed, []string{"facebook-2022-10-25-0713", "instagram-2022-10-25-0713"}, ""},
		{incident.Suspected, []string{}, "facebook"},
	} {
		s := newSite(t)
		s.past.state = x.state
		var list api.IncidentList
		s.get("/incidents", &list)
		var one api.IncidentDetail
		s.get("/incidents/whatsapp-2022-10-25-0712", &one)
		for where, got := range map[string]struct {
			linked []string
			echoOf *string
		}{"the list": {list.Incidents[0].Linked, list.Incidents[0].EchoOf}, "the page": {one.Linked, one.EchoOf}} {
			if diff := cmp.Diff(x.linked, got.linked); diff != "" {
				t.Errorf("%s, %s: linked (-want +got):\n%s", x.state, where, diff)
			}
			if (got.echoOf == nil) != (x.echoOf == "") || got.echoOf != nil && *got.echoOf != x.echoOf {
				t.Errorf("%s, %s: echo_of is %s, want %q", x.state, where, valueOrNull(got.echoOf), x.echoOf)
			}
		}
	}
}

func TestIncidentsAreServedInTheirLiveState(t *testing.T) {
	later := func(change func(*incident.Incident)) *incident.Incident {
		inc := (&fakePast{}).outage()
		inc.Reports, inc.Updated, inc.Verdict.Networks = 12_000, now.Add(4*time.Minute), 1500
		change(&inc)
		return &inc
	}
	for _, x := range []struct {
		name     string
		live     *incident.Incident
		archived incident.State
		want     int64
	}{
		{"nothing is live", nil, incident.Confirmed, 9120},
		{"the live one has grown", later(func(*incident.Incident) {}), incident.Confirmed, 12_000},
		{"another one is live", later(func(inc *incident.Incident) { inc.ID = "whatsapp-2022-10-25-0949" }), incident.Confirmed, 9120},
		{"the archived one is over", later(func(*incident.Incident) {}), incident.Resolved, 9120},
		{"this process lags behind the archive", later(func(inc *incident.Incident) { inc.Version-- }), incident.Confirmed, 9120},
	} {
		s := newSite(t, func(o *Options) { o.Live, o.Now = onAir{x.live}, func() time.Time { return now.Add(4 * time.Minute) } })
		s.past.state = x.archived
		var list api.IncidentList
		s.get("/incidents", &list)
		var one api.IncidentDetail
		s.get("/incidents/whatsapp-2022-10-25-0712", &one)
		if got := list.Incidents[0].Reports; got != x.want || one.Reports != x.want {
			t.Errorf("%s: reports are %d in the list and %d in the incident, want %d", x.name, got, one.Reports, x.want)
		}
		if list.Incidents[0].UpdatedAt.After(list.AsOf) || one.UpdatedAt.After(one.AsOf) {
			t.Errorf("%s: as_of is %v in the list and %v in the incident, want neither before the update at %v", x.name, list.AsOf, one.AsOf, one.UpdatedAt)
		}
	}
}

func TestAResolvedIncidentIsCachedLonger(t *testing.T) {
	s := newSite(t)
	s.past.state = incident.Resolved
	w := s.do("GET", Base+"/incidents/whatsapp-2022-10-25-0712", "")
	if cache := w.Header().Get("Cache-Control"); cache != settled {
		t.Errorf("Cache-Control is %q, want %q", cache, settled)
	}
	for _, q := range s.board.queries {
		if !q.To.Equal(now.Add(-time.Minute)) {
			t.Errorf("the breakdown ends at %v, want the end of the incident, %v", q.To, now.Add(-time.Minute))
		}
	}
}
