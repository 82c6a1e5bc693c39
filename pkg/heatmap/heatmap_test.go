package heatmap

import (
	"encoding/xml"
	"slices"
	"strings"
	"testing"

	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/status"
)

func TestEveryCountryIsOnTheMap(t *testing.T) {
	c, err := catalog.Load("", "")
	if err != nil {
		t.Fatal(err)
	}
	all := c.Countries()
	if len(all) < 240 {
		t.Fatalf("the catalog has %d countries, want 240 or more", len(all))
	}
	for _, country := range all {
		if has := Earth().Has(country.Code); has != (country.Code != "AQ") { // Antarctica is not drawn
			t.Errorf("Has(%q) = %t, want %t", country.Code, has, !has)
		}
	}
	if Earth().Has("-") || Earth().Has("ZZ") {
		t.Error("Has is true for land without a code or for an unknown country, want false")
	}
}

func TestOutlinesLieWithinTheMap(t *testing.T) {
	w := Earth()
	for code, path := range w.Paths {
		rings, err := Rings(path)
		if err != nil {
			t.Fatalf("%s: %v", code, err)
		}
		for _, ring := range rings {
			for _, p := range ring {
				if p.X < 0 || p.Y < 0 || p.X > float64(w.Width) || p.Y > float64(w.Height) {
					t.Errorf("%s has a point at %v, outside of %d×%d", code, p, w.Width, w.Height)
				}
			}
		}
	}
}

func TestRingsReadsClosedLines(t *testing.T) {
	got, err := Rings("M10 20l5 0-5-5zM1 2l3 4-1 1z")
	if err != nil {
		t.Fatal(err)
	}
	want := [][]Point{{{10, 20}, {15, 20}, {10, 15}}, {{1, 2}, {4, 6}, {3, 7}}}
	if !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("Rings = %v, want %v", got, want)
	}
	for _, bad := range []string{"", "M1 2", "M1 2l3z", "M1 2l3 4", "M1 2c3 4z", "1 2z"} {
		if got, err := Rings(bad); err == nil {
			t.Errorf("Rings(%q) = %v, want an error", bad, got)
		}
	}
}

func TestLargestBoxSurroundsTheLargestPart(t *testing.T) {
	rings, err := Rings("M0 0l1 0 0 1-1 0zM10 10l4 0 0 6-4 0z")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := largestBox(rings), (box{10, 10, 14, 16}); got != want {
		t.Errorf("largestBox = %v, want %v", got, want)
	}
}

func TestShadeGrowsWithTheValue(t *testing.T) {
	for _, c := range []struct {
		name    string
		metric  Metric
		country status.Country
		want    Shade
	}{
		{"none", Reports, status.Country{}, NoReports},
		{"below the fewest", Reports, status.Country{Count: 4}, TooFew},
		{"the fewest", Reports, status.Country{Count: 5}, 1},
		{"just below a step", Reports, status.Country{Count: 99}, 1},
		{"a step", Reports, status.Country{Count: 100}, 2},
		{"the last step", Reports, status.Country{Count: 20000}, 5},
		{"twice the usual", Usual, status.Country{Count: 20, Expected: 10}, 2},
		{"as usual", Usual, status.Country{Count: 10, Expected: 10}, 1},
		{"far less than one is usual", Usual, status.Country{Count: 9, Expected: 0.001}, 2},
		{"the baseline is unknown", Usual, status.Country{Count: 900}, TooFew},
		{"few, though more than usual", Usual, status.Country{Count: 4, Expected: 1}, TooFew},
		{"per million", Million, status.Country{Count: 700, PerMillion: 10}, 3},
		{"population unknown", Million, status.Country{Count: 700}, TooFew},
	} {
		if got := c.metric.Shade(c.country); got != c.want {
			t.Errorf("%s: Shade(%+v) = %d, want %d", c.name, c.country, got, c.want)
		}
	}
}

