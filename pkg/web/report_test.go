package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/outcry/outcry/internal/pagetest"
	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/site"
	"github.com/outcry/outcry/pkg/view"
	"github.com/outcry/outcry/pkg/window"
)

func unix(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }

// press sends a form as a browser does.
func press(h http.Handler, path string, form url.Values, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.RemoteAddr = "203.0.113.7:4711"
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestPressIsCountedAndAnswered(t *testing.T) {
	b := pagetest.Morning()
	s := b.StatusOf["whatsapp"]
	s.Observed = 1_240
	b.StatusOf["whatsapp"] = s
	in := &pagetest.Ingester{Outcome: window.Counted, OnSubmit: func() {
		s := b.StatusOf["whatsapp"]
		s.Observed++
		b.StatusOf["whatsapp"] = s
	}}
	h := mountPages(t, b, in)
	w := press(h, "/whatsapp/report", url.Values{"symptom": {"messaging"}})
	if w.Code != http.StatusSeeOther || w.Header().Get("Cache-Control") != "no-store" {
		t.Fatalf("status %d, headers %v: %s", w.Code, w.Header(), w.Body)
	}
	if want := (report.Submission{Service: "whatsapp", Symptom: "messaging"}); len(in.Submitted) != 1 || in.Submitted[0] != want {
		t.Fatalf("submitted %+v, want %+v", in.Submitted, want)
	}
	if in.From[0].Addr.String() != "203.0.113.7" || in.From[0].Trusted || in.From[0].Exempt {
		t.Errorf("from %+v", in.From[0])
	}
	shown := pagetest.Get(t, h, w.Header().Get("Location"), "Sec-Fetch-Dest", "document")
	body := shown.Body.String()
	for _, want := range []string{
		`<p role="status" class="said"><b>Counted: messaging.</b> You and 1,240 others in the last 15 minutes.</p>`,
		`name="symptom" value="messaging" aria-pressed="true"`,
		`<link rel="canonical" href="http://example.com/whatsapp">`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if strings.Count(body, "aria-pressed") != 1 || shown.Header().Get("Cache-Control") != "no-store" || shown.Header().Get("ETag") != "" {
		t.Errorf("the answer to one visitor may be kept for others: %v", shown.Header())
	}
	pagetest.Get(t, h, w.Header().Get("Location"))
	if len(in.Submitted) != 1 {
		t.Error("loading the page again reports again")
	}
}

func TestAnswersInWords(t *testing.T) {
	for _, c := range []struct {
		path   string
		form   url.Values
		became window.Status
		want   string
	}{
		{"/whatsapp/report", url.Values{"symptom": {"app"}, "device": {"a"}}, window.Repeat, "<b>We have your report.</b> It still counts"},
		{"/bn/whatsapp/report", url.Values{"symptom": {"app"}, "device": {"a"}}, window.Repeat, "<b>আপনার অভিযোগ আমাদের কাছে আছে।</b>"},
		{"/whatsapp/report", url.Values{"symptom": {"app"}}, window.Repeat, "<b>Not counted again.</b> A report from your address already counts."},
		{"/whatsapp/report", url.Values{"state": {"back"}}, window.Repeat, "<b>Not counted again.</b> A report from your address already counts."},
		{"/whatsapp/report", url.Values{"state": {"works"}, "device": {"a"}}, window.Limited, "<b>Not counted.</b> Several devices"},
		{"/whatsapp/report", url.Values{"symptom": {"app"}}, window.Limited, "<b>Not counted.</b> Several devices"},
		{"/whatsapp/report", url.Values{"state": {"works"}}, window.Counted, "<b>Noted: it works for you.</b>"},
		{"/whatsapp/report", url.Values{"state": {"back"}, "device": {"a"}}, window.Repeat, "<b>Noted: it is back for you.</b>"},
		{"/bn/whatsapp/report", url.Values{"symptom": {"messaging"}}, window.Counted, "<b>গোনা হলো: বার্তা।</b> গত ১৫ মিনিটে আপনি ও আরও ২,৩৭,০০০ জন জানিয়েছেন।"},
		{"/bkash/report", url.Values{"symptom": {"app"}}, window.Counted, "<b>Counted: app.</b> You are the first in the last 15 minutes."},
	} {
		in := &pagetest.Ingester{Outcome: c.became}
		h := mountPages(t, pagetest.Morning(), in)
		w := press(h, c.path, c.form)
		if w.Code != http.StatusSeeOther {
			t.Errorf("%s %v: status %d", c.path, c.form, w.Code)
			continue
		}
		if body := pagetest.Get(t, h, w.Header().Get("Location")).Body.String(); !strings.Contains(body, c.want) {
			t.Errorf("%s %v: the page at %s does not say %q", c.path, c.form, w.Header().Get("Location"), c.want)
		}
		wantKind := report.Problem
		if c.form.Has("state") {
			wantKind = report.Recovery
		}
		if in.Submitted[0].Kind != wantKind {
			t.Errorf("%s %v: submitted as %s", c.path, c.form, in.Submitted[0].Kind)
		}
	}
}

func TestCountedPersonIsSomebody(t *testing.T) {
	h := mountPages(t, pagetest.Morning(), &pagetest.Ingester{}) // whose board has not yet seen the report
	body := pagetest.Get(t, h, "/bkash?"+view.Answer{Kind: view.AnswerCounted, Symptom: "app"}.Query(pagetest.Now)).Body.String()
	if !strings.Contains(body, "<b>1 person</b> reported a problem") || strings.Contains(body, "<b>Nobody</b>") {
		t.Error("the page tells who was just counted that nobody reported")
	}
}

func TestOthersAreCountedRightWhileTheBoardIsBehind(t *testing.T) {
	for _, c := range []struct {
		read     time.Duration // against the report
		observed int64
		want     [2]string
	}{
		{-time.Millisecond, 3, [2]string{"You and 3 others in the last 15 minutes.", "<b>4 people</b> reported"}},
		{time.Millisecond, 4, [2]string{"You and 3 others in the last 15 minutes.", "<b>4 people</b> reported"}},
	} {
		b := pagetest.Morning()
		s := pagetest.Quiet("imo")
		s.AsOf, s.ReadAt, s.Observed = pagetest.Now.Truncate(time.Minute), pagetest.Now.Add(c.read), c.observed
		b.StatusOf["imo"] = s
		body := pagetest.Get(t, mountPages(t, b, &pagetest.Ingester{}), "/imo?"+view.Answer{Kind: view.AnswerCounted, Symptom: "app"}.Query(pagetest.Now)).Body.String()
		for _, want := range c.want {
			if !strings.Contains(body, want) {
				t.Errorf("a board read %s after the report: the page does not say %q", c.read, want)
			}
		}
	}
}

func TestAnswerIsShownForAShortTime(t *testing.T) {
	h := mountPages(t, pagetest.Morning(), &pagetest.Ingester{})
	for _, at := range []string{unix(pagetest.Now.Add(-view.AnswerLife - time.Second)), unix(pagetest.Now.Add(time.Hour)), "", "soon"} {
		if body := pagetest.Get(t, h, "/whatsapp?said=counted&symptom=app&at="+at).Body.String(); strings.Contains(body, `class="said"`) {
			t.Errorf("an answer from %q is shown", at)
		}
	}
	if body := pagetest.Get(t, h, "/whatsapp?said=retry&symptom=app&at="+unix(pagetest.Now)).Body.String(); strings.Contains(body, `class="said"`) {
		t.Error("an address can claim that something was refused")
	}
}

// TestAnswerIsMadeOfKnownWordsOnly opens addresses that somebody else has written.
func TestAnswerIsMadeOfKnownWordsOnly(t *testing.T) {
	h := mountPages(t, pagetest.Morning(), &pagetest.Ingester{})
	for _, query := range []url.Values{
		{"said": {"counted"}, "symptom": {"Call +44 20 7946 0000 now"}},
		{"said": {"repeat"}, "symptom": {"<b>free text</b>"}},
		{"said": {"counted"}, "symptom": {"network"}}, // of another service
		{"said": {"counted"}},
		{"said": {"Call us"}, "symptom": {"app"}},
		{"said": {"hidden"}},
	} {
		query.Set("at", unix(pagetest.Now))
		body := pagetest.Get(t, h, "/whatsapp?"+query.Encode()).Body.String()
		if strings.Contains(body, `class="said"`) || strings.Contains(body, "7946") || strings.Contains(body, "free text") {
			t.Errorf("the page of %v shows an answer", query)
		}
	}
	query := url.Values{"said": {"limited"}, "symptom": {"Call +44 20 7946 0000"}, "device": {"free text"}, "at": {unix(pagetest.Now)}}
	if body := pagetest.Get(t, h, "/whatsapp?"+query.Encode()).Body.String(); strings.Contains(body, "7946") || strings.Contains(body, "free text") {
		t.Error("an answer shows text of its address")
	}
}

// TestOneHostilePressDoesNotSilenceAnAddress presses twice without script from an
// address where somebody else has reported.
func TestOneHostilePressDoesNotSilenceAnAddress(t *testing.T) {
	in := &pagetest.Ingester{Outcome: window.Repeat}
	h := mountPages(t, pagetest.Morning(), in)
	page := pagetest.Get(t, h, press(h, "/whatsapp/report", url.Values{"symptom": {"app"}}).Header().Get("Location"))
	_, rest, _ := strings.Cut(page.Body.String(), `<input type="hidden" name="device" value="`)
	device, _, _ := strings.Cut(rest, `"`)
	if len(device) != 36 || page.Header().Get("Cache-Control") != "no-store" {
		t.Fatalf("the form has the device %q and headers %v, want one that nobody else gets", device, page.Header())
	}
	if again := pagetest.Get(t, h, "/whatsapp?"+view.Answer{Kind: view.AnswerShared}.Query(pagetest.Now)).Body.String(); strings.Contains(again, device) {
		t.Error("two visitors get the same device")
	}
	in.Outcome = window.Counted
	w := press(h, "/whatsapp/report", url.Values{"symptom": {"app"}, "device": {device}})
	if in.Submitted[0].Device != "" || in.Submitted[1].Device != device {
		t.Errorf("submitted %+v", in.Submitted)
	}
	if body := pagetest.Get(t, h, w.Header().Get("Location")).Body.String(); !strings.Contains(body, "<b>Counted: app.</b>") || strings.Contains(body, `name="device"`) {
		t.Error("the second press is not answered as counted, or carries on with the device")
	}
}

func TestRefusedPressIsExplained(t *testing.T) {
	for _, c := range []struct {
		err   error
		code  int
		retry string
		want  string
	}{
		{&fault.Error{Kind: fault.Limited, RetryAfter: 19*time.Second + 1}, http.StatusTooManyRequests, "20", "Please try again in 20 seconds."},
		{&fault.Error{Kind: fault.Unavailable}, http.StatusServiceUnavailable, "1", "Please try again in 1 second."},
		{fault.Field("symptom", "is not a symptom of it"), http.StatusUnprocessableEntity, "", "Please choose one of the buttons."},
		{pagetest.ErrStore, http.StatusInternalServerError, "", "Please try again in 10 seconds."},
	} {
		w := press(mountPages(t, pagetest.Morning(), &pagetest.Ingester{Err: c.err}), "/whatsapp/report", url.Values{"symptom": {"app"}})
		body := w.Body.String()
		if w.Code != c.code || w.Header().Get("Retry-After") != c.retry || w.Header().Get("Cache-Control") == fresh {
			t.Errorf("%v: status %d, headers %v", c.err, w.Code, w.Header())
		}
		if !strings.Contains(body, c.want) || !strings.Contains(body, `data-state="queued"`) || strings.Contains(body, "10.1.2.3") {
			t.Errorf("%v: the page does not say %q, or says too much", c.err, c.want)
		}
	}
}

func TestBadFormsAreRefused(t *testing.T) {
	in := &pagetest.Ingester{}
	h := mountPages(t, pagetest.Morning(), in)
	for _, form := range []url.Values{{}, {"state": {"broken"}}, {"symptom": {"app"}, "state": {"back"}}, {"symptom": {strings.Repeat("x", site.MaxForm)}}} {
		if w := press(h, "/whatsapp/report", form); w.Code < 400 || w.Code >= 500 || !strings.Contains(w.Body.String(), "Please choose one of the buttons.") {
			t.Errorf("%.60v: status %d", form, w.Code)
		}
	}
	if w := press(h, "/nothing/report", url.Values{"symptom": {"app"}}); w.Code != http.StatusNotFound {
		t.Errorf("a report about nothing: status %d", w.Code)
	}
	if len(in.Submitted) != 0 {
		t.Errorf("submitted %v", in.Submitted)
	}
}

func TestOtherSitesCannotPress(t *testing.T) {
	in := &pagetest.Ingester{Outcome: window.Counted}
	engine, _, err := newEngine(pagetest.Morning(), in, engineOptions{PublicURL: "https://outcry.example"})
	if err != nil {
		t.Fatal(err)
	}
	form := url.Values{"symptom": {"app"}}
	if w := press(engine, "/whatsapp/report", form, "Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"); w.Code != http.StatusForbidden {
		t.Errorf("a form of another site: status %d", w.Code)
	}
	if w := press(engine, "/whatsapp/report", form, "Sec-Fetch-Site", "", "Origin", "https://evil.example"); w.Code != http.StatusForbidden {
		t.Errorf("a form of another site, old browser: status %d", w.Code)
	}
	if len(in.Submitted) != 0 {
		t.Errorf("submitted %v", in.Submitted)
	}
	if w := press(engine, "/whatsapp/report", form, "Sec-Fetch-Site", "", "Origin", "https://outcry.example"); w.Code != http.StatusSeeOther {
		t.Errorf("our own form behind a proxy: status %d", w.Code)
	}
}

func TestUnderAttackAFormShowsWhenItWasMade(t *testing.T) {
	b := pagetest.Morning()
	in := &pagetest.Ingester{Made: "1666681000.0123456789abcdef"}
	h := mountPages(t, b, in)
	body := pagetest.Get(t, h, "/whatsapp").Body.String()
	for _, want := range []string{`name="made" value="` + in.Made + `"`, `<p hidden><input name="website"`} {
		if !strings.Contains(body, want) {
			t.Errorf("the form lacks %s", want)
		}
	}
	in.Err = fault.New(fault.Challenged, "solve it")
	w := press(h, "/bn/whatsapp/report", url.Values{"symptom": {"messaging"}, "made": {in.Made}, "website": {"x"}})
	if form := in.From[0].Form; form == nil || form.Stamp != in.Made || form.Trap != "x" {
		t.Errorf("submitted with the form %+v", form)
	}
	if w.Code != http.StatusPreconditionRequired || !strings.Contains(w.Body.String(), "<b>এখনো গোনা হয়নি।</b>") || !strings.Contains(w.Body.String(), in.Made) {
		t.Errorf("the answer is %d, without the words or the stamp for the next press", w.Code)
	}
	in.Made = ""
	if body := pagetest.Get(t, mountPages(t, b, in), "/whatsapp").Body.String(); strings.Contains(body, `name="website"`) {
		t.Error("in quiet times the form has a trap")
	}
}
