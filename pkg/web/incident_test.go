package web

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/outcry/outcry/internal/pagetest"
	"github.com/outcry/outcry/pkg/incident"
)

func TestIncidentHasAPageForEver(t *testing.T) {
	h := mountPages(t, pagetest.Morning(), &pagetest.Ingester{})
	running := pagetest.Get(t, h, "/en/incidents/whatsapp-2022-10-25-0637")
	body := running.Body.String()
	for _, want := range []string{
		"<h1>WhatsApp has been down for 1 hour 13 minutes</h1>",
		"<b>Outage confirmed:</b> 7,940 reports in 15 minutes, usual 320; 2 countries, 2,310 networks",
		"At 07:50 UTC on 25 October 2022: 237,000 reports of trouble with WhatsApp in the last 15 minutes worldwide (usual: 324); 61% messaging, 32% connection (±0.2 points). Source: Outcry.",
		"At 07:50 UTC on 25 October 2022: 68,000 reports of trouble with WhatsApp in the last 15 minutes from the United Kingdom (usual: 40)",
		`<a href="/en/incidents/whatsapp-2022-09-03-1810"><b><bdi>WhatsApp</bdi></b></a>: warning`,
		`<link rel="canonical" href="http://example.com/en/incidents/whatsapp-2022-10-25-0637">`,
		"06:37 onset",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the page of a running incident lacks %q", want)
		}
	}
	if running.Header().Get("Cache-Control") != fresh || strings.Index(body, "Largest window") > strings.Index(body, "<b>Onset:") {
		t.Error("a running incident is told as if it were over")
	}
	over := pagetest.Get(t, h, "/bn/incidents/whatsapp-2022-09-03-1810")
	if over.Code != http.StatusOK || over.Header().Get("Cache-Control") != settled || !strings.Contains(over.Body.String(), "২ ঘণ্টা ২১ মিনিট") {
		t.Errorf("an incident that is over: status %d, %q", over.Code, over.Header().Get("Cache-Control"))
	}
	if en := pagetest.Get(t, h, "/en/incidents/whatsapp-2022-09-03-1810").Body.String(); !strings.Contains(en, `because <a href="/en/facebook"><bdi>Facebook</bdi></a> was down.`) {
		t.Error("an incident does not say whose echo it may have been")
	}
	for _, path := range []string{"/incidents/nothing-2022-10-25-0637", "/incidents/%3Cb%3E", "/incidents/" + strings.Repeat("a", 90)} {
		if w := pagetest.Get(t, h, path); w.Code != http.StatusNotFound {
			t.Errorf("%.40s: status %d", path, w.Code)
		}
	}
}

func TestHistoryListsMonths(t *testing.T) {
	h := mountPages(t, pagetest.Morning(), &pagetest.Ingester{})
	body := pagetest.Get(t, h, "/en/whatsapp/history").Body.String()
	for _, want := range []string{
		"<h2>October 2022</h2>", "<h2>September 2022</h2>", `href="/en/incidents/whatsapp-2022-10-25-0637"`, "since 06:37", "18:10–20:31",
		"900 in 15 minutes at the peak, usual 310", "2 incidents since 3 September 2022, latest first.",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the history lacks %q", want)
		}
	}
	if none := pagetest.Get(t, h, "/en/bkash/history").Body.String(); !strings.Contains(none, "No incident of bKash yet") {
		t.Error("a service without incidents does not say so")
	}
	if w := pagetest.Get(t, h, "/nothing/history"); w.Code != http.StatusNotFound {
		t.Errorf("history of nothing: status %d", w.Code)
	}
}

func TestLongHistoryGoesOnAnotherPage(t *testing.T) {
	var many pagetest.Incidents
	for i := range incidentsPerPage + 3 {
		onset := pagetest.Now.AddDate(0, 0, -i)
		many.All = append(many.All, incident.Incident{ID: "imo-" + onset.Format("2006-01-02-1504"), Service: "imo", State: incident.Resolved,
			Onset: onset, Suspected: onset, Resolved: onset.Add(time.Hour)})
	}
	engine, _, err := newEngine(pagetest.Morning(), &pagetest.Ingester{}, engineOptions{Incidents: many})
	if err != nil {
		t.Fatal(err)
	}
	first := pagetest.Get(t, engine, "/en/imo/history").Body.String()
	_, link, found := strings.Cut(first, `<a href="/en/imo/history?`)
	link, _, _ = strings.Cut(link, `"`)
	if !found || strings.Count(first, `<li><span class="day">`) != incidentsPerPage {
		t.Fatalf("the first page lists %d and leads to %q", strings.Count(first, `<li><span class="day">`), link)
	}
	if second := pagetest.Get(t, engine, "/en/imo/history?"+link).Body.String(); strings.Count(second, `<li><span class="day">`) != 3 || !strings.Contains(second, `content="noindex"`) {
		t.Error("the second page does not hold the rest, or is listed by search engines")
	}
}

func TestHistoryOfAMadeUpAddressBeginsAtTheBeginning(t *testing.T) {
	w := pagetest.Get(t, mountPages(t, pagetest.Morning(), &pagetest.Ingester{}), "/en/whatsapp/history?before=%22%3E%3Cscript%3E")
	if body := w.Body.String(); w.Code != http.StatusOK || !strings.Contains(body, "whatsapp-2022-10-25-0637") || strings.Contains(body, `"><script>`) {
		t.Errorf("status %d", w.Code)
	}
}

func TestArchiveThatFailsLeavesThePage(t *testing.T) {
	engine, _, err := newEngine(pagetest.Morning(), &pagetest.Ingester{}, engineOptions{Incidents: pagetest.Incidents{Err: pagetest.ErrStore}})
	if err != nil {
		t.Fatal(err)
	}
	if w := pagetest.Get(t, engine, "/en/whatsapp"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "237,000 people") {
		t.Errorf("status %d without the archive", w.Code)
	}
	for _, path := range []string{"/en/whatsapp/history", "/en/incidents/whatsapp-2022-10-25-0637"} {
		if w := pagetest.Get(t, engine, path); w.Code != http.StatusServiceUnavailable || strings.Contains(w.Body.String(), "10.1.2.3") {
			t.Errorf("%s: status %d", path, w.Code)
		}
	}
}

func TestWhatIsDownInACountry(t *testing.T) {
	h := mountPages(t, pagetest.Morning(), &pagetest.Ingester{})
	body := pagetest.Get(t, h, "/en?country=BD").Body.String()
	for _, want := range []string{"Bangladesh: one service in trouble", "2,140 in 15 minutes, usual 9", `<option value="BD" selected>Bangladesh</option>`, `href="/bn?country=BD"`} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if body := pagetest.Get(t, h, "/en?country=jp").Body.String(); !strings.Contains(body, "Nothing unusual in Japan") {
		t.Error("a quiet country is not said to be quiet")
	}
	if body := pagetest.Get(t, h, "/en?country=%3Cb%3E").Body.String(); strings.Contains(body, "selected") || strings.Contains(body, "<b>") && strings.Contains(body, "in <b>") {
		t.Error("what is no country is taken for one")
	}
}

func TestTypingFindsWithoutLeavingThePage(t *testing.T) {
	h := mountPages(t, pagetest.Morning(), &pagetest.Ingester{})
	w := pagetest.Get(t, h, "/en?q=whatsapp&part=found")
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `<a href="/en/whatsapp"><b><bdi>WhatsApp</bdi></b></a>`) {
		t.Errorf("status %d for a search while typing", w.Code)
	}
}
