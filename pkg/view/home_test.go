package view

import (
	"fmt"
	"strings"
	"testing"

	"github.com/outcry/outcry/internal/pagetest"
	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/publicurl"
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
	for _, g := range groupByCategory(pagetest.Locale(t, "en"), all, publicurl.Prefix{}, names) {
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
		{[]status.Status{outage("whatsapp"), outage("facebook"), outage("instagram")}, "3 of Meta’s services are down."},
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

func TestEchoesAreListedBelowTheirOutage(t *testing.T) {
	echo := func(slug, of string) status.Status {
		s := pagetest.Quiet(slug)
		s.Level, s.State, s.EchoOf, s.Observed = detect.Warning, incident.Suspected, of, 5000
		return s
	}
	att, facebook, viber := pagetest.Quiet("att"), pagetest.Quiet("facebook"), pagetest.Quiet("viber")
	att.Level, att.Observed = detect.Outage, 70_000
	facebook.Level, facebook.Observed = detect.Outage, 60_000
	viber.Level, viber.Observed = detect.Warning, 9000
	all := []status.Status{viber, echo("t-mobile-us", "att"), echo("verizon", "att"), echo("xfinity", "signal"), facebook, att}
	l := pagetest.Locale(t, "en")
	var got []string
	for _, r := range NewHomePage(Frame{Locale: l}, all, Sparks{}, NewLabels(catalog.Default(), l)).Now {
		name := r.Name
		if r.Below {
			name = "- " + name
		}
		got = append(got, name)
	}
	if want := "AT&T, - T-Mobile, - Verizon, Facebook, Viber, Xfinity"; strings.Join(got, ", ") != want {
		t.Errorf("the list is %s, want %s", strings.Join(got, ", "), want)
	}
}

func TestAnEchoThatFitsNamesItsShare(t *testing.T) {
	l := pagetest.Locale(t, "en")
	names := NewLabels(catalog.Default(), l)
	for _, c := range []struct {
		e    echoing
		want string
	}{
		{echoing{"att", 0.042, 0.9}, "People report Verizon, probably because AT&T is down: the rise follows AT&T’s minute by minute and is 4% of it."},
		{echoing{"att", 0.0042, 0.9}, "People report Verizon, probably because AT&T is down: the rise follows AT&T’s minute by minute and is 0.4% of it."},
		{echoing{"att", 0.042, 0.3}, "People report Verizon, but it may only look that way because AT&T is down."},
		{echoing{of: "att"}, "People report Verizon, but it may only look that way because AT&T is down."},
	} {
		var got strings.Builder
		for _, p := range echoSentence(l, "reason_echo", "reason_echo_follows", "Verizon", c.e, Frame{Locale: l}, names) {
			got.WriteString(p.Text)
		}
		if got.String() != c.want {
			t.Errorf("echoSentence(%+v) = %q, want %q", c.e, got.String(), c.want)
		}
	}
}
