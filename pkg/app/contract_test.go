package app

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/outcry/outcry/pkg/config"
)

// contractServer runs a server for tests of what holds for all routes. It returns
// its origin and a function that sends a request and does not follow redirects.
func contractServer(t *testing.T) (origin string, send func(method, target, body string, headers ...string) (*http.Response, string)) {
	t.Helper()
	cfg, err := config.Load([]string{"OUTCRY_LISTEN=127.0.0.1:0", "OUTCRY_DATA=" + t.TempDir(), "OUTCRY_TRUSTED_PROXIES=127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	origin = "http://" + serving(t, cfg, io.Discard)
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return origin, func(method, target, body string, headers ...string) (*http.Response, string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, origin+target, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range headers {
			if name, value, found := strings.Cut(h, ": "); found {
				r.Header.Set(name, value)
			}
		}
		res, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		answer := ""
		if !strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream") {
			text, err := io.ReadAll(res.Body)
			if err != nil {
				t.Fatal(err)
			}
			answer = string(text)
		}
		return res, answer
	}
}

// routeExample returns an address of a route.
func routeExample(route string) string {
	return strings.NewReplacer(":service", "whatsapp", ":id", "whatsapp-2022-10-25-0712", ":version", "v1", "/map/:file", "/map/whatsapp.svg",
		"/badge/:file", "/badge/whatsapp.svg", "/card/:file", "/card/whatsapp.png", "/static/:file", "/static/icon.svg").Replace(route)
}

func TestASlashAtTheEndRedirectsOnEveryRoute(t *testing.T) {
	_, send := contractServer(t)
	for _, r := range routesOf(t) {
		path := routeExample(r.Path)
		if strings.HasSuffix(path, "/") {
			continue // the front page
		}
		for _, x := range []struct{ path, want string }{{path + "/", path}, {path + "//?a=b&c=%2F%2Fevil.example", path + "?a=b&c=%2F%2Fevil.example"}} {
			res, _ := send(r.Method, x.path, "")
			if redirects := res.StatusCode == http.StatusMovedPermanently || res.StatusCode == http.StatusPermanentRedirect; !redirects || res.Header.Get("Location") != x.want {
				t.Errorf("%s %s answered %d to %q, want a redirect to %s", r.Method, x.path, res.StatusCode, res.Header.Get("Location"), x.want)
			}
			if r.Method == http.MethodPost && res.StatusCode != http.StatusPermanentRedirect {
				t.Errorf("%s %s answered %d, want 308, which keeps the body", r.Method, x.path, res.StatusCode)
			}
		}
	}
	for _, path := range []string{"//evil.example/", "//evil.example//", "/%2F/evil.example/", "/%5Cevil.example/", "/%2Fevil.example%2F/", "/api/v1//evil.example/",
		"//evil.example/api/v1/services/", "/bn//evil.example/", "/api//evil.example/", "///whatsapp/", "/api/v1/%2F%2Fevil.example/"} {
		res, _ := send("GET", path, "")
		if to := res.Header.Get("Location"); strings.HasPrefix(to, "//") || strings.HasPrefix(to, "/\\") || strings.Contains(to, "://") {
			t.Errorf("GET %s redirects to %q, another site", path, to)
		}
	}
}

func TestEveryLimitedAnswerSaysWhatIsLeft(t *testing.T) {
	_, send := contractServer(t)
	const report = `{"symptom":"connection"}`
	for _, x := range []struct {
		method, path, body, policy, left string
		status                           int
	}{
		{"POST", "/api/v1/services/whatsapp/reports", report, `"reports";q=600;w=60`, `"reports";r=599;`, 202},
		{"POST", "/api/v1/services/whatsapp/reports", `{"symptom":"nosuch"}`, `"reports";q=600;w=60`, `"reports";r=59`, 422},
		{"GET", "/api/v1/services/whatsapp", "", `"pages";q=2000;w=10`, `"pages";r=1`, 200},
		{"GET", "/api/v1/services/nosuch", "", `"pages";q=2000;w=10`, `"pages";r=1`, 404},
		{"GET", "/api/v1/incidents", "", `"archives";q=500;w=20`, `"archives";r=499;`, 200},
		{"POST", "/mcp", `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"service_status","arguments":{"service":"WhatsApp"}}}`,
			`"archives";q=500;w=20`, `"archives";r=49`, 200},
		{"GET", "/card/whatsapp.png", "", `"pictures";q=200;w=20`, `"pictures";r=199;`, 200},
		{"GET", "/badge/whatsapp.svg", "", `"embeds";q=1000;w=10`, `"embeds";r=999;`, 200},
		{"GET", "/whatsapp", "", `"pages";q=2000;w=10`, `"pages";r=1`, 200},
		{"POST", "/whatsapp/visit", "", `"pages";q=2000;w=10`, `"pages";r=1`, 403},
		{"HEAD", "/api/v1/events", "", `"pages";q=2000;w=10, "streams";q=300;qu="concurrent-requests"`, `, "streams";r=299`, 200},
	} {
		res, answer := send(x.method, x.path, x.body, "Content-Type: application/json", "Accept: application/json, text/event-stream")
		if x.path == "/mcp" && !strings.Contains(answer, `\"level\":\"ok\"`) {
			t.Errorf("the tool answered %s, want that WhatsApp is ok", answer)
		}
		policy, left := res.Header.Get("RateLimit-Policy"), res.Header.Get("RateLimit")
		if res.StatusCode != x.status || policy != x.policy || !strings.Contains(left, x.left) {
			t.Errorf("%s %s answered %d with RateLimit-Policy %s and RateLimit %s, want %d, %s and %s…: %.100s",
				x.method, x.path, res.StatusCode, policy, left, x.status, x.policy, x.left, answer)
		}
	}
	// A page that is kept for all has the numbers of who asks for it. The first
	// sender has asked for others before.
	const full = `"archives";r=499;t=1`
	for _, service := range []string{"telegram", "signal", "facebook", "instagram", "youtube", "whatsapp"} {
		send("GET", "/"+service+"/history", "", "X-Forwarded-For: 203.0.113.1")
	}
	for _, header := range []string{"", `If-None-Match: *`} {
		if res, _ := send("GET", "/whatsapp/history", "", "X-Forwarded-For: 198.51.100."+strconv.Itoa(1+len(header)), header); res.Header.Get("RateLimit") != full {
			t.Errorf("the first request of a sender for a page that is kept says %s, want %s", res.Header.Get("RateLimit"), full)
		}
	}
	if res, _ := send("GET", "/healthz", ""); res.Header.Get("RateLimit") != "" {
		t.Errorf("/healthz has RateLimit %s, want none: it is not limited", res.Header.Get("RateLimit"))
	}
}
