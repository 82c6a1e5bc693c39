package web

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/outcry/outcry/internal/atom"
	"github.com/outcry/outcry/internal/pagetest"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/locale"
)

// feeds returns an engine with incidents of all states.
func feeds(t *testing.T, o engineOptions) (h http.Handler, all *pagetest.Incidents) {
	t.Helper()
	past := pagetest.MorningIncidents()
	retracted := past.All[1]
	retracted.ID, retracted.RetractedAt = "whatsapp-2022-08-03-1810", pagetest.At("07:00")
	warned := past.All[0]
	warned.ID, warned.State, warned.Level, warned.Declared = "whatsapp-2022-10-25-0500", incident.Suspected, detect.Warning, time.Time{}
	recovering := past.All[0]
	recovering.ID, recovering.State, recovering.Easing = "whatsapp-2022-10-24-0500", incident.Recovering, pagetest.At("07:30")
	past.All = append(past.All, retracted, warned, recovering)
	o.Incidents = &past
	engine, _, err := newEngine(pagetest.Morning(), &pagetest.Ingester{}, o)
	if err != nil {
		t.Fatal(err)
	}
	return engine, &past
}

func TestFeedsKeepToTheRFC(t *testing.T) {
	for _, simulated := range []bool{false, true} {
		h, _ := feeds(t, engineOptions{PublicURL: "https://outcry.example", Simulated: simulated})
		for _, prefix := range append([]string{""}, locale.Codes()...) {
			if prefix != "" {
				prefix = "/" + prefix
			}
			for _, path := range []string{"/feed.atom", "/feed.atom?country=BD", "/whatsapp/feed.atom", "/telegram/feed.atom"} {
				w := pagetest.Get(t, h, prefix+path)
				if w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Type"), "application/atom+xml") {
					t.Fatalf("%s: status %d, %v", path, w.Code, w.Header())
				}
				feed, faults := atom.Check(w.Body.Bytes())
				for _, f := range faults {
					t.Errorf("%s%s: %s", prefix, path, f)
				}
				if prefix != "" && feed.Attr("lang") != prefix[1:] {
					t.Errorf("%s%s is in %q, want %q", prefix, path, feed.Attr("lang"), prefix[1:])
				}
				if got, want := feed.Get("id"), "https://outcry.example"+prefix+path; got != want {
					t.Errorf("the ID of %s%s is %s, want %s", prefix, path, got, want)
				}
				if entries := feed.All("entry"); strings.HasPrefix(path, "/whatsapp/") && len(entries) != 5 {
					t.Errorf("%s%s has %d entries, want 5 with the retracted one", prefix, path, len(entries))
				}
				for _, e := range append(feed.All("entry"), feed) {
					if title := e.Get("title"); prefix == "/en" && simulated != strings.HasPrefix(title, "Simulated") {
						t.Errorf("%s%s says %q, simulated: %v", prefix, path, title, simulated)
					}
				}
			}
		}
	}
	h, _ := feeds(t, engineOptions{})
	for _, path := range []string{"/nosuch/feed.atom", "/feed.atom?country=XX", "/feed.atom?country=nowhere", "/feed.atom?country=BD&country=IN"} {
		if w := pagetest.Get(t, h, path); w.Code != http.StatusNotFound {
			t.Errorf("%s: status %d, want 404", path, w.Code)
		}
	}
}

func TestAnEntryIsNewWhenItsIncidentChanges(t *testing.T) {
	now := pagetest.Now
	h, past := feeds(t, engineOptions{PublicURL: "https://outcry.example", Now: func() time.Time { return now }})
	read := func(path string) (id, updated, title string) {
		t.Helper()
		now = now.Add(time.Minute) // later than any copy that is kept
		feed, faults := atom.Check(pagetest.Get(t, h, path).Body.Bytes())
		if len(faults) > 0 || len(feed.All("entry")) == 0 {
			t.Fatalf("the feed has the faults %q", faults)
		}
		e := feed.All("entry")[0]
		return e.Get("id"), e.Get("updated"), e.Get("title")
	}
	id, updated, title := read("/en/whatsapp/feed.atom")
	if id != "https://outcry.example/incidents/whatsapp-2022-10-25-0637" || updated != "2022-10-25T06:55:00Z" || title != "WhatsApp is down" {
		t.Errorf("the entry is %s of %s: %s", id, updated, title)
	}
	past.All[0].Reports, past.All[0].Updated = 700_000, now
	if _, again, _ := read("/en/whatsapp/feed.atom"); again != updated {
		t.Errorf("an entry with more reports is of %s, want %s: nobody reads it again for that", again, updated)
	}
	past.All[0].State, past.All[0].Level, past.All[0].Resolved = incident.Resolved, detect.OK, pagetest.At("08:30")
	if sameID, later, title := read("/en/whatsapp/feed.atom"); sameID != id || later != "2022-10-25T08:30:00Z" || title != "The trouble with WhatsApp is over" {
		t.Errorf("the entry at the end is %s of %s: %s", sameID, later, title)
	}
	if sameID, _, title := read("/bn/whatsapp/feed.atom"); sameID != id || strings.Contains(title, "trouble") {
		t.Errorf("in Bengali the entry is %s: %s, want the same ID and Bengali", sameID, title)
	}
	w := pagetest.Get(t, h, "/en/whatsapp/feed.atom")
	if w = pagetest.Get(t, h, "/en/whatsapp/feed.atom", "If-None-Match", w.Header().Get("ETag")); w.Code != http.StatusNotModified {
		t.Errorf("a feed that the reader has: status %d, want 304", w.Code)
	}
}

func TestPagesNameTheirFeed(t *testing.T) {
	h := mountPages(t, pagetest.Morning(), &pagetest.Ingester{})
	for path, want := range map[string]string{
		"/bn": "/bn/feed.atom", "/": "/feed.atom", "/?country=BD": "/feed.atom?country=BD", "/whatsapp": "/whatsapp/feed.atom",
		"/de/whatsapp/history": "/de/whatsapp/feed.atom", "/incidents/whatsapp-2022-10-25-0637": "/whatsapp/feed.atom",
	} {
		body := pagetest.Get(t, h, path).Body.String()
		if !strings.Contains(body, `<link rel="alternate" type="application/atom+xml" href="http://example.com`+want+`"`) {
			t.Errorf("%s does not link to %s", path, want)
		}
	}
}
