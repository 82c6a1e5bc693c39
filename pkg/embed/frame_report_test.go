package embed

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/outcry/outcry/internal/pagetest"
	"github.com/outcry/outcry/pkg/window"
)

// pressFrame posts a form to the report frame as a browser within it does.
func pressFrame(t *testing.T, h http.Handler, fetchSite, form string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/embed/report/whatsapp?lang=en", strings.NewReader(form))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", fetchSite)
	r.Header.Set("Sec-Fetch-Dest", "iframe")
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// TestReportFrameWithoutItsGuardSendsNothing posts from a frame in which the host
// page does not let the script run that looks whether the form can be seen.
func TestReportFrameWithoutItsGuardSendsNothing(t *testing.T) {
	in := &pagetest.Ingester{Outcome: window.Counted}
	h := mountEmbeds(t, pagetest.Morning(), in)
	for form, into := range map[string]string{
		"symptom=messaging": "iframe", "symptom=messaging&confirm=yes": "iframe", "state=works&confirm=yes": "iframe",
		"symptom=login&confirm=yes": "frame", "symptom=connection&confirm=yes": "object", "state=back&confirm=yes": "embed", "symptom=app&confirm=yes": "document",
	} {
		w := pressFrame(t, h, "same-origin", form, "Sec-Fetch-Dest", into)
		if len(in.Submitted) != 0 || !strings.Contains(w.Body.String(), "Reports are taken on the page of the service") {
			t.Errorf("%s: %d counted: %s", form, len(in.Submitted), w.Body)
		}
	}
}

func TestReportFrameAsksBeforeItSends(t *testing.T) {
	in := &pagetest.Ingester{Outcome: window.Counted}
	h := mountEmbeds(t, pagetest.Morning(), in)
	w := pressFrame(t, h, "same-origin", "symptom=messaging&visible=yes&device=tab")
	if len(in.Submitted) != 0 {
		t.Fatal("a press was counted without being confirmed")
	}
	body := w.Body.String()
	if w.Code != http.StatusOK || w.Header().Get("Cache-Control") != "no-store" || !strings.Contains(body, "Send to Outcry: “WhatsApp: Messaging”?") ||
		!strings.Contains(body, `<input type="hidden" name="symptom" value="messaging">`) || !strings.Contains(body, `<input type="hidden" name="device" value="tab">`) {
		t.Errorf("the question: status %d, %s", w.Code, body)
	}
	w = pressFrame(t, h, "same-origin", "symptom=messaging&confirm=yes&visible=yes&device=tab&site="+url.QueryEscape("https://news.example/some/page?reader=7"))
	if len(in.Submitted) != 1 || in.Submitted[0].Symptom != "messaging" || in.Submitted[0].Device != "tab" || in.From[0].Source != framesSource {
		t.Fatalf("counted %+v from %+v", in.Submitted, in.From)
	}
	if w.Code != http.StatusSeeOther {
		t.Fatalf("status %d", w.Code)
	}
	after := pagetest.Get(t, h, w.Header().Get("Location")).Body.String()
	if !strings.Contains(after, "<b>Counted: messaging.</b>") || !strings.Contains(after, `value="messaging" aria-pressed="true"`) {
		t.Errorf("the answer: %s", after)
	}
}

// TestReportsThroughFramesAreOneSource posts what nobody can check: that each
// press came through another page.
func TestReportsThroughFramesAreOneSource(t *testing.T) {
	in := &pagetest.Ingester{Outcome: window.Counted}
	h := mountEmbeds(t, pagetest.Morning(), in)
	for i := range 3 {
		pressFrame(t, h, "same-origin", "symptom=messaging&confirm=yes&visible=yes&device=tab&site="+url.QueryEscape(fmt.Sprintf("https://made-up-%d.example", i)))
	}
	if len(in.From) != 3 || in.From[0].Source == "" || in.From[0].Source != in.From[1].Source || in.From[1].Source != in.From[2].Source {
		t.Errorf("three made-up pages are the sources %+v", in.From)
	}
}

func TestReportFrameRefuses(t *testing.T) {
	for _, c := range []struct {
		name, fetchSite, form string
		want                  int
	}{
		{"a host page", "cross-site", "symptom=messaging&confirm=yes", http.StatusForbidden},
		{"an unknown symptom", "same-origin", "symptom=lies&confirm=yes&visible=yes", http.StatusOK},
		{"nothing", "same-origin", "confirm=yes", http.StatusOK},
	} {
		in := &pagetest.Ingester{Outcome: window.Counted}
		w := pressFrame(t, mountEmbeds(t, pagetest.Morning(), in), c.fetchSite, c.form)
		if w.Code != c.want || len(in.Submitted) != 0 {
			t.Errorf("%s: status %d, %d counted", c.name, w.Code, len(in.Submitted))
		}
	}
}
