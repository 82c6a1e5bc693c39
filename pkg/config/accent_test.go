package config

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestContrastIsThatOfTheGuidelines(t *testing.T) {
	for pair, want := range map[[2]string]float64{
		{"#000000", "#ffffff"}: 21, {"#ffffff", "#ffffff"}: 1, {"#777777", "#ffffff"}: 4.48, {"#767676", "#ffffff"}: 4.54,
		{"#ff0000", "#ffffff"}: 4.00, {"#0000ff", "#000000"}: 2.44,
	} {
		if got := contrast(pair[0], pair[1]); math.Abs(got-want) > 0.01 {
			t.Errorf("contrast(%s, %s) = %.2f, want %.2f", pair[0], pair[1], got, want)
		}
	}
}

func TestAnAccentThatCannotBeReadIsRefusedWithOneThatCan(t *testing.T) {
	_, err := Load([]string{"OUTCRY_ACCENT=#ffcc00"})
	if err == nil || !strings.Contains(err.Error(), "OUTCRY_ACCENT: #ffcc00 cannot be read on the light background #fcfbf8") {
		t.Fatalf("Load with a yellow accent: %v, want an error with its contrast", err)
	}
	_, rest, _ := strings.Cut(err.Error(), "needed; use ")
	proposed, _, _ := strings.Cut(rest, ",")
	c, err := Load([]string{"OUTCRY_ACCENT=" + proposed})
	if err != nil {
		t.Fatalf("Load with the colour %q that the error proposed: %v", proposed, err)
	}
	if contrast(c.Accent, lightPaper) < minContrast || contrast(c.AccentDark, darkPaper) < minContrast {
		t.Errorf("accents %s and %s have contrasts %.1f and %.1f, want at least %.1f", c.Accent, c.AccentDark,
			contrast(c.Accent, lightPaper), contrast(c.AccentDark, darkPaper), minContrast)
	}
	for _, environ := range [][]string{
		{"OUTCRY_ACCENT=#1558b0", "OUTCRY_ACCENT_DARK=#102040"}, {"OUTCRY_ACCENT=red"}, {"OUTCRY_ACCENT=#12"}, {"OUTCRY_ACCENT_DARK=#ffffff"},
		{"OUTCRY_BRAND_NAME=<b>"}, {"OUTCRY_BRAND_NAME={{.X}}"}, {"OUTCRY_BRAND_NAME=" + strings.Repeat("a", 41)},
		{"OUTCRY_IMPRINT_URL=javascript:alert(1)"}, {"OUTCRY_CONTACT_URL=desk@outcry.example"}, {"OUTCRY_PRIVACY_URL=https://"},
	} {
		if _, err := Load(environ); err == nil || !strings.HasPrefix(err.Error(), strings.SplitN(environ[len(environ)-1], "=", 2)[0]+": ") {
			t.Errorf("Load(%q) = %v, want an error that begins with the setting", environ, err)
		}
	}
}

func TestTheBackgroundsAreThoseOfThePages(t *testing.T) {
	style, err := os.ReadFile(filepath.Join("..", "..", "frontend", "static", "tokens.css"))
	if err != nil {
		t.Fatal(err)
	}
	if want := "--paper: light-dark(" + lightPaper + ", " + darkPaper + ");"; !strings.Contains(string(style), want) {
		t.Errorf("frontend/static/tokens.css lacks %q", want)
	}
}
