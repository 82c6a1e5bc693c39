package web

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcry/outcry/internal/pagetest"
	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/markup"
	"github.com/outcry/outcry/pkg/status"
	"github.com/outcry/outcry/pkg/window"
)

// mountPages returns a handler for the pages of b. Reports go to in.
func mountPages(t *testing.T, b *pagetest.Board, in *pagetest.Ingester) http.Handler {
	t.Helper()
	engine, _, err := newEngine(b, in, engineOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return engine
}

// pageState is one state of a service, with the words that its page must hold in
// English and in Bengali.
type pageState struct {
	status status.Status
	series status.Series
	words  [2]string
}

// states returns every state that a service can have.
func states() map[string]pageState {
	base := status.Status{Service: "whatsapp", AsOf: pagetest.Now, Window: window.Default, Observed: 48, Expected: 44, Networks: 7, Reason: detect.Reason{Code: detect.ReasonUsual}}
	with := func(change func(*status.Status), en, bn string) pageState {
		s := base
		change(&s)
		return pageState{s, pagetest.Day(44, nil), [2]string{en, bn}}
	}
	all := map[string]pageState{
		"ok":                     with(func(*status.Status) {}, "Reports are within their usual range.", "অভিযোগ সাধারণ সীমার মধ্যেই আছে।"),
		"ok for days":            with(func(s *status.Status) { s.Since = pagetest.Now.AddDate(0, 0, -3) }, "since <b><time datetime=\"2022-10-22T07:50Z\">22 October 2022", "২২ অক্টোবর ২০২২"),
		"resolved":               with(func(s *status.Status) { s.State, s.Since = incident.Resolved, pagetest.At("07:00") }, `<span class="level">Over</span>`, "কেটে গেছে"),
		"no reports":             with(func(s *status.Status) { s.Observed = 0 }, "<b>Nobody</b> reported a problem", "<b>কেউ</b> সমস্যার কথা জানাননি"),
		"one report":             with(func(s *status.Status) { s.Observed = 1 }, "<b>1 person</b> reported", "<b>১ জন</b>"),
		"less than one expected": with(func(s *status.Status) { s.Expected = .4 }, "usual at this hour: fewer than 1.", "জানান ১ জনেরও কম।"),
		"no history": with(func(s *status.Status) {
			s.Level, s.State, s.Since, s.Reason, s.Confidence = detect.Warning, incident.Suspected, pagetest.At("07:40"), detect.Reason{Code: detect.ReasonNoHistory}, .5
		}, "still learning what is usual", "তা এখনো শিখছে"),
		"few sources": with(func(s *status.Status) {
			s.Level, s.State, s.Since, s.Reason, s.Confidence = detect.Warning, incident.Suspected, pagetest.At("07:40"), detect.Reason{Code: detect.ReasonFewSources, Networks: 3}, .92
		}, "7 so far, 3 more are needed. Outcry is 92% sure.", "এ পর্যন্ত ৭টি, আরও ৩টি দরকার। আউটক্রাই ৯২% নিশ্চিত।"),
		"one source": with(func(s *status.Status) {
			s.Level, s.State, s.Since, s.Reason = detect.Warning, incident.Suspected, pagetest.At("07:40"), detect.Reason{Code: detect.ReasonOneSource, Share: .4, Networks: 1}
		}, "None may hold more than 40% of the evidence. An outage is declared when 1 more network says so.", "ভাগ ৪০%-এর বেশি হলে চলে না"),
		"brief": with(func(s *status.Status) {
			s.Level, s.State, s.Since, s.Reason = detect.Warning, incident.Suspected, pagetest.At("07:49"), detect.Reason{Code: detect.ReasonBrief, Below: 59.2}
		}, "This ends when fewer than 60 people report a problem in the last 15 minutes, for a while.", "গত ১৫ মিনিটে ৬০ জনের কম মানুষ সমস্যা জানালে এবং কিছুক্ষণ তেমনই থাকলে এটি শেষ হবে।"),
		"echo": with(func(s *status.Status) {
			s.Level, s.State, s.Since, s.Confidence, s.EchoOf = detect.Warning, incident.Suspected, pagetest.At("07:44"), .999, "facebook"
			s.Reason = detect.Reason{Code: detect.ReasonEcho, Below: 59.2}
		}, `People report WhatsApp, but it may only look that way because <a href="/en/facebook"><bdi>Facebook</bdi></a> is down. This ends when`, `<a href="/bn/facebook"><bdi>ফেসবুক</bdi></a> বন্ধ বলেই`),
		"outage": with(func(s *status.Status) {
			s.Level, s.State, s.Since, s.Observed, s.Networks, s.Confidence = detect.Outage, incident.Confirmed, pagetest.At("06:55"), 236_900, 41_300, .9999
			s.Reason, s.Countries = detect.Reason{Code: detect.ReasonUnusual}, pagetest.OutageCountries()
		}, "The United Kingdom alone: 68,000; usual there: 40.", "শুধু যুক্তরাজ্য থেকেই ৬৮,০০০ জন; সেখানে সাধারণত ৪০ জন।"),
		"outage with fading evidence": with(func(s *status.Status) {
			s.Level, s.State, s.Since, s.Confidence = detect.Outage, incident.Confirmed, pagetest.At("06:55"), .004
			s.Reason = detect.Reason{Code: detect.ReasonUnusual, Below: 60}
		}, "7 independent networks. This ends when", "৭টি আলাদা নেটওয়ার্ক থেকে। গত ১৫ মিনিটে"),
		"recovering": with(func(s *status.Status) {
			s.Level, s.State, s.Since, s.Observed, s.Reason = detect.Outage, incident.Recovering, pagetest.At("05:10"), 120, detect.Reason{Code: detect.ReasonEasing}
		}, `data-level="warning"><svg aria-hidden="true"><use href="#warning"/></svg><span class="level">Recovering`, "সেরে উঠছে"),
		"more than usual": with(func(s *status.Status) {
			s.Observed, s.Above, s.Reason = 120, true, detect.Reason{Code: detect.ReasonAbove}
		}, `<span class="level">More than usual</span>`, "তবে সমস্যা বলার মতো প্রমাণ নেই"),
		"just over": with(func(s *status.Status) {
			s.State, s.Since, s.Observed, s.Above, s.Reason = incident.Resolved, pagetest.At("07:40"), 120, true, detect.Reason{Code: detect.ReasonEnded}
		}, "Reports from before the end still count in the last 15 minutes.", "কেটে গেছে"),
		"an outage that has just begun": with(func(s *status.Status) {
			s.Level, s.State, s.Since, s.Onset, s.Reason = detect.Outage, incident.Confirmed, pagetest.At("07:49"), pagetest.At("07:48"), detect.Reason{Code: detect.ReasonSudden}
		}, "The last minutes stand out, although in the last 15 minutes", "শেষ কয়েক মিনিট চোখে পড়ার মতো"),
		"an outage of a country": with(func(s *status.Status) {
			s.Level, s.State, s.Since, s.Reason = detect.Outage, incident.Confirmed, pagetest.At("07:20"), detect.Reason{Code: detect.ReasonLocal}
			s.Countries = []status.Country{{Code: "BD", Count: 40, Expected: 2, Above: true, Level: detect.Outage}}
		}, "Far above it: Bangladesh.", "সীমার অনেক উপরে: বাংলাদেশ।"),
		"an outage that settles": with(func(s *status.Status) {
			s.Level, s.State, s.Since, s.Reason = detect.Outage, incident.Recovering, pagetest.At("05:10"), detect.Reason{Code: detect.ReasonSettling}
		}, "This is over once they have stayed there for a while.", "কিছুক্ষণ এমন থাকলে এটি শেষ হবে"),
		"few enough for the end": with(func(s *status.Status) {
			s.Level, s.State, s.Since, s.Above, s.Ebbing, s.Reason = detect.Outage, incident.Confirmed, pagetest.At("05:10"), true, true, detect.Reason{Code: detect.ReasonUnusual}
		}, "This ends if reports stay as few as this for a while.", "অভিযোগ কিছুক্ষণ এমন কম থাকলে এটি শেষ হবে"),
		"counted in part": with(func(s *status.Status) { s.Minutes = 4 }, "Counted for 4 of 15 minutes.", "১৫ মিনিটের মধ্যে ৪ মিনিট গোনা হয়েছে"),
		"unknown": with(func(s *status.Status) {
			s.Level, s.LastKnown, s.Reason = detect.Unknown, pagetest.At("07:31"), detect.Reason{Code: detect.ReasonNotCounted}
		}, "Reports could not be counted since <b>07:31</b>", "<b>০৭:৩১</b> থেকে অভিযোগ গোনা যায়নি"),
		"never counted": with(func(s *status.Status) {
			s.Level, s.Reason = detect.Unknown, detect.Reason{Code: detect.ReasonNotCounted}
		}, "Nothing has been counted yet.", "এখনো কিছু গোনা হয়নি"),
		"unknown reason code": with(func(s *status.Status) { s.Reason.Code = "some_day" }, `id="reason" data-others="48"></p>`, `id="reason" data-others="48"></p>`),
	}
	empty := all["no reports"]
	empty.series = status.Series{AsOf: pagetest.Now, Step: 15 * time.Minute}
	empty.words = [2]string{"Nobody described a problem", "কেউ সমস্যার কথা বলেননি"}
	all["no data"] = empty
	return all
}

func TestEveryStateInEveryLanguage(t *testing.T) {
	if testing.Short() {
		t.Skip("this test takes many seconds")
	}
	for name, state := range states() {
		b := &pagetest.Board{Catalog: catalog.Default(), StatusOf: map[string]status.Status{"whatsapp": state.status}, SeriesOf: map[string]status.Series{"whatsapp": state.series}}
		h := mountPages(t, b, &pagetest.Ingester{})
		for i, code := range locale.Codes() {
			for _, query := range []string{"", "?scale=tens", "?scale=even&window=24h"} {
				w := pagetest.Get(t, h, "/"+code+"/whatsapp"+query)
				body := w.Body.String()
				if w.Code != http.StatusOK || !strings.HasSuffix(strings.TrimSpace(body), "</html>") {
					t.Fatalf("%s in %s: status %d and %d bytes, want 200 and a complete page", name, code, w.Code, len(body))
				}
				if i < len(state.words) && !strings.Contains(body, state.words[i]) {
					t.Errorf("%s in %s: the page lacks %q", name, code, state.words[i])
				}
				if leak := regexp.MustCompile(`NaN|Inf|ZgotmplZ|%!|<no value>|\*\*|\{\{`).FindString(withoutScriptWords(body)); leak != "" {
					t.Errorf("%s in %s: the page shows %q to the visitor", name, code, leak)
				}
			}
			if w := pagetest.Get(t, h, "/"+code); w.Code != http.StatusOK {
				t.Errorf("%s in %s: the front page has status %d, want 200", name, code, w.Code)
			}
		}
	}
}

// withoutScriptWords removes the messages that the form carries for the script:
// their placeholders and ** marks are right.
func withoutScriptWords(body string) string {
	return regexp.MustCompile(` data-said-\w+="[^"]*"`).ReplaceAllString(body, "")
}

// hostile is a name that breaks a page unless it is escaped.
const hostile = `"'><script>alert(1)</script>{{.}}`

func TestHostileTextIsEscaped(t *testing.T) {
	data := fmt.Sprintf("symptoms:\n  evil: {en: %q, bn: %[1]q}\n  other: {en: Other, bn: b}\ncategories:\n  c: {names: {en: %[1]q, bn: %[1]q}, symptoms: [evil, other]}\n"+
		"providers:\n  p: {en: %[1]q, bn: %[1]q}\nservices:\n  evil: {names: {en: %[1]q, bn: %[1]q}, category: c, provider: p}\n  evil-2: {names: {en: %[1]q, bn: %[1]q}, category: c, provider: p}\n", hostile)
	c, err := catalog.Parse("hostile.yaml", []byte(data))
	if err != nil {
		t.Fatalf("parse the catalog of this test: %v", err)
	}
	s := states()["outage"].status
	s.Countries = []status.Country{{Code: hostile, Count: 9, Expected: 1, Share: 1}}
	s.Reason.Code = hostile
	b := &pagetest.Board{Catalog: c, StatusOf: map[string]status.Status{"evil": s, "evil-2": s}}
	evil := pagetest.Incidents{All: []incident.Incident{{ID: "evil-2022-10-25-0637", Service: "evil", State: hostile, Onset: pagetest.At("06:37"), Suspected: pagetest.At("06:41"), Updated: pagetest.Now,
		Peak: incident.Peak{At: pagetest.Now, Window: 15 * time.Minute, Observed: 9}, Reports: 9, Linked: []string{"gone-2022-10-25-0637"}},
		{ID: "gone-2022-10-25-0637", Service: hostile, State: incident.Resolved, Onset: pagetest.At("06:37"), Resolved: pagetest.At("07:00")}},
		Timeline: []incident.Event{{Change: hostile, State: hostile, At: pagetest.At("06:41"), Countries: []string{hostile}}}}
	h, _, err := newEngine(b, &pagetest.Ingester{}, engineOptions{Incidents: evil, Live: evil, Attribution: hostile, PublicURL: ""})
	if err != nil {
		t.Fatal(err)
	}
	escaped := "%22%27%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E"
	for _, path := range []string{"/evil", "/bn/evil", "/", "/?q=" + escaped, "/evil?scale=" + escaped + "&window=" + escaped, "/" + escaped, "/bn/" + escaped + "/x",
		"/evil/history", "/evil/history?before=" + escaped, "/incidents/evil-2022-10-25-0637?metric=" + escaped, "/bn/incidents/gone-2022-10-25-0637",
		"/incidents/" + escaped, "/?country=" + escaped, "/ar?q=" + escaped + "&part=found", "/evil?metric=" + escaped,
		"/evil?said=counted&symptom=" + escaped + "&at=" + unix(pagetest.Now)} {
		body := pagetest.Get(t, h, path).Body.String()
		if len(body) < 500 {
			t.Errorf("%s: the body is not a page: %q", path, body)
		}
		if strings.Contains(body, "<script>") || strings.Contains(body, `"'>`) {
			t.Errorf("%s: the page holds hostile text that is not escaped", path)
		}
	}
	for _, path := range []string{"/evil", "/evil/history", "/incidents/evil-2022-10-25-0637"} {
		if !strings.Contains(pagetest.Get(t, h, path).Body.String(), "&lt;script&gt;alert(1)") {
			t.Errorf("%s: the page lacks the escaped hostile name, so this test proves nothing", path)
		}
	}
}

// volatile matches what changes with every build of the assets: hashes in file
// names, script elements, and the address of the service worker.
var volatile = regexp.MustCompile(`(/static/(?:outcry|world))\.[0-9a-f]+|<script src="[^"]*" defer></script>| data-worker="[^"]*"`)

func TestGolden(t *testing.T) {
	small, err := catalog.Load("testdata/catalog.yaml", "")
	if err != nil {
		t.Fatal(err)
	}
	b := pagetest.Morning()
	b.Catalog = small
	h := mountPages(t, b, &pagetest.Ingester{})
	for name, path := range map[string]string{
		"home.en": "/en", "whatsapp.en": "/en/whatsapp", "bkash.bn": "/bn/bkash", "missing.en": "/en/whatsap", "found.bn": "/bn?q=e",
	} {
		page := volatile.ReplaceAll(pagetest.Get(t, h, path).Body.Bytes(), []byte("$1"))
		got := []byte(markup.Format(string(page))) // so that a difference is a few lines
		file := filepath.Join("testdata", name+".html")
		if *update {
			if err := os.WriteFile(file, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s differs from %s (-want +got; go test -update rewrites the file):\n%s", path, file, cmp.Diff(strings.Split(string(want), "\n"), strings.Split(string(got), "\n")))
		}
	}
}

func TestUnreadableBoardStillServesPages(t *testing.T) {
	b := pagetest.Morning()
	b.Err = pagetest.ErrStore
	h := mountPages(t, b, &pagetest.Ingester{})
	for _, code := range locale.Codes() {
		w := pagetest.Get(t, h, "/"+code+"/whatsapp")
		body := w.Body.String()
		if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("GET /%s/whatsapp: status %d, headers %v; want 503 with Retry-After and no-store", code, w.Code, w.Header())
		}
		for _, want := range []string{`data-level="unknown"`, `name="symptom" value="messaging"`} {
			if !strings.Contains(body, want) {
				t.Errorf("%s: the page without numbers lacks %s", code, want)
			}
		}
		for _, path := range []string{"/whatsapp", ""} {
			w := pagetest.Get(t, h, "/"+code+path)
			if strings.Contains(w.Body.String(), "10.1.2.3") || strings.Contains(w.Body.String(), "refused") {
				t.Errorf("%s: the page shows the error of the store", path)
			}
		}
		if w := pagetest.Get(t, h, "/"+code); w.Code != http.StatusServiceUnavailable {
			t.Errorf("GET /%s: status %d, want 503", code, w.Code)
		}
	}
}

func TestUnreadableBoardShowsTheLastKnownState(t *testing.T) {
	b, clock := pagetest.Morning(), pagetest.Now
	h, _, err := newEngine(b, &pagetest.Ingester{}, engineOptions{Now: func() time.Time { return clock }})
	if err != nil {
		t.Fatal(err)
	}
	pagetest.Get(t, h, "/en/whatsapp")
	b.Err, clock = pagetest.ErrStore, pagetest.Now.Add(10*time.Minute)
	w := pagetest.Get(t, h, "/en/whatsapp")
	body := w.Body.String()
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("status %d, headers %v; want 503 with no-store", w.Code, w.Header())
	}
	for _, want := range []string{`data-level="unknown"`, "Reports could not be counted since <b>07:50</b>", "236,900", `id="countries"`, `<svg class="chart"`} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if strings.Contains(body, `data-level="outage"`) || strings.Contains(body, "lv-outage") {
		t.Error("the page shows the last known level as the current one")
	}
}

