package catalog

import "testing"

func TestClocksAndKinds(t *testing.T) {
	c := Default()
	for code, want := range map[string]string{"BD": "Asia/Dhaka", "US": "America/New_York", "RU": "Europe/Moscow", "ZZ": "UTC", "??": "UTC"} {
		if got := c.ClockOf(code).String(); got != want {
			t.Errorf("%s lives by %s, want %s", code, got, want)
		}
	}
	for _, country := range c.Countries() {
		if country.Population > 0 && country.Zone == "UTC" {
			t.Errorf("%s has people and no time zone", country.Code)
		}
	}
	if a, b := c.KindOf("whatsapp"), c.KindOf("signal"); a == "" || a != b {
		t.Errorf("WhatsApp is of kind %q, Signal of %q", a, b)
	}
	if got := c.KindOf("nobody"); got != "" {
		t.Errorf("an unknown service is of kind %q", got)
	}
}
