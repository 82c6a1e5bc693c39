package httpapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/outcry/outcry/api"
	"github.com/outcry/outcry/pkg/ingest"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

const reports = Base + "/services/whatsapp/reports"

// sameAddr compares addresses as values.
var sameAddr = cmpopts.EquateComparable(netip.Addr{})

func TestTheBodyBecomesASubmission(t *testing.T) {
	id := "0190b1a4-7a30-7cc1-b0d5-2f6a9d1c8e11"
	full := `{"symptom":"messaging","country":"BD","id":"` + id + `","occurred_at":"2022-10-25T07:41:00Z","device":"d1","of_the_future":[1]}`
	s := report.Submission{Service: "whatsapp", Symptom: "messaging", Country: "BD", ID: id, OccurredAt: "2022-10-25T07:41:00Z", Device: "d1"}
	recovery := report.Submission{Service: "whatsapp", Kind: report.Recovery}
	peer := ingest.Sender{Addr: netip.MustParseAddr("192.0.2.1")} // of httptest
	for _, x := range []struct {
		name, path, body string
		headers          []string
		want             ingest.Item
	}{
		{"all fields", reports, full, nil, ingest.Item{Submission: s, Sender: peer}},
		{"null is the same as absent", Base + "/services/whatsapp/recoveries", `{"symptom":null,"country":null,"id":null}`, nil,
			ingest.Item{Submission: recovery, Sender: peer}},
		{"white space and charset", Base + "/services/whatsapp/recoveries", "\n\t {} \r\n", []string{"Content-Type: Application/JSON; charset=UTF-8"},
			ingest.Item{Submission: recovery, Sender: peer}},
		{"a key of an app is noted", reports, full, []string{"Authorization: Bearer " + appKey}, ingest.Item{Submission: s, Sender: ingest.Sender{Addr: peer.Addr, HasKey: true, Via: ingest.ViaAppKey}}},
		{"a secret key is the source", reports, full, []string{"Authorization: bearer " + serverKey},
			ingest.Item{Submission: s, Sender: ingest.Sender{Source: "key:k1", Trusted: true, Exempt: true, HasKey: true, Via: ingest.ViaServerKey}}},
		{"a third-party page is one source", reports, full,
			[]string{"Authorization: Bearer " + appKey, "Origin: https://news.example", "Sec-Fetch-Site: cross-site"},
			ingest.Item{Submission: s, Sender: ingest.Sender{Addr: peer.Addr, Source: "origin:https://news.example", HasKey: true, Via: ingest.ViaHostPage}}},
		{"the address headers of a client are ignored", reports, full, []string{"X-Forwarded-For: 1.2.3.4", "X-Real-IP: 1.2.3.4"},
			ingest.Item{Submission: s, Sender: peer}},
	} {
		t.Run(x.name, func(t *testing.T) {
			site := newSite(t)
			keys := strings.NewReplacer(serverKey, site.keys.server, appKey, site.keys.app)
			for i, h := range x.headers {
				x.headers[i] = keys.Replace(h)
			}
			w := site.do("POST", x.path, x.body, x.headers...)
			if w.Code != http.StatusAccepted {
				t.Fatalf("POST %s answered %d %s, want 202", x.path, w.Code, w.Body)
			}
			if diff := cmp.Diff([]ingest.Item{x.want}, site.ingest.items(), sameAddr); diff != "" {
				t.Errorf("POST %s: submitted items (-want +got):\n%s", x.path, diff)
			}
		})
	}
}

func TestTheReceiptIsTheAnswer(t *testing.T) {
	for _, x := range []struct {
		name, path, body string
		arrange          func(*site)
		want             string
	}{
		{"counted", "reports", `{"symptom":"connection","country":"IN"}`, nil,
			`{"as_of":"2022-10-25T07:50:12.345Z","counted":true,"country":"IN","id":"0190b1a4-7a30-7cc1-b0d5-2f6a9d1c8e11","service":"whatsapp","status":"counted","symptom":"connection"}`},
		{"repeat", "reports", `{"symptom":"connection"}`, func(s *site) { s.ingest.status = window.Repeat },
			`{"as_of":"2022-10-25T07:50:12.345Z","counted":false,"country":"ZZ","id":"0190b1a4-7a30-7cc1-b0d5-2f6a9d1c8e11","service":"whatsapp","status":"repeat","symptom":"connection"}`},
		{"recovery without symptom", "recoveries", `{}`, nil,
			`{"as_of":"2022-10-25T07:50:12.345Z","counted":true,"country":"ZZ","id":"0190b1a4-7a30-7cc1-b0d5-2f6a9d1c8e11","service":"whatsapp","status":"counted"}`},
		{"a known ID gets the first answer", "reports", `{"symptom":"connection"}`, func(s *site) { s.ingest.known = true },
			`{"as_of":"2022-10-25T07:50:12.345Z","counted":true,"country":"ZZ","id":"0190b1a4-7a30-7cc1-b0d5-2f6a9d1c8e11","service":"whatsapp","status":"counted","symptom":"connection"}`},
	} {
		t.Run(x.name, func(t *testing.T) {
			s := newSite(t)
			if x.arrange != nil {
				x.arrange(s)
			}
			w := s.do("POST", Base+"/services/whatsapp/"+x.path, x.body)
			if got := w.Body.String(); w.Code != 202 || got != x.want {
				t.Errorf("POST %s answered %d\n%s\nwant 202\n%s", x.path, w.Code, got, x.want)
			}
			if got := w.Header().Get("Content-Type"); got != "application/json" {
				t.Errorf("Content-Type is %q, want application/json", got)
			}
		})
	}
}

