package catalog

import "testing"

func TestRulesFollowTheEntries(t *testing.T) {
	c := Default()
	for _, x := range []struct {
		what string
		got  bool
		want bool
	}{
		{"a service", c.HasService("whatsapp"), true},
		{"no service", c.HasService("nowhere"), false},
		{"a symptom", c.HasSymptom("whatsapp", "login"), true},
		{"a symptom of another service", c.HasSymptom("whatsapp", "dns"), false},
		{"a symptom of no service", c.HasSymptom("nowhere", "login"), false},
		{"a country", c.HasCountry("BD"), true},
		{"an unknown place", c.HasCountry("ZZ"), true},
		{"no country", c.HasCountry("XX1"), false},
	} {
		if x.got != x.want {
			t.Errorf("%s: %v; want %v", x.what, x.got, x.want)
		}
	}
}
