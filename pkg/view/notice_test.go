package view

import (
	"strings"
	"testing"
	"time"

	"github.com/outcry/outcry/frontend"
	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/notify"
)

func TestANoticeSaysWhatHappenedInEveryLanguage(t *testing.T) {
	onset := time.Date(2022, 10, 25, 7, 12, 0, 0, time.UTC)
	goesOn := incident.Incident{
		ID: "whatsapp-2022-10-25-0712", Service: "whatsapp", State: incident.Confirmed, Level: detect.Outage, Onset: onset,
		Peak: incident.Peak{At: onset.Add(15 * time.Minute), Window: 15 * time.Minute, Observed: 400, Expected: 3},
	}
	over := goesOn
	over.State, over.Resolved = incident.Resolved, onset.Add(2*time.Hour)
	noted := goesOn
	noted.Corrections = []incident.Correction{{Change: incident.Annotated, Order: incident.Order{Text: map[string]string{"en": "We look at it."}}}}
	merged := over
	merged.RetractedAt, merged.MergedInto = over.Resolved, "whatsapp-2022-10-25-0700"
	echo := goesOn
	echo.State, echo.Level, echo.EchoOf = incident.Suspected, detect.Warning, "facebook"

	c, err := catalog.Load("", "")
	if err != nil {
		t.Fatal(err)
	}
	languages, err := locale.Load(frontend.Files)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range languages {
		names := NewLabels(c, l)
		for _, x := range []struct {
			m        notify.Message
			contains []string // in English
		}{
			{notify.Message{Kind: notify.Confirmed, Incident: goesOn}, []string{"WhatsApp is down", "Since 25 October 2022, 07:12 UTC.", "400 people"}},
			{notify.Message{Kind: notify.Resolved, Incident: over}, []string{"The trouble with WhatsApp is over", "for 2 hours"}},
			{notify.Message{Kind: notify.Updated, Incident: noted}, []string{"News about the incident of WhatsApp", "We look at it."}},
			{notify.Message{Kind: notify.Retracted, Incident: merged}, []string{"is now part of another one"}},
			{notify.Message{Kind: notify.Suspected, Incident: echo}, []string{"WhatsApp may be in trouble", "because Facebook is down"}},
			{notify.Message{Kind: notify.Reopened, Incident: goesOn, Simulated: true}, []string{"Simulated, not real reports: WhatsApp is in trouble again", "Simulated, not real reports."}},
			{notify.Message{Kind: notify.Test}, []string{"A test message from Outcry", "messages arrive"}},
		} {
			got := Notice(x.m, "https://outcry.example", names)
			all := got.Title + "\n" + got.Body
			if got.Title == "" || got.Body == "" || strings.Contains(all, "_") || strings.Contains(all, "**") || strings.Contains(all, "{{") {
				t.Errorf("Notice(%s) in %s = %+v, want a title and sentences without marks", x.m.Kind, l.Code, got)
			}
			if want := "https://outcry.example/incidents/" + x.m.Incident.ID; x.m.Kind != notify.Test && got.URL != want {
				t.Errorf("Notice(%s) leads to %s, want %s", x.m.Kind, got.URL, want)
			}
			for _, text := range x.contains {
				if l.Code == "en" && !strings.Contains(all, text) {
					t.Errorf("Notice(%s) = %q, want %q in it", x.m.Kind, all, text)
				}
			}
		}
	}
}
