package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestTheBrandOfTheOperatorIsShownEverywhere asks a server with a name, a logo and
// pages of its own for everything that is read by people.
func TestTheBrandOfTheOperatorIsShownEverywhere(t *testing.T) {
	logo := filepath.Join(t.TempDir(), "logo.svg")
	if err := os.WriteFile(logo, []byte(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>`), 0o600); err != nil {
		t.Fatal(err)
	}
	s := startServer(t, t.TempDir(), "OUTCRY_BRAND_NAME=Campus & Co", "OUTCRY_LOGO="+logo, "OUTCRY_ACCENT=#1558b0",
		"OUTCRY_IMPRINT_URL=https://campus.example/imprint", "OUTCRY_CONTACT_URL=mailto:desk@campus.example", "OUTCRY_PRIVACY_URL=https://campus.example/privacy")
	for path, name := range map[string]string{
		"/": "Campus &amp; Co", "/bn": "Campus &amp; Co", "/ar/whatsapp": "Campus &amp; Co", "/method": "Campus &amp; Co", "/nosuch": "Campus &amp; Co", "/admin": "Campus &amp; Co",
		"/feed.atom": "Campus &amp; Co", "/manifest.webmanifest": `"name":"Campus \u0026 Co"`, "/oembed?url=" + s.url + "/whatsapp": `Campus`,
		"/developers?service=whatsapp": "Campus &amp; Co",
	} {
		_, body := s.get(path)
		if !strings.Contains(body, name) {
			t.Errorf("%s lacks the name %q", path, name)
		}
		for _, line := range strings.Split(body, "\n") {
			if isPage := strings.Contains(body, "<html"); isPage && !strings.Contains(line, "outcry") && strings.Contains(line, "Outcry") && !strings.HasPrefix(path, "/developers") {
				t.Errorf("%s still has the built-in name: %.200s", path, line)
			}
		}
	}
	_, page := s.get("/")
	for _, want := range []string{`href="https://campus.example/imprint">Imprint`, `href="mailto:desk@campus.example">Contact`, `href="https://campus.example/privacy">Privacy`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks the link %s", want)
		}
	}
	_, after, _ := strings.Cut(page, `<img src="/static/logo.`)
	file, _, found := strings.Cut(after, `"`)
	if code, body := s.get("/static/logo." + file); !found || code != 200 || !strings.HasPrefix(body, "<svg") {
		t.Errorf("the logo at %s answers %d %q", file, code, body)
	}
	if err := os.WriteFile(logo, []byte(`<svg onload="x()"/>`), 0o600); err != nil {
		t.Fatal(err)
	}
	if logged := s.signalled(syscall.SIGHUP, "msg=reloaded", "nothing was reloaded"); !strings.Contains(logged, "nothing was reloaded") || !strings.Contains(logged, "OUTCRY_LOGO") {
		t.Errorf("the log of a reload with a wrong logo is %s", logged)
	}
	if _, body := s.get("/"); !strings.Contains(body, "/static/logo."+file) {
		t.Error("the logo is gone after a reload that failed")
	}
}
