package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/outcry/outcry/api"
	"github.com/outcry/outcry/pkg/admin"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/status"
	"github.com/outcry/outcry/pkg/window"
)

// fakeTrail is an audit trail in memory.
type fakeTrail struct {
	err     error
	entries []admin.Entry
}

func (f *fakeTrail) Senders(_ context.Context, _ string, from, _ time.Time, _ int) ([]admin.Sender, int64, error) {
	return []admin.Sender{{Sender: report.Holder(0x0a1b2c3).SenderOf(), Reports: 30, Networks: 2, First: from, Last: from,
		Countries: map[string]int64{"BD": 30}, Symptoms: map[string]int64{"": 10, "login": 20}}}, 40, f.err
}

func (f *fakeTrail) AddWish(context.Context, admin.Wish) error { return f.err }

func (f *fakeTrail) Wishes(context.Context, int) ([]admin.Wish, error) {
	return []admin.Wish{{Key: "campus mail", Name: "Campus Mail", Count: 12, First: now.Add(-time.Hour), Last: now}}, f.err
}

func (f *fakeTrail) AddAction(_ context.Context, e admin.Entry) (admin.Entry, error) {
	e.ID = int64(len(f.entries) + 1)
	f.entries = append(f.entries, e)
	return e, f.err
}

func (f *fakeTrail) Action(_ context.Context, id int64) (admin.Entry, error) {
	if f.err != nil {
		return admin.Entry{}, f.err
	}
	if id < 1 || id > int64(len(f.entries)) {
		return admin.Entry{}, fault.New(fault.NotFound, "there is no action %d", id)
	}
	return f.entries[id-1], nil
}

func (f *fakeTrail) Actions(_ context.Context, before int64, limit int) ([]admin.Entry, error) {
	var page []admin.Entry
	for _, e := range slices.Backward(f.entries) {
		if (before == 0 || e.ID < before) && len(page) < limit {
			page = append(page, e)
		}
	}
	return page, f.err
}

func (f *fakePast) Exclusion(context.Context, int64) (window.Exclusion, error) {
	return window.Exclusion{}, fault.New(fault.NotFound, "nothing is excluded")
}

func (f *fakePast) Neighbours(context.Context, string, time.Time) (before, after *incident.Incident, err error) {
	return nil, nil, f.err
}

// nobodyLives is a monitor without live incidents.
type nobodyLives struct{}

func (nobodyLives) Live(string) incident.Live { return incident.Live{} }

const noteBody = `{"action":"note","incident":"whatsapp-2022-10-25-0712","text":{"en":"Hello","bn":"নমস্কার"}}`

