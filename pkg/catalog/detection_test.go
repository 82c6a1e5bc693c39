package catalog

import "testing"

func TestZonesOfCountriesAndCategoriesOfServices(t *testing.T) {
	c := Default()
	for code, want := range map[string]string{"BD": "Asia/Dhaka", "US": "America/New_York", "RU": "Europe/Moscow", "ZZ": "UTC", "??": "UTC"} {
		if got := c.ZoneOf(code).String(); got != want {
			t.Errorf("ZoneOf(%q) = %s, want %s", code, got, want)
		}
	}
	for _, country := range c.Countries() {
		if country.Population > 0 && country.Zone == "UTC" {
			t.Errorf("%s has people, but its zone is UTC", country.Code)
		}
	}
	if a, b := c.CategoryOf("whatsapp"), c.CategoryOf("signal"); a == "" || a != b {
		t.Errorf(`CategoryOf("whatsapp") = %q, CategoryOf("signal") = %q, want the same`, a, b)
	}
	if got := c.CategoryOf("nobody"); got != "" {
		t.Errorf(`CategoryOf("nobody") = %q, want ""`, got)
	}
}
