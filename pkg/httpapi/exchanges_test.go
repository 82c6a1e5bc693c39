package httpapi

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/limit"
	"github.com/outcry/outcry/pkg/window"
)

// exchange is a request and the status of its answer. A wrong request is one that
// the description must refuse too.
type exchange struct {
	method, path, body string
	headers            []string
	status             int
	arrange            func(*site)
	wrong              bool
	simulated          bool
}

const serverKey, appKey, adminKey = "SERVER KEY", "APP KEY", "ADMIN KEY" // replaced by the site's

func exchanges() []exchange {
	report := `{"symptom":"connection","country":"IN","id":"0190b1a4-7a30-7cc1-b0d5-2f6a9d1c8e11","occurred_at":"2022-10-25T07:41:00Z","device":"d"}`
	keyed := []string{"Authorization: " + serverKey}
	limited := func(s *site) {
		s.ingest.err = &fault.Error{Kind: fault.Limited, Msg: "too many", RetryAfter: 1500 * time.Millisecond}
		s.ingest.limit = limit.Decision{Limit: 120, Period: time.Minute, Reset: 40 * time.Second}
	}
	xs := []exchange{
		{method: "POST", path: "/services/whatsapp/reports", body: report, status: 202},
		{method: "POST", path: "/services/whatsapp/reports", body: report, status: 202, arrange: func(s *site) { s.ingest.status = window.Repeat }},
		{method: "POST", path: "/services/whatsapp/reports", body: report, status: 202, simulated: true},
		{method: "POST", path: "/services/whatsapp/recoveries", body: `{}`, status: 202},
		{method: "POST", path: "/services/whatsapp/reports", body: `{"symptom":"messaging"}`, status: 428, arrange: challenged},
		{method: "POST", path: "/services/whatsapp/recoveries", body: `{"proof":"e30="}`, status: 428, arrange: challenged},
		{method: "POST", path: "/reports", body: `{"reports":[{"service":"whatsapp","symptom":"messaging","ip":"203.0.113.9"},{"service":"grameen","kind":"recovery"}]}`, headers: keyed, status: 202},
		{method: "POST", path: "/reports", body: `{"reports":[{"service":"nosuch","symptom":"messaging"},{"service":"whatsapp","symptom":"nosuch"}]}`, headers: keyed, status: 202, simulated: true},
		{method: "POST", path: "/reports", body: `{"reports":[{"service":"whatsapp","symptom":"messaging","ip":"203.0.113.9"}]}`, headers: []string{"Authorization: " + appKey}, status: 403},
		{method: "POST", path: "/reports", body: `{"reports":[]}`, headers: keyed, status: 422, wrong: true},

		{method: "GET", path: "/services", status: 200},
		{method: "GET", path: "/services", status: 200, simulated: true},
		{method: "GET", path: "/services?query=whats&category=messaging&level=outage&lang=bn&limit=1", status: 200},
		{method: "GET", path: "/services?level=bad", status: 422, wrong: true},
		{method: "GET", path: "/services/whatsapp", status: 200},
		{method: "GET", path: "/services/grameen?lang=bn", status: 200, simulated: true},
		{method: "GET", path: "/services/whatsapp?lang=" + strings.Repeat("x", 36), status: 422, wrong: true},
		{method: "GET", path: "/services/nosuch", status: 404},
		{method: "GET", path: "/services/whatsapp/breakdown?window=1h&country=IN", status: 200},
		{method: "GET", path: "/services/whatsapp/breakdown", status: 200, simulated: true},
		{method: "GET", path: "/services/whatsapp/breakdown?window=2h", status: 422, wrong: true},
		{method: "GET", path: "/services/nosuch/breakdown", status: 404},
		{method: "GET", path: "/services/whatsapp/countries?symptom=messaging", status: 200},
		{method: "GET", path: "/services/whatsapp/countries", status: 200, simulated: true},
		{method: "GET", path: "/services/whatsapp/countries?symptom=nosuch", status: 422},
		{method: "GET", path: "/services/nosuch/countries", status: 404},
		{method: "GET", path: "/services/whatsapp/series?from=2022-10-24T00:00:00Z&to=2022-10-25T00:00:00Z&step=1h&country=BD&symptom=other", status: 200},
		{method: "GET", path: "/services/whatsapp/series", status: 200, simulated: true},
		{method: "GET", path: "/services/whatsapp/series?from=yesterday", status: 422, wrong: true},
		{method: "GET", path: "/services/nosuch/series", status: 404},
		{method: "GET", path: "/incidents?service=whatsapp&country=IN&state=confirmed,resolved&from=2022-10-24T00:00:00Z&to=2022-10-26T00:00:00Z&limit=100", status: 200, arrange: func(s *site) { s.past.next = "bmV4dA" }},
		{method: "GET", path: "/incidents?state=confirmed&state=suspected,resolved", status: 200},
		{method: "GET", path: "/incidents", status: 200, simulated: true},
		{method: "GET", path: "/incidents?state=over", status: 422, wrong: true},
		{method: "GET", path: "/incidents?service=nosuch", status: 404},
		{method: "GET", path: "/incidents/whatsapp-2022-10-25-0712", status: 200},
		{method: "GET", path: "/incidents/whatsapp-2022-10-25-0712", status: 200, simulated: true, arrange: func(s *site) { s.past.state = incident.Resolved }},
		{method: "GET", path: "/incidents/whatsapp-2022-10-25-0712", status: 200, arrange: func(s *site) { s.past.state = incident.Suspected }},
		{method: "GET", path: "/incidents/nosuch", status: 404},
		{method: "GET", path: "/events?service=whatsapp&country=IN", status: 200, headers: []string{"Last-Event-ID: 0"}},
		{method: "GET", path: "/events", status: 200, simulated: true},
		{method: "GET", path: "/events?a;b", status: 400},
		{method: "GET", path: "/events?country=INDIA", status: 422, wrong: true},
		{method: "GET", path: "/events?service=nosuch", status: 404},
		{method: "GET", path: "/events", status: 429, arrange: func(s *site) { fillStreams(s) }},
		{method: "GET", path: "/events", status: 503, arrange: func(s *site) { s.hub.Close() }},
		{method: "GET", path: "/events", status: 500, headers: []string{"Last-Event-ID: 7"}, arrange: func(s *site) { s.log.err = errors.New("disk") }},
		{method: "GET", path: "/openapi.yaml", status: 200},
		{method: "GET", path: "/services/whatsapp/archive?from=2022-10-24T00:00:00Z&step=15m", status: 200},
		{method: "GET", path: "/services/whatsapp/archive?format=ndjson", status: 200, simulated: true},
		{method: "GET", path: "/services/whatsapp/archive?step=5m", status: 422, wrong: true},
		{method: "GET", path: "/services/nosuch/archive", status: 404},
		{method: "GET", path: "/services/whatsapp/archive?a;b", status: 400},
		{method: "GET", path: "/services/whatsapp/archive", status: 429, arrange: func(s *site) { fillExports(s) }},
		{method: "GET", path: "/services/whatsapp/archive", status: 503, arrange: func(s *site) { s.board.err = errors.New("no route to host") }},
		{method: "GET", path: "/services/whatsapp/archive", status: 500, arrange: func(s *site) { s.board.err = &fault.Error{Kind: fault.Internal} }},
		{method: "GET", path: "/incidents.csv?service=whatsapp&state=confirmed&state=resolved", status: 200, arrange: func(s *site) { s.past.next = "bmV4dA" }},
		{method: "GET", path: "/incidents.csv", status: 200, simulated: true},
		{method: "GET", path: "/incidents.csv?state=over", status: 422, wrong: true},
		{method: "GET", path: "/incidents.csv?service=nosuch", status: 404},

		{method: "POST", path: "/simulation/history", body: historyBody, headers: keyed, status: 204, simulated: true},
		{method: "POST", path: "/simulation/history", body: historyBody, headers: keyed, status: 404},
		{method: "POST", path: "/simulation/history", body: historyBody, headers: []string{"Authorization: " + appKey}, status: 403, simulated: true},
		{method: "POST", path: "/simulation/history", body: `{"rollups":[{"service":"whatsapp"}]}`, headers: keyed, status: 422, simulated: true, wrong: true},
		{method: "POST", path: "/simulation/history", body: historyBody, headers: keyed, status: 503, simulated: true,
			arrange: func(s *site) { s.past.err = fault.New(fault.Unavailable, "later") }},
		{method: "POST", path: "/simulation/history", body: historyBody, headers: keyed, status: 500, simulated: true,
			arrange: func(s *site) { s.past.err = errors.New("disk") }},
	}
	for _, path := range []string{"/services", "/services/whatsapp", "/services/whatsapp/breakdown", "/services/whatsapp/countries",
		"/services/whatsapp/series", "/incidents", "/incidents.csv", "/incidents/whatsapp-2022-10-25-0712", "/openapi.yaml"} {
		xs = append(xs, exchange{method: "GET", path: path, status: 304, headers: []string{"If-None-Match: *"}},
			exchange{method: "GET", path: path + "?a;b", status: 400})
		if path == "/openapi.yaml" {
			continue
		}
		for _, f := range []struct {
			status int
			err    error
		}{{500, &fault.Error{Kind: fault.Internal}}, {503, fault.New(fault.Unavailable, "later")}} {
			xs = append(xs, exchange{method: "GET", path: path, status: f.status, arrange: func(s *site) { s.board.err, s.past.err = f.err, f.err }})
		}
	}
	for _, path := range []string{"/incidents", "/incidents/whatsapp-2022-10-25-0712"} { // the archive is away
		xs = append(xs, exchange{method: "GET", path: path, status: 503, arrange: func(s *site) { s.past.err = errors.New("no route to host") }})
	}
	posts := []struct {
		path, body string
		headers    []string
		simulated  bool
	}{
		{path: "/services/whatsapp/reports", body: report}, {path: "/services/whatsapp/recoveries", body: report},
		{path: "/reports", body: `{"reports":[{"service":"whatsapp","symptom":"messaging"}]}`, headers: keyed},
		{path: "/simulation/history", body: historyBody, headers: keyed, simulated: true},
	}
	for _, p := range posts {
		with := func(status int, body string, wrong bool, arrange func(*site), headers ...string) {
			xs = append(xs, exchange{method: "POST", path: p.path, body: body, status: status, wrong: wrong, arrange: arrange,
				headers: append(append([]string{}, p.headers...), headers...), simulated: p.simulated})
		}
		with(400, "{", true, nil)
		with(401, p.body, false, nil, "Authorization: Bearer nosuch")
		with(403, p.body, false, nil, "Origin: https://elsewhere.example", "Sec-Fetch-Site: cross-site")
		with(413, `{"symptom":"`+strings.Repeat("x", 9<<20)+`"}`, len(p.headers) > 0, nil) // only single reports have the field symptom
		with(415, p.body, true, nil, "Content-Type: text/plain")
		if p.path == "/simulation/history" {
			continue
		}
		with(429, p.body, false, limited)
		with(500, p.body, false, func(s *site) {
			if s.ingest.err = errors.New("disk"); p.path == "/reports" {
				s.keys.err = &fault.Error{Kind: fault.Internal} // of the items each has its own result
			}
		})
		with(503, p.body, false, func(s *site) { s.ingest.err = fault.New(fault.Unavailable, "later") })
	}
	for _, kind := range []string{"reports", "recoveries"} {
		xs = append(xs,
			exchange{method: "POST", path: "/services/nosuch/" + kind, body: report, status: 404},
			exchange{method: "POST", path: "/services/whatsapp/" + kind, body: `{"symptom":7}`, status: 422, wrong: true})
	}
	return slices.Concat(xs, adminExchanges(), webhookExchanges(), pushExchanges())
}

const historyBody = `{"rollups":[{"service":"whatsapp","kind":"problem","country":"IN","symptom":"connection","start":"2022-10-24T07:15:00Z","width_minutes":15,"count":7},
	{"service":"whatsapp","kind":"visit","country":"IN","start":"2022-10-24T07:00:00Z","width_minutes":60,"count":0}],
	"spans":[{"start":"2022-10-24T07:15:00Z","width_minutes":15,"known_minutes":14}]}`