// TestHostileReportsAreRefused sends invalid reports. Each is refused, with the
// name of its wrong field. None is counted or answered as an internal error.
func TestHostileReportsAreRefused(t *testing.T) {
	var out strings.Builder
	s := newSite(t)
	try := func(name, path, body string, headers ...string) {
		t.Helper()
		w := s.do("POST", path, body, headers...)
		if strings.Contains(body, "<script>") && strings.Contains(w.Body.String(), "script") || strings.Contains(w.Body.String(), "DROP") {
			t.Errorf("%s: POST %s answered %s, want nothing of what was sent", name, path, w.Body)
		}
		fmt.Fprintf(&out, "# %s\n%d %s\n%s\n\n", name, w.Code, w.Header().Get("Content-Type"), w.Body)
	}
	try("no body", reports, "")
	try("not JSON", reports, "symptom=connection")
	try("half a body", reports, `{"symptom":"conn`)
	try("something behind the body", reports, `{"symptom":"connection"}{}`)
	try("an array", reports, `[{"symptom":"connection"}]`)
	try("null", reports, `null`)
	try("a string", reports, `"connection"`)
	try("invalid UTF-8 in a value", reports, "{\"symptom\":\"connection\",\"device\":\"\xff\xfe\"}")
	try("invalid UTF-8 in a name", reports, "{\"symptom\":\"connection\",\"\xc3\x28\":1}")
	try("a form", reports, "symptom=connection", "Content-Type: application/x-www-form-urlencoded")
	try("JSON as text", reports, `{"symptom":"connection"}`, "Content-Type: text/plain")
	try("no type", reports, `{"symptom":"connection"}`, "Content-Type: ")
	try("another charset", reports, `{"symptom":"connection"}`, "Content-Type: application/json; charset=utf-16")
	try("compressed", reports, `{"symptom":"connection"}`, "Content-Encoding: gzip")
	try("a megabyte", reports, `{"symptom":"connection","device":"`+strings.Repeat("x", 1<<20)+`"}`)
	try("unknown service", Base+"/services/nosuch/reports", `{"symptom":"connection"}`)
	try("unknown symptom", reports, `{"symptom":"nosuch"}`)
	try("symptom of another service", Base+"/services/grameen/reports", `{"symptom":"messaging"}`)
	try("no symptom", reports, `{}`)
	try("country XX1", reports, `{"symptom":"connection","country":"XX1"}`)
	try("country in small letters", reports, `{"symptom":"connection","country":"in"}`)
	try("report from tomorrow", reports, `{"symptom":"connection","occurred_at":"2022-10-26T07:50:00Z"}`)
	try("report from last week", reports, `{"symptom":"connection","occurred_at":"2022-10-18T07:50:00Z"}`)
	try("no time", reports, `{"symptom":"connection","occurred_at":"now"}`)
	try("bad ID", reports, `{"symptom":"connection","id":"1"}`)
	try("nil ID", reports, `{"symptom":"connection","id":"00000000-0000-0000-0000-000000000000"}`)
	try("long device", reports, `{"symptom":"connection","device":"`+strings.Repeat("x", 129)+`"}`)
	for _, field := range []string{"symptom", "country", "id", "occurred_at", "device"} {
		try("number as "+field, reports, `{"symptom":"connection","`+field+`":5}`)
	}
	for _, field := range []string{"symptom", "country", "id", "occurred_at"} {
		try("SQL as "+field, reports, `{"symptom":"connection","`+field+`":"'; DROP TABLE reports; --"}`)
		try("HTML as "+field, reports, `{"symptom":"connection","`+field+`":"<script>alert(1)</script>"}`)
		try("NUL as "+field, reports, `{"symptom":"connection","`+field+`":"\u0000"}`)
	}
	try("SQL as service", Base+"/services/%27;%20DROP%20TABLE%20reports/reports", `{"symptom":"connection"}`)
	try("HTML as service", Base+"/services/%3Cscript%3E/reports", `{"symptom":"connection"}`)
	try("broken escape as service", Base+"/services/100%2525/reports", `{"symptom":"connection"}`)
	golden(t, "hostile.golden", out.String())

	if n := len(s.ingest.items()); n != 0 {
		t.Errorf("%d reports were counted, want 0", n)
	}
	if s.logged.String() != "" {
		t.Errorf("log is not empty, want no entry:\n%s", s.logged)
	}
	if strings.Contains(out.String(), "\n500 ") || strings.Contains(out.String(), "\n202 ") {
		t.Errorf("answers, want none with 202 or 500:\n%s", out.String())
	}
}

