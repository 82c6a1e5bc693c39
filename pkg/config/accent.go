package config

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// lightPaper and darkPaper are the backgrounds of pages, as in
	// frontend/static/tokens.css.
	lightPaper, darkPaper = "#fcfbf8", "#14161a"
	// minContrast is the least contrast between text and background of the Web
	// Content Accessibility Guidelines at level AA.
	minContrast  = 4.5
	maxBrandName = 40 // characters
)

var hexColor = regexp.MustCompile(`^#[0-9a-f]{6}$`)

// checkBrand adds errors for what an operator calls the site and how it looks.
func (l *loader) checkBrand(c *Config) {
	l.must("BRAND_NAME", isBrandName(c.BrandName), "%q is not a name; use 1 to %d characters without < > { }", c.BrandName, maxBrandName)
	l.must("IMPRINT_URL", c.ImprintURL == "" || isLink(c.ImprintURL, "https://", "http://"), "%q is not an address such as https://outcry.example/imprint", c.ImprintURL)
	l.must("PRIVACY_URL", c.PrivacyURL == "" || isLink(c.PrivacyURL, "https://", "http://"), "%q is not an address such as https://outcry.example/privacy", c.PrivacyURL)
	l.must("CONTACT_URL", c.ContactURL == "" || isLink(c.ContactURL, "https://", "http://", "mailto:", "tel:"), "%q is not an address such as mailto:desk@outcry.example or https://outcry.example/contact", c.ContactURL)
	c.Accent, c.AccentDark = strings.ToLower(c.Accent), strings.ToLower(c.AccentDark)
	if c.Accent == "" {
		l.must("ACCENT_DARK", c.AccentDark == "", "is set without OUTCRY_ACCENT, which is the colour on a light background")
		return
	}
	if c.AccentDark == "" && hexColor.MatchString(c.Accent) {
		c.AccentDark = readable(c.Accent, darkPaper)
	}
	l.checkColor("ACCENT", c.Accent, lightPaper, "light")
	l.checkColor("ACCENT_DARK", c.AccentDark, darkPaper, "dark")
}

// checkColor adds an error for a colour that cannot be read on a background.
func (l *loader) checkColor(setting, color, paper, kind string) {
	if !hexColor.MatchString(color) {
		l.must(setting, false, "%q is not a colour such as #1558b0", color)
		return
	}
	if got := contrast(color, paper); got < minContrast {
		l.must(setting, false, "%s cannot be read on the %s background %s: its contrast is %.1f, and %.1f is needed; use %s, which is the nearest that can", color, kind, paper, got, minContrast, readable(color, paper))
	}
}

// isBrandName reports whether s can be the name of a site.
func isBrandName(s string) bool {
	for _, c := range s {
		if strings.ContainsRune("<>{}", c) || !unicode.IsPrint(c) {
			return false
		}
	}
	return s == strings.TrimSpace(s) && utf8.RuneCountInString(s) <= maxBrandName
}

// isLink reports whether s begins with one of the schemes and has nothing in it that
// an address cannot have.
func isLink(s string, schemes ...string) bool {
	for _, scheme := range schemes {
		if rest, ok := strings.CutPrefix(s, scheme); ok {
			return rest != "" && !strings.ContainsAny(rest, " \"'<>\\") && strings.IndexFunc(rest, unicode.IsControl) < 0
		}
	}
	return false
}

// contrast returns the contrast of two colours, from 1 to 21.
func contrast(a, b string) float64 {
	lighter, darker := luminance(channels(a)), luminance(channels(b))
	if lighter < darker {
		lighter, darker = darker, lighter
	}
	return (lighter + 0.05) / (darker + 0.05)
}

// channels returns red, green and blue of a colour, from 0 to 255.
func channels(color string) (all [3]float64) {
	for i := range all {
		n, err := strconv.ParseUint(color[1+2*i:3+2*i], 16, 8)
		if err != nil {
			return all // the colour was checked before
		}
		all[i] = float64(n)
	}
	return all
}

// luminance returns the relative luminance of a colour in sRGB, from 0 to 1.
func luminance(color [3]float64) float64 {
	var linear [3]float64
	for i, c := range color {
		if c /= 255; c <= 0.04045 {
			linear[i] = c / 12.92
		} else {
			linear[i] = math.Pow((c+0.055)/1.055, 2.4)
		}
	}
	return 0.2126*linear[0] + 0.7152*linear[1] + 0.0722*linear[2]
}

// readable returns the colour nearest to one that can be read on a background. It
// mixes it with black or white, whichever the background is farther from.
func readable(color, paper string) string {
	toward := 0.0
	if luminance(channels(paper)) < 0.5 {
		toward = 255
	}
	from := channels(color)
	const steps = 100
	for step := range steps + 1 {
		var mixed [3]float64
		for i := range mixed {
			mixed[i] = math.Round(from[i] + (toward-from[i])*float64(step)/steps)
		}
		text := fmt.Sprintf("#%02x%02x%02x", int(mixed[0]), int(mixed[1]), int(mixed[2]))
		if contrast(text, paper) >= minContrast {
			return text
		}
	}
	return color
}