// adminExchanges are the requests of operators.
func adminExchanges() []exchange {
	keyed := []string{"Authorization: " + adminKey}
	listed := func(s *site) {
		done := now.Add(time.Second)
		s.trail.entries = []admin.Entry{
			{ID: 1, At: now, Key: admin.Key{ID: "k4", Name: "desk", Prefix: "outcry_admin_abcdef"}, State: admin.Applied, Done: done,
				Action: admin.Action{Kind: admin.Correct, Incident: "whatsapp-2022-10-25-0712", Onset: now.Truncate(time.Minute), Countries: []string{"IN"}}},
			{ID: 2, At: now, Key: admin.Key{ID: "k4"}, State: admin.Refused, Done: done, Message: "no", Action: admin.Action{Kind: admin.Merge, Incident: "a-1", Into: "a-2"}},
		}
	}
	failing := func(err error) func(*site) { return func(s *site) { s.trail.err = err } }
	xs := []exchange{
		{method: "POST", path: "/admin/actions", body: noteBody, headers: keyed, status: 202},
		{method: "POST", path: "/admin/actions", body: noteBody, headers: keyed, status: 202, simulated: true},
		{method: "POST", path: "/admin/actions", body: "{", headers: keyed, status: 400, wrong: true},
		{method: "POST", path: "/admin/actions", body: noteBody, status: 401},
		{method: "POST", path: "/admin/actions", body: noteBody, headers: []string{"Authorization: " + serverKey}, status: 403},
		{method: "POST", path: "/admin/actions", body: `{"action":"note","incident":"nosuch","text":{"en":"a"}}`, headers: keyed, status: 404},
		{method: "POST", path: "/admin/actions", body: `{"action":"` + strings.Repeat("x", 70_000) + `"}`, headers: keyed, status: 413},
		{method: "POST", path: "/admin/actions", body: noteBody, headers: append([]string{"Content-Type: text/plain"}, keyed...), status: 415, wrong: true},
		{method: "POST", path: "/admin/actions", body: `{"action":7}`, headers: keyed, status: 422, wrong: true},
		{method: "POST", path: "/admin/actions", body: noteBody, headers: keyed, status: 500, arrange: failing(&fault.Error{Kind: fault.Internal})},
		{method: "POST", path: "/admin/actions", body: noteBody, headers: keyed, status: 503, arrange: failing(errors.New("no route to host"))},
		{method: "GET", path: "/admin/audit", headers: keyed, status: 200},
		{method: "GET", path: "/admin/audit?limit=1", headers: keyed, status: 200, arrange: listed, simulated: true},
		{method: "GET", path: "/admin/audit?a;b", headers: keyed, status: 400},
		{method: "GET", path: "/admin/audit?limit=1000", headers: keyed, status: 422, wrong: true},
		{method: "GET", path: "/admin/audit?cursor=eHg", headers: keyed, status: 422},
		{method: "GET", path: "/admin/audit/2", headers: keyed, status: 200, arrange: listed},
		{method: "GET", path: "/admin/audit/1", headers: keyed, status: 200, arrange: listed, simulated: true},
		{method: "GET", path: "/admin/audit/7", headers: keyed, status: 404},
		{method: "GET", path: "/admin/audit/x", headers: keyed, status: 404},
	}
	xs = append(xs, exchange{method: "GET", path: "/admin/wishes", headers: keyed, status: 200}, exchange{method: "GET", path: "/admin/wishes", headers: keyed, status: 200, simulated: true})
	for _, path := range []string{"/admin/audit", "/admin/audit/1", "/admin/wishes"} {
		xs = append(xs,
			exchange{method: "GET", path: path, status: 401},
			exchange{method: "GET", path: path, headers: []string{"Authorization: " + appKey}, status: 403},
			exchange{method: "GET", path: path, headers: keyed, status: 500, arrange: failing(&fault.Error{Kind: fault.Internal})},
			exchange{method: "GET", path: path, headers: keyed, status: 503, arrange: failing(errors.New("no route to host"))})
	}
	for _, x := range []exchange{
		{path: "?service=whatsapp&from=2022-10-25T06:00:00Z", headers: keyed, status: 200}, {path: "?service=whatsapp", headers: keyed, status: 200, simulated: true},
		{path: "?service=whatsapp", status: 401}, {path: "?service=whatsapp", headers: []string{"Authorization: " + appKey}, status: 403},
		{path: "?service=whatsapp&a;b", headers: keyed, status: 400}, {path: "?service=nosuch", headers: keyed, status: 422},
		{path: "?service=whatsapp&from=2020-10-25T06:00:00Z", headers: keyed, status: 422}, {path: "?service=whatsapp&to=noon", headers: keyed, status: 422},
		{path: "?service=whatsapp", headers: keyed, status: 500, arrange: failing(&fault.Error{Kind: fault.Internal})},
		{path: "?service=whatsapp", headers: keyed, status: 503, arrange: failing(errors.New("no route to host"))},
	} {
		x.method, x.path = "GET", "/admin/senders"+x.path
		xs = append(xs, x)
	}
	for _, x := range []exchange{
		{headers: keyed, status: 200}, {headers: keyed, status: 200, simulated: true}, {status: 401}, {headers: []string{"Authorization: " + appKey}, status: 403},
		{headers: keyed, status: 500, arrange: func(s *site) { s.board.err = &fault.Error{Kind: fault.Internal} }},
		{headers: keyed, status: 503, arrange: func(s *site) { s.board.err = fault.New(fault.Unavailable, "later") }},
	} {
		x.method, x.path = "GET", "/admin/withheld"
		xs = append(xs, x)
	}
	return xs
}

// ask posts an action with the key of an operator.
func (s *site) ask(body string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.engine.ServeHTTP(w, request("POST", Base+"/admin/actions", body, "Authorization: Bearer "+s.keys.admin))
	return w
}

func TestAnActionIsAuditedWithItsKey(t *testing.T) {
	s := newSite(t)
	w := s.ask(noteBody)
	var answer api.AuditAnswer
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != http.StatusAccepted {
		t.Fatalf("POST answered %d, %v: %s", w.Code, err, w.Body)
	}
	e := s.trail.entries[0]
	if e.State != admin.Waiting || e.Key != (admin.Key{ID: "k4", Name: "desk", Prefix: "outcry_admin_abcdef"}) || e.Action.Text["bn"] != "নমস্কার" {
		t.Errorf("the trail has %+v", e)
	}
	if answer.Entry.Id != 1 || answer.Entry.Key.Name != "desk" || answer.Entry.State != "waiting" {
		t.Errorf("the answer is %+v", answer)
	}
}

// exclusion returns the body of an exclusion with the fields of its minutes, which
// are ofMinutes where nothing about them is wrong.
func exclusion(fields string) string {
	return `{"action":"exclude","service":"whatsapp","text":{"en":"A test."},` + fields + `}`
}