func TestDrawShadesAndNamesCountries(t *testing.T) {
	w := Earth()
	v := w.Draw([]status.Country{
		{Code: "GB", Count: 68000}, {Code: "SG", Count: 19000}, {Code: "FR", Count: 3}, {Code: "ZZ", Count: 70000}, {Code: "DE", Count: 27100},
	}, Reports, func(c status.Country) string { return c.Code })
	shades := map[string]Shade{}
	for _, s := range v.Shapes {
		shades[s.Code] = s.Shade
		if strings.Contains(v.Rest, s.Path) {
			t.Errorf("%s is drawn twice", s.Code)
		}
	}
	for code, want := range map[string]Shade{"GB": 5, "FR": TooFew, "DE": 5} {
		if shades[code] != want {
			t.Errorf("%s: shade %d, want %d", code, shades[code], want)
		}
	}
	if len(v.Dots) != 1 || v.Dots[0].Code != "SG" || v.Dots[0].Shade != 4 {
		t.Errorf("Dots = %v, want Singapore with shade 4", v.Dots)
	}
	if got, want := strings.Count(v.Quiet, "M"), len(w.Dots)-1; got != want {
		t.Errorf("%d quiet dots, want %d", got, want)
	}
	var named []string
	for _, l := range v.Labels {
		named = append(named, l.Text)
	}
	if want := []string{"GB", "DE", "SG"}; !slices.Equal(named, want) {
		t.Errorf("labels %v, want %v: the largest first, none for a few reports or an unknown country", named, want)
	}
}

func TestLabelsCoverNeitherCountriesNorLabels(t *testing.T) {
	var countries []status.Country
	for i, code := range []string{"BE", "NL", "LU", "DE", "FR", "CH", "AT", "GB", "IE", "DK", "SG", "MY"} {
		countries = append(countries, status.Country{Code: code, Count: int64(1000 - i)})
	}
	w := Earth()
	labels := w.Draw(countries, Reports, func(c status.Country) string { return "Land " + c.Code }).Labels
	if len(labels) < 3 {
		t.Fatalf("%d labels, want 3 or more", len(labels))
	}
	for i, a := range labels {
		for _, b := range labels[:i] {
			if a.box(a.Text).overlaps(b.box(b.Text)) {
				t.Errorf("labels %v and %v lie over each other", a, b)
			}
		}
		for _, c := range countries {
			if a.box(a.Text).overlaps(w.box(c.Code)) {
				t.Errorf("%v lies over %s", a, c.Code)
			}
		}
	}
}

func TestSortedPutsTheLargestFirst(t *testing.T) {
	got := Sorted([]status.Country{
		{Code: "AA", Count: 4, Expected: 0.1}, {Code: "BB", Count: 100, Expected: 50}, {Code: "CC", Count: 50, Expected: 5}, {Code: "DD", Count: 900},
	}, Usual)
	var codes []string
	for _, c := range got {
		codes = append(codes, c.Code)
	}
	if want := []string{"CC", "BB", "DD", "AA"}; !slices.Equal(codes, want) {
		t.Errorf("Sorted = %v, want %v: countries without a value last", codes, want)
	}
}

func TestSpriteHoldsEveryOutline(t *testing.T) {
	var sprite struct {
		Land struct {
			ID    string `xml:"id,attr"`
			Paths []struct {
				ID string `xml:"id,attr"`
				D  string `xml:"d,attr"`
			} `xml:"path"`
		} `xml:"g"`
	}
	if err := xml.Unmarshal(Earth().Sprite(), &sprite); err != nil {
		t.Fatal(err)
	}
	if sprite.Land.ID != "land" || len(sprite.Land.Paths) != len(Earth().Paths) {
		t.Fatalf("the sprite has %d paths in %q, want %d in land", len(sprite.Land.Paths), sprite.Land.ID, len(Earth().Paths))
	}
	for _, p := range sprite.Land.Paths {
		if p.ID != "" && p.D != Earth().Paths[p.ID] {
			t.Errorf("the outline of %s differs from Paths", p.ID)
		}
	}
}
