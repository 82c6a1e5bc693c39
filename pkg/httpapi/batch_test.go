package httpapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/outcry/outcry/api"
	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/ingest"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// batch posts reports with the secret key, and returns the status and the results.
func (s *site) batch(reports ...string) (int, []api.Result) {
	s.t.Helper()
	w := s.do("POST", Base+"/reports", `{"reports":[`+strings.Join(reports, ",")+`]}`, "Authorization: Bearer "+s.keys.server)
	var out api.Results
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
		s.t.Fatalf("POST /reports answered %d with a body that is not JSON: %v\n%s", w.Code, err, w.Body)
	}
	return w.Code, out.Results
}

func TestEachReportOfABatchIsJudgedOnItsOwn(t *testing.T) {
	const id = "0190b1a4-7a30-7cc1-b0d5-2f6a9d1c8e11"
	s := newSite(t)
	code, got := s.batch(
		`{"service":"whatsapp","symptom":"messaging","ip":"2001:db8::1%eth0","country":"BD","id":"`+id+`","device":"d"}`,
		`{"service":"whatsapp","kind":"recovery"}`,
		`{"service":"whatsapp","kind":"visit"}`,
		`{"service":"nosuch","symptom":"messaging","id":"`+id+`"}`,
		`{"service":"whatsapp","symptom":"messaging","country":"XX1"}`,
		`{"service":5}`, `7`, `null`,
		`{"service":"whatsapp","symptom":"messaging","ip":"somewhere"}`,
		`{"service":"whatsapp","symptom":"messaging","id":"<script>"}`,
	)
	type brief struct{ ID, Status, Field string }
	var have []brief
	for _, r := range got {
		have = append(have, brief{r.Id, r.Status, r.Field})
		if (r.Reason != "") != (r.Status == "rejected") {
			t.Errorf("result is %+v, want a reason if it is rejected, and none otherwise", r)
		}
	}
	want := []brief{{id, "counted", ""}, {id, "counted", ""}, {"", "rejected", "kind"}, {id, "rejected", "service"}, {"", "rejected", "country"},
		{"", "rejected", "service"}, {"", "rejected", ""}, {"", "rejected", ""}, {"", "rejected", "ip"}, {"", "rejected", "id"}}
	if diff := cmp.Diff(want, have); code != 202 || diff != "" {
		t.Errorf("POST /reports answered %d, want 202, with results (-want +got):\n%s", code, diff)
	}
	items := []ingest.Item{
		{Submission: report.Submission{Service: "whatsapp", Symptom: "messaging", Country: "BD", ID: id, Device: "d"},
			Sender: ingest.Sender{Addr: netip.MustParseAddr("2001:db8::1"), Trusted: true, Exempt: true, HasKey: true, Via: ingest.ViaServerKey}},
		{Submission: report.Submission{Service: "whatsapp", Kind: report.Recovery},
			Sender: ingest.Sender{Source: "key:k1", Trusted: true, Exempt: true, HasKey: true, Via: ingest.ViaServerKey}},
	}
	if diff := cmp.Diff(items, s.ingest.items(), sameAddr); diff != "" {
		t.Errorf("submitted items (-want +got):\n%s", diff)
	}
}