const ofMinutes = `"from":"2022-10-25T06:00:00Z","to":"2022-10-25T06:30:00Z"`

func TestWrongActionsAreRefusedAtOnceAndNotAudited(t *testing.T) {
	const id = "whatsapp-2022-10-25-0712"
	for _, x := range []struct {
		body, field, says string
		status            int
	}{
		{`{"action":"explode"}`, "action", "one of note, retract", 422},
		{`{"action":"note","incident":"nosuch","text":{"en":"a"}}`, "", "no such incident", 404},
		{`{"action":"note","incident":"../etc","text":{"en":"a"}}`, "incident", "not the ID", 422},
		{`{"action":"note","incident":"` + id + `"}`, "text", "missing", 422},
		{exclusion(`"from":"2022-10-25T07:00:00Z","to":"2022-10-25T07:00:30Z"`), "to", "must be after from", 422},
		{exclusion(`"from":"2022-10-25T07:00:00Z","to":"2032-10-25T07:00:00Z"`), "to", "within 24 hours", 422},
		{exclusion(`"from":"2022-10-25T07:30:00Z","to":"2022-10-25T23:00:00Z"`), "to", "running minute", 422},
		{exclusion(`"from":"2022-09-25T07:30:00Z","to":"2022-09-25T07:40:00Z"`), "from", "earlier reports are deleted soon", 422},
		{exclusion(ofMinutes + `,"symptom":"nosuch"`), "symptom", "none of the service", 422},
		{exclusion(ofMinutes + `,"sender":"0a1"`), "sender", "admin/senders", 422},
		{exclusion(ofMinutes + `,"network":"203.0.113.7"`), "network", "/16 or /24", 422},
		{exclusion(ofMinutes + `,"network":"203.0.113.0/24","sender":"0a1b2c3"`), "network", "name one", 422},
		{exclusion(`"from":"2022-10-24T23:30:00Z","to":"2022-10-25T00:40:00Z","network":"203.0.113.0/24"`), "to", "same day", 422},
		{`{"action":"exclude","service":"whatsapp",` + ofMinutes + `}`, "text", "missing", 422},
		{`{"action":"include","exclusion":3}`, "exclusion", "excludes nothing", 422},
		{`{"action":"include"}`, "exclusion", "missing", 422},
		{`{"action":"note","incident":"` + id + `","text":{"xx":"a"}}`, "text", `language "xx"`, 422},
		{`{"action":"note","incident":"` + id + `","text":{"en":"a\nb"}}`, "text", "one line", 422},
		{`{"action":"note","incident":"` + id + `","text":{"en":"` + strings.Repeat("a", 601) + `"}}`, "text", "600 characters", 422},
		{`{"action":"note","incident":"` + id + `","text":{"en":"a"},"hours":3}`, "hours", "not for the action note", 422},
		{`{"action":"retract","incident":"` + id + `"}`, "text", "missing", 422},
		{`{"action":"correct","incident":"` + id + `"}`, "onset", "at least one", 422},
		{`{"action":"correct","incident":"` + id + `","end":"2022-10-25T07:00:00Z"}`, "end", "before the onset", 422},
		{`{"action":"correct","incident":"` + id + `","end":"2030-10-25T07:00:00Z"}`, "end", "future", 422},
		{`{"action":"correct","incident":"` + id + `","onset":"2022-10-25T07:49:00Z"}`, "onset", "first suspected", 422},
		{`{"action":"correct","incident":"` + id + `","onset":"yesterday"}`, "onset", "RFC 3339", 422},
		{`{"action":"correct","incident":"` + id + `","countries":["XX"]}`, "countries", `"XX"`, 422},
		{`{"action":"confirm","incident":"` + id + `"}`, "incident", "declared before", 422},
		{`{"action":"declare","service":"nosuch","onset":"2022-10-25T07:00:00Z"}`, "service", "not a service", 422},
		{`{"action":"declare","service":"grameen"}`, "onset", "missing", 422},
		{`{"action":"declare","service":"grameen","onset":"2022-10-25T08:00:00Z"}`, "onset", "future", 422},
		{`{"action":"declare","service":"grameen","onset":"2022-10-20T08:00:00Z"}`, "onset", "last 24 hours", 422},
		{`{"action":"declare","service":"grameen","onset":"2022-10-25T07:00:00Z","hours":100}`, "hours", "1 to 48", 422},
		{`{"action":"block"}`, "network", "missing", 422},
		{`{"action":"block","network":"203.0.113.0/8"}`, "network", "from /12 to /32", 422},
		{`{"action":"block","network":"2001:db8::/10"}`, "network", "from /19 to /64", 422},
		{`{"action":"block","network":"example.org"}`, "network", "an address or a prefix", 422},
		{`{"action":"merge","incident":"` + id + `","into":"` + id + `"}`, "into", "another incident", 422},
		{`{"action":"merge","incident":"` + id + `","into":"nosuch"}`, "into", "no such incident", 422},
	} {
		s := newSite(t)
		w := s.ask(x.body)
		var p api.Problem
		if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code != x.status || p.Field != x.field || !strings.Contains(p.Detail, x.says) {
			t.Errorf("%s: %d %+v, %v; want %d for the field %q that says %q", x.body, w.Code, p, err, x.status, x.field, x.says)
		}
		if len(s.trail.entries) > 0 {
			t.Errorf("%s: the trail has %+v, want nothing", x.body, s.trail.entries)
		}
	}
}

