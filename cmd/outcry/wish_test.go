package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// ask posts the form that asks for a service, as a browser does without a script.
func (s *server) ask(prefix, name string) (code int, body string) {
	s.t.Helper()
	req, err := http.NewRequest(http.MethodPost, s.url+prefix+"/wish", strings.NewReader(url.Values{"q": {name}}.Encode()))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	return s.do(req)
}

// TestAVisitorAsksForAServiceThatIsMissing searches, asks, and reads the list as the
// operator does.
func TestAVisitorAsksForAServiceThatIsMissing(t *testing.T) {
	data := t.TempDir()
	s := startServer(t, data, "OUTCRY_TICK=1s", "OUTCRY_LIMITS=off")
	for prefix, button := range map[string]string{
		"/en": "Ask for “Campus Mail”", "/de": "„Campus Mail“ vorschlagen", "/es": "Pedir «Campus Mail»", "/it": "Chiedi «Campus Mail»", "/pt": "Pedir “Campus Mail”",
		"/bn": "“Campus Mail” যোগ করতে বলুন", "/hi": "“Campus Mail” जोड़ने को कहें", "/ar": "اطلب إضافة «Campus Mail»",
	} {
		_, page := s.get(prefix + "?q=Campus+Mail")
		for _, want := range []string{button, `action="` + prefix + `/wish"`, `name="q" value="Campus Mail"`} {
			if !strings.Contains(page, want) {
				t.Errorf("the search in %s lacks %q", prefix, want)
			}
		}
		if code, body := s.ask(prefix, "Campus Mail"); code != http.StatusOK || strings.Contains(body, "wish_") {
			t.Errorf("asking in %s is answered with %d and words %v", prefix, code, !strings.Contains(body, "wish_"))
		}
	}
	if _, page := s.get("/en?part=found&q=Campus+Mail"); !strings.Contains(page, "Ask for") {
		t.Error("the search while typing has no form")
	}
	if _, page := s.get("/en?q=whatsapp"); strings.Contains(page, "/wish") {
		t.Error("a search that found something has a form")
	}
	if _, page := s.get("/en?q=me%40example.org"); strings.Contains(page, "/wish") {
		t.Error("a search for an address has a form")
	}
	s.ask("", "  campus   MAIL ")
	for text, want := range map[string]int{"me@example.org": 422, "": 422, "01712345678": 422, strings.Repeat("long ", 40): 422} {
		if code, _ := s.ask("", text); code != want {
			t.Errorf("asking for %q is answered with %d, want %d", text, code, want)
		}
	}
	if code, page := s.ask("/en", "واتساب"); code != 200 || !strings.Contains(page, "WhatsApp") {
		t.Errorf("asking for a service that is there is answered with %d, want its page", code)
	}
	foreign, err := http.NewRequest(http.MethodPost, s.url+"/wish", strings.NewReader("q=Spam"))
	if err != nil {
		t.Fatal(err)
	}
	foreign.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	foreign.Header.Set("Origin", "https://elsewhere.example")
	foreign.Header.Set("Sec-Fetch-Site", "cross-site")
	if code, _ := s.do(foreign); code != http.StatusForbidden {
		t.Errorf("a form of another site is answered with %d, want 403", code)
	}

	key := strings.TrimSpace(runCommand(t, data, "keys", "create", "--scope", "admin", "--name", "desk", "--quiet"))
	if code, _ := s.get("/api/v1/admin/wishes"); code != http.StatusUnauthorized {
		t.Errorf("the list without a key is answered with %d, want 401", code)
	}
	code, list := s.getWith("/api/v1/admin/wishes", "Authorization", "Bearer "+key)
	if code != http.StatusOK || !strings.Contains(list, `{"count":9,"first":`) || !strings.Contains(list, `"name":"Campus Mail"}]`) || strings.Contains(list, "example.org") || strings.Contains(list, "Spam") {
		t.Errorf("the list is answered with %d %s, want Campus Mail asked for 9 times and nothing else", code, list)
	}
	out := runCommandWith(t, []string{"OUTCRY_LISTEN=" + strings.TrimPrefix(s.url, "http://"), "HOME=" + data, "OUTCRY_ADMIN_KEY=" + key}, "admin", "wishes")
	if lines := strings.Split(strings.TrimSpace(out), "\n"); len(lines) != 2 || !strings.HasPrefix(lines[1], "9 ") || !strings.HasSuffix(lines[1], "Campus Mail") {
		t.Errorf("outcry admin wishes prints %q", out)
	}
	for _, public := range []string{"/", "/en?q=Campus", "/feed.atom", "/api/v1/services?query=campus", "/sitemap.xml", "/search?q=campus"} {
		if _, body := s.get(public); strings.Contains(body, "Campus Mail") {
			t.Errorf("%s publishes what visitors asked for", public)
		}
	}
}

// TestAskingIsLimited asks for many services from one address.
func TestAskingIsLimited(t *testing.T) {
	s := startServer(t, t.TempDir())
	last := 0
	for i := range 200 {
		if last, _ = s.ask("", "service "+strings.Repeat("x", 1+i%30)); last == http.StatusTooManyRequests {
			return
		}
	}
	t.Errorf("200 wishes of one address were all taken, the last answered with %d", last)
}