func TestAResultOfABatchSaysWhatHappened(t *testing.T) {
	const one = `{"service":"whatsapp","symptom":"messaging"}`
	for _, x := range []struct {
		name    string
		arrange func(*fakeIngest)
		status  int // of the request, when all reports have the same result
		result  string
		reason  bool
	}{
		{"counted", func(*fakeIngest) {}, 202, "counted", false},
		{"repeats", func(f *fakeIngest) { f.status = window.Repeat }, 202, "repeat", false},
		{"too many devices", func(f *fakeIngest) { f.status = window.Limited }, 202, "limited", false},
		{"known", func(f *fakeIngest) { f.known = true }, 202, "known", false},
		{"too many", func(f *fakeIngest) { f.err = fault.New(fault.Limited, "too many") }, 429, "limited", true},
		{"not now", func(f *fakeIngest) { f.err = fault.New(fault.Unavailable, "later") }, 503, "failed", true},
		{"our fault", func(f *fakeIngest) { f.err = errors.New("secret of the driver") }, 202, "failed", false},
	} {
		t.Run(x.name, func(t *testing.T) {
			s := newSite(t)
			x.arrange(s.ingest)
			if code, _ := s.batch(one, one); code != x.status {
				t.Errorf("POST /reports of two alike answered %d, want %d", code, x.status)
			}
			code, got := s.batch(one, `{"service":"nosuch"}`)
			if code != 202 || len(got) != 2 || got[0].Status != x.result || (got[0].Reason != "") != x.reason || got[1].Status != "rejected" {
				t.Errorf("POST /reports with a wrong second report answered %d %+v, want 202 with %s (reason: %v) and rejected", code, got, x.result, x.reason)
			}
			if strings.Contains(fmt.Sprint(got), "secret") {
				t.Errorf("results are %+v, want no text of an internal error", got)
			}
			if ours := x.name == "our fault"; strings.Contains(s.logged.String(), "secret of the driver") != ours {
				t.Errorf("log is %q, want the internal error in it: %v", s.logged, ours)
			}
		})
	}
}

func TestABatchHasAMaximumSize(t *testing.T) {
	s := newSite(t)
	many := strings.Split(strings.Repeat(`{"service":"whatsapp","kind":"recovery"} `, maxBatch+1), " ")
	if code, got := s.batch(many[:maxBatch]...); code != 202 || len(got) != maxBatch {
		t.Errorf("POST /reports with %d reports answered %d with %d results, want 202 with %d", maxBatch, code, len(got), maxBatch)
	}
	if code, _ := s.batch(many[:maxBatch+1]...); code != 422 {
		t.Errorf("POST /reports with %d reports answered %d, want 422", maxBatch+1, code)
	}
	if n := len(s.ingest.items()); n != maxBatch {
		t.Errorf("%d reports were counted, want %d", n, maxBatch)
	}
}

func TestABatchNeedsAKey(t *testing.T) {
	s := newSite(t)
	const body = `{"reports":[{"service":"whatsapp","symptom":"messaging"}]}`
	for _, x := range []struct {
		name, header string
		status       int
	}{
		{"none", "", 401}, {"wrong", "Bearer outcry_server_x", 401}, {"revoked", "Bearer " + s.keys.revoked, 401},
		{"of another scheme", "Basic " + s.keys.server, 401}, {"of an app", "Bearer " + s.keys.app, 202}, {"secret", "Bearer " + s.keys.server, 202},
	} {
		r := request("POST", Base+"/reports", body)
		if x.header != "" {
			r.Header.Set("Authorization", x.header)
		}
		w := s.serve(r)
		if w.Code != x.status || (w.Code == 401) != (w.Header().Get("WWW-Authenticate") != "") {
			t.Errorf("POST /reports with key %q answered %d with headers %v, want %d, and WWW-Authenticate only with 401", x.name, w.Code, w.Header(), x.status)
		}
	}
}

func TestAnAppKeyMayNotNameAddresses(t *testing.T) {
	s := newSite(t)
	w := s.do("POST", Base+"/reports", `{"reports":[{"service":"whatsapp","symptom":"messaging"},{"service":"whatsapp","symptom":"messaging","ip":"203.0.113.9"}]}`,
		"Authorization: Bearer "+s.keys.app)
	if w.Code != 403 || !strings.Contains(w.Body.String(), `"field":"reports[1].ip"`) || len(s.ingest.items()) != 0 {
		t.Errorf("POST /reports answered %d %s and counted %d, want 403 for reports[1].ip and 0", w.Code, w.Body, len(s.ingest.items()))
	}
	if w := s.do("POST", Base+"/reports", `{"reports":[{"service":"whatsapp","symptom":"messaging","country":"BD"}]}`, "Authorization: Bearer "+s.keys.app); w.Code != 202 {
		t.Fatalf("POST /reports without addresses answered %d %s, want 202", w.Code, w.Body)
	}
	if from := s.ingest.items()[0].Sender; from.Trusted || from.Exempt || from.Source != "" || !from.Addr.IsValid() {
		t.Errorf("sender is %+v, want only an address, neither trusted nor exempt", from)
	}
}