func TestUnreadableFrontPageShowsTheLastKnownState(t *testing.T) {
	b, clock := pagetest.Morning(), pagetest.Now
	h, _, err := newEngine(b, &pagetest.Ingester{}, engineOptions{Now: func() time.Time { return clock }})
	if err != nil {
		t.Fatal(err)
	}
	b.Err = pagetest.ErrStore
	neverRead := pagetest.Get(t, h, "/en?q=google").Body.String()
	for _, want := range []string{"Reports cannot be counted now.", "The numbers cannot be read at the moment.", `<a href="/en/google-maps">`} {
		if !strings.Contains(neverRead, want) {
			t.Errorf("the front page of a server that has never read its store lacks %s", want)
		}
	}
	b.Err, clock = nil, pagetest.Now.Add(time.Minute)
	pagetest.Get(t, h, "/en")
	b.Err, clock = pagetest.ErrStore, pagetest.Now.Add(11*time.Minute)
	w := pagetest.Get(t, h, "/en?country=GB")
	body := w.Body.String()
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("Retry-After") == "" {
		t.Errorf("status %d, headers %v; want 503 with Retry-After and no-store", w.Code, w.Header())
	}
	for _, want := range []string{"Reports could not be counted since <b>07:50</b>", "In trouble when last counted, 07:50", `<a class="svc" href="/en/whatsapp">`, "Outage"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	for _, wrong := range []string{"lv-outage", "lv-warning", "Nothing unusual", "Nothing looks wrong"} {
		if strings.Contains(body, wrong) {
			t.Errorf("the page shows the last known state as the current one: it has %q", wrong)
		}
	}
}

// BenchmarkServicePage measures sending a page that was made in the same second,
// and making a new one.
func BenchmarkServicePage(b *testing.B) {
	clock := pagetest.Now
	engine, _, err := newEngine(pagetest.Morning(), &pagetest.Ingester{}, engineOptions{Now: func() time.Time { return clock }})
	if err != nil {
		b.Fatal(err)
	}
	for _, path := range []string{"/en/whatsapp", "/bn/whatsapp", "/bn"} {
		for name, step := range map[string]time.Duration{"sent": 0, "made": time.Second} {
			b.Run(strings.ReplaceAll(path[1:], "/", "-")+"-"+name, func(b *testing.B) {
				r := httptest.NewRequest(http.MethodGet, path, nil)
				r.Header.Set("Accept-Encoding", "gzip")
				b.ReportAllocs()
				for b.Loop() {
					clock = clock.Add(step)
					engine.ServeHTTP(httptest.NewRecorder(), r)
				}
			})
		}
	}
}