func TestAHostileDeviceIsCountedAndNotRepeated(t *testing.T) {
	s := newSite(t)
	for _, device := range []string{`'; DROP TABLE reports; --`, `<script>alert(1)</script>`, "\x00"} {
		text, _ := json.Marshal(device)
		w := s.do("POST", reports, `{"symptom":"connection","device":`+string(text)+`}`)
		if w.Code != 202 || strings.Contains(w.Body.String(), "device") {
			t.Errorf("POST with device %q answered %d %s, want 202 without the device", device, w.Code, w.Body)
		}
	}
	if s.logged.String() != "" {
		t.Errorf("log is not empty, want no entry:\n%s", s.logged)
	}
}

func TestManyReportsAtOnceEachGetTheirOwnAnswer(t *testing.T) {
	s := newSite(t)
	var wg sync.WaitGroup
	for i := range 1000 {
		wg.Go(func() {
			id := fmt.Sprintf("0190b1a4-7a30-7cc1-b0d5-%012d", i)
			w := s.do("POST", reports, `{"symptom":"connection","id":"`+id+`","device":"`+strings.Repeat("d", i%100)+`"}`)
			var got api.Receipt
			if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != 202 || got.Id != id {
				t.Errorf("POST of report %s answered %d %s, want 202 with that ID", id, w.Code, w.Body)
			}
		})
	}
	wg.Wait()
	if n := len(s.ingest.items()); n != 1000 {
		t.Errorf("%d reports were counted, want 1000", n)
	}
	for _, item := range s.ingest.items() {
		if want := int(item.ID[35]-'0') + 10*int(item.ID[34]-'0'); len(item.Device) != want {
			t.Fatalf("report %s has the device %q, want its own of %d bytes", item.ID, item.Device, want)
		}
	}
}

func TestTheAddressIsThatOfThePeer(t *testing.T) {
	for remote, want := range map[string]string{
		"203.0.113.9:4711":          "203.0.113.9",
		"[2001:db8::1]:4711":        "2001:db8::1",
		"[::ffff:203.0.113.9]:4711": "203.0.113.9",
		"@":                         "invalid IP",
	} {
		s := newSite(t)
		r := request("POST", reports, `{"symptom":"connection"}`, "X-Forwarded-For: 198.51.100.7")
		r.RemoteAddr = remote
		s.serve(r)
		if got := s.ingest.items()[0].Addr.String(); got != want {
			t.Errorf("POST from %s: address is %s, want %s", remote, got, want)
		}
	}
}

func TestARefusedSenderGetsRateLimitHeaders(t *testing.T) {
	s := newSite(t)
	for _, x := range exchanges() {
		if x.status == 429 && x.method == "POST" && strings.HasSuffix(x.path, "reports") && len(x.headers) == 0 {
			x.arrange(s)
		}
	}
	w := s.do("POST", reports, `{"symptom":"connection"}`)
	for name, want := range map[string]string{"Retry-After": "2", "RateLimit": `"reports";r=0;t=40`, "RateLimit-Policy": `"reports";q=120;w=60`} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{"", "{", `{"symptom":"connection"}`, `{"symptom":7}`, "{\"device\":\"\xff\"}", `{"symptom":"a"}x`, "null", "[]", `{"id":null}`,
		`{"symptom":{"a":[1,2,{"b":"\ud800"}]}}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		s := newSite(t)
		w := s.do("POST", reports, string(body))
		valid := json.Valid(body)
		switch w.Code {
		case 202, 422:
			if !valid {
				t.Errorf("POST of %q, which is not JSON, answered %d %s, want 400", body, w.Code, w.Body)
			}
		case 400:
		case 413:
			if len(body) <= maxReportBody {
				t.Errorf("POST of %d bytes answered 413, want that only for more than %d", len(body), maxReportBody)
			}
		default:
			t.Errorf("POST of %q answered %d %s, want 202, 400, 413 or 422", body, w.Code, w.Body)
		}
		if n := len(s.ingest.items()); (n == 1) != (w.Code == 202) {
			t.Errorf("POST of %q answered %d and counted %d, want 1 counted with 202 and 0 otherwise", body, w.Code, n)
		}
		if s.logged.String() != "" {
			t.Errorf("POST of %q logged %s, want nothing", body, s.logged)
		}
	})
}

// BenchmarkReport measures what a report costs above ingest. Compare it with
// BenchmarkBare.
func BenchmarkReport(b *testing.B) {
	s := newSite(b)
	s.api.Ingest = quick{}
	benchmark(b, s, reports)
}

// BenchmarkBare measures a handler that only decodes a report and answers.
func BenchmarkBare(b *testing.B) {
	s := newSite(b)
	s.engine.POST("/bare/:service", bare)
	benchmark(b, s, "/bare/whatsapp")
}

// quick is an Ingester that accepts each report at once and counts nothing.
type quick struct{ Ingester }

func (quick) Submit(s report.Submission, _ ingest.Sender) (ingest.Receipt, error) {
	return ingest.Receipt{Service: s.Service, Symptom: s.Symptom, Country: s.Country, Status: window.Counted, Counted: true, AsOf: now}, nil
}
