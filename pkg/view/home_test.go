package view

import (
	"fmt"
	"strings"
	"testing"

	"github.com/outcry/outcry/internal/pagetest"
	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/status"
)

func TestLongCategoriesAreFolded(t *testing.T) {
	c := catalog.Default()
	names := NewLabels(c, pagetest.Locale(t, "en"))
	trouble := map[string]bool{}
	var all []status.Status
	sizes := map[string]int{}
	for _, s := range c.Services() {
		one := pagetest.Quiet(s.Slug)
		if sizes[s.Category]++; sizes[s.Category] == shownPerCategory+3 { // would be folded away
			one.Level, trouble[names.Service(s.Slug)] = detect.Warning, true
		}
		all = append(all, one)
	}
	if len(trouble) < 5 {
		t.Fatalf("only %d categories of the catalog are long", len(trouble))
	}
	listed := 0
	for _, g := range groupByCategory(pagetest.Locale(t, "en"), all, "", names) {
		listed += len(g.Rows) + len(g.Rest)
		if len(g.Rest) == 1 || (len(g.Rest) > 0) != (g.More == fmt.Sprintf("%d more", len(g.Rest))) {
			t.Errorf("%s folds %d services under %q", g.Name, len(g.Rest), g.More)
		}
		if len(g.Rows) > shownPerCategory+2 {
			t.Errorf("%s shows %d services", g.Name, len(g.Rows))
		}
		for _, r := range g.Rest {
			if trouble[r.Name] || r.Look != "ok" {
				t.Errorf("%s is in trouble and folded away", r.Name)
			}
		}
	}
	if listed != len(all) {
		t.Errorf("%d of %d services are listed", listed, len(all))
	}
}

func TestHeadline(t *testing.T) {
	outage := func(slug string) status.Status {
		return status.Status{Service: slug, Level: detect.Outage, State: incident.Confirmed, Observed: 100, Expected: 1, AsOf: pagetest.Now}
	}
	warning := func(slug string) status.Status {
		return status.Status{Service: slug, Level: detect.Warning, State: incident.Suspected, Observed: 10, Expected: 1, AsOf: pagetest.Now}
	}
	recovering := outage("signal")
	recovering.State = incident.Recovering
	unknown := status.Status{Service: "imo", Level: detect.Unknown}
	for _, c := range []struct {
		all  []status.Status
		want string
	}{
		{[]status.Status{pagetest.Quiet("imo")}, "Nothing looks wrong."},
		{[]status.Status{pagetest.Quiet("imo"), outage("whatsapp")}, "WhatsApp is down."},
		{[]status.Status{outage("whatsapp"), outage("facebook")}, "WhatsApp and Facebook are down."},
		{[]status.Status{outage("whatsapp"), outage("facebook"), outage("imo"), warning("viber")}, "3 services are down. One more may be in trouble."},
		{[]status.Status{outage("whatsapp"), recovering, warning("imo"), warning("viber")}, "WhatsApp is down. 2 more may be in trouble."},
		{[]status.Status{recovering}, "Signal is recovering."},
		{[]status.Status{warning("viber")}, "Viber may be in trouble."},
		{[]status.Status{warning("viber"), warning("imo")}, "2 services may be in trouble."},
		{[]status.Status{unknown}, "Reports cannot be counted now."},
		{[]status.Status{unknown, pagetest.Quiet("viber")}, "Nothing looks wrong."},
	} {
		got := strings.Join(headline(pagetest.Locale(t, "en"), c.all, NewLabels(catalog.Default(), pagetest.Locale(t, "en"))), " ")
		if got != c.want {
			t.Errorf("headline %q, want %q", got, c.want)
		}
	}
}
