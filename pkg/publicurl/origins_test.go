package publicurl

import (
	"bytes"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestBrowsersOnOtherSitesAreRefused(t *testing.T) {
	for _, x := range []struct {
		name, public, host, origin, site string
		refused                          bool
		logged                           string
	}{
		{"no browser", "", "status.example", "", "", false, ""},
		{"own page", "", "status.example", "https://status.example", "same-origin", false, ""},
		{"own page of an old browser", "", "status.example", "https://status.example", "", false, ""},
		{"own page, with the port in Host", "", "status.example:443", "https://status.example", "", false, ""},
		{"own page in capitals", "", "Status.Example", "https://status.example", "", false, ""},
		{"proxy with its own Host", "", "127.0.0.1:8080", "https://status.example", "same-origin", false, "OUTCRY_PUBLIC_URL"},
		{"proxy with its own Host, old browser", "", "127.0.0.1:8080", "https://status.example", "", true, "OUTCRY_PUBLIC_URL"},
		{"the same behind a public URL", "https://status.example/outcry", "127.0.0.1:8080", "https://status.example", "", false, ""},
		{"other site", "", "status.example", "https://evil.example", "cross-site", true, ""},
		{"other site of the domain", "", "status.example", "https://evil.example", "same-site", true, ""},
		{"other site, old browser", "", "status.example", "https://evil.example", "", true, "origin=https://evil.example"},
		{"sandbox", "", "status.example", "null", "", true, ""},
		{"other port", "", "status.example", "https://status.example:8443", "", true, "origin=https://status.example:8443"},
		{"other scheme", "https://status.example", "status.example", "http://status.example", "cross-site", true, ""},
	} {
		var log bytes.Buffer
		origins, err := NewOrigins(x.public, slog.New(slog.NewTextHandler(&log, nil)))
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			r := httptest.NewRequest("POST", "http://status.example/whatsapp/report", nil)
			r.Host = x.host
			if x.public != "" {
				u, err := Parse(x.public)
				if err != nil {
					t.Fatal(err)
				}
				r = With(r, u)
			}
			for name, value := range map[string]string{"Origin": x.origin, "Sec-Fetch-Site": x.site} {
				if value != "" {
					r.Header.Set(name, value)
				}
			}
			if err := origins.Check(r); (err != nil) != x.refused {
				t.Errorf("%s: Check returns %v, want refused: %v", x.name, err, x.refused)
			}
		}
		if got := strings.Count(log.String(), "level=WARN"); got != min(len(x.logged), 1) || !strings.Contains(log.String(), x.logged) {
			t.Errorf("%s: %d warnings are logged, want %q once:\n%s", x.name, got, x.logged, &log)
		}
	}
}

func TestPublicURLs(t *testing.T) {
	for text, want := range map[string]URL{
		"https://outcry.example":           {"https://outcry.example", ""},
		"https://Outcry.Example/":          {"https://outcry.example", ""},
		"https://outcry.example:443":       {"https://outcry.example", ""},
		"http://outcry.example:443":        {"http://outcry.example:443", ""},
		"https://example.org/outcry/":      {"https://example.org", "/outcry"},
		"https://example.org/it/outcry-v2": {"https://example.org", "/it/outcry-v2"},
		"http://[2001:db8::1]:8080/x":      {"http://[2001:db8::1]:8080", "/x"},
	} {
		if got, err := Parse(text); err != nil || got != want {
			t.Errorf("Parse(%q) = %+v, %v, want %+v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "outcry.example", "ftp://outcry.example", "https://", "https://:443", "https://me@outcry.example", "https://outcry.example/?a", "https://outcry.example/#a",
		"https://outcry.example/a b", "https://outcry.example/a%2Fb", "https://outcry.example//a", "https://outcry.example/../a", "https://outcry.example/a//", `https://outcry.example/"`} {
		if got, err := Parse(text); err == nil {
			t.Errorf("Parse(%q) = %+v, want an error", text, got)
		}
	}
	p := URL{"https://example.org", "/outcry"}.In("bn")
	for got, want := range map[string]string{
		p.To("/"): "/outcry/bn", p.To("/whatsapp"): "/outcry/bn/whatsapp", p.In("de").To("/"): "/outcry/de", p.Below("/static/x"): "/outcry/static/x",
		URL{"https://example.org", "/outcry"}.In("").To("/"): "/outcry/", URL{}.In("").To("/"): "/", URL{}.In("bn").To("/"): "/bn",
	} {
		if got != want {
			t.Errorf("an address is %q, want %q", got, want)
		}
	}
}