func TestTheAuditTrailIsPaged(t *testing.T) {
	s := newSite(t)
	for range 5 {
		s.ask(noteBody)
	}
	var seen []int64
	cursor := ""
	for range 4 {
		w := httptest.NewRecorder()
		s.engine.ServeHTTP(w, request("GET", Base+"/admin/audit?limit=2&cursor="+cursor, "", "Authorization: Bearer "+s.keys.admin))
		var page api.AuditTrail
		if err := json.Unmarshal(w.Body.Bytes(), &page); err != nil || w.Code != http.StatusOK || w.Header().Get("Cache-Control") != "no-store" {
			t.Fatalf("GET answered %d, %v: %s", w.Code, err, w.Body)
		}
		for _, e := range page.Entries {
			seen = append(seen, e.Id)
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	if !slices.Equal(seen, []int64{5, 4, 3, 2, 1}) {
		t.Errorf("pages list %v, want 5 to 1", seen)
	}
}

func TestARetractedIncidentSaysSo(t *testing.T) {
	s := newSite(t)
	s.past.change = func(i *incident.Incident) {
		next, _, err := i.Retract(incident.Order{Action: 1, At: now, Text: map[string]string{"en": "A test."}})
		if err != nil {
			t.Fatal(err)
		}
		*i = *next
	}
	var one api.IncidentDetail
	s.get("/incidents/whatsapp-2022-10-25-0712", &one)
	if one.State != "retracted" || one.Level != "ok" || one.RetractedAt.IsZero() || len(one.Corrections) != 1 || one.Corrections[0].Text["en"] != "A test." {
		t.Errorf("the incident is %+v", one)
	}
}

func TestWhatIsWithheldHasItsReason(t *testing.T) {
	for _, c := range []struct {
		s    status.Status
		want bool
	}{
		{status.Status{Level: detect.Warning, Reason: detect.Reason{Code: detect.ReasonBrief}}, true},
		{status.Status{Above: true, Reason: detect.Reason{Code: detect.ReasonOneSource}}, true},
		{status.Status{Above: true, Reason: detect.Reason{Code: detect.ReasonDismissed}}, true},
		{status.Status{Muted: &incident.Mute{}, Reason: detect.Reason{Code: detect.ReasonMuted}}, true},
		{status.Status{Reason: detect.Reason{Code: detect.ReasonUsual}}, false},
		{status.Status{Reason: detect.Reason{Code: detect.ReasonNoHistory}}, false},
		{status.Status{Level: detect.Outage, Above: true, Reason: detect.Reason{Code: detect.ReasonUnusual}}, false},
		{status.Status{Level: detect.Unknown, Reason: detect.Reason{Code: detect.ReasonNotCounted}}, false},
	} {
		if got := isWithheld(c.s); got != c.want {
			t.Errorf("isWithheld of %s with reason %s = %v, want %v", c.s.Level, c.s.Reason.Code, got, c.want)
		}
	}
}

func TestTheAddressOfABlockedNetworkIsNotStored(t *testing.T) {
	for network, want := range map[string]string{
		"203.0.113.7": "IPv4 /32", "203.0.113.7/24": "IPv4 /24", "2001:db8::1": "IPv6 /64", "2001:db8::/32": "IPv6 /32", "::ffff:203.0.113.7": "IPv4 /32",
	} {
		s := newSite(t)
		w := s.ask(`{"action":"block","network":"` + network + `"}`)
		var answer api.AuditAnswer
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != http.StatusAccepted || answer.Entry.Action.Network != want {
			t.Errorf("block %s: %d, %v: %s; want %s in the audit trail", network, w.Code, err, w.Body, want)
			continue
		}
		e := s.trail.entries[0]
		body, err := json.Marshal(e.Action)
		if err != nil || e.Action.Network != "" || e.Action.Block.Hash != 99 || strings.Contains(string(body), "203.0") || strings.Contains(string(body), "db8") {
			t.Errorf("the trail has %s, %v; want a pseudonym and no address", body, err)
		}
	}
}
