package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// behind starts Outcry with the settings that an example names, and the proxy of the
// example before it.
func behind(t *testing.T, kind, example string, changes ...string) *reverseProxy {
	t.Helper()
	if testing.Short() {
		t.Skip("it starts a proxy and a server")
	}
	tool(t, kind)
	text := readExample(t, kind+"/"+example)
	settings := settingsOf(t, text)
	p := &reverseProxy{t: t}
	for _, setting := range settings {
		if public, ok := strings.CutPrefix(setting, "OUTCRY_PUBLIC_URL="); ok {
			p.public = strings.TrimSuffix(public, "/")
		}
	}
	p.outcry = exampleServer(t, t.TempDir(), append(settings, "OUTCRY_TICK=1s", "OUTCRY_LOG=info")...)
	address := strings.TrimPrefix(p.outcry.url, "http://")
	text = replaced(t, text, append(changes, "127.0.0.1:8080", address)...)
	if kind == "caddy" {
		host := strings.Split(strings.TrimPrefix(p.public, "https://"), "/")[0]
		p.port, p.roots = startCaddy(t, replaced(t, text, "\n"+host+" {\n", "\n"+host+" {\n\ttls CERT KEY\n"))
		return p
	}
	host := strings.Split(strings.TrimPrefix(p.public, "https://"), "/")[0]
	text = replaced(t, text, "listen 443 ", "listen 127.0.0.1:PORT ", "/etc/letsencrypt/live/"+host+"/fullchain.pem", "CERT", "/etc/letsencrypt/live/"+host+"/privkey.pem", "KEY")
	text = strings.ReplaceAll(text, "listen 80;", "listen unix:FOLDER/plain;")
	p.port, p.roots = startNginx(t, text)
	return p
}

func TestEverythingWorksBehindProxies(t *testing.T) {
	const below = "outcry-below-a-path.conf"
	for _, x := range []struct {
		name, kind, example string
		changes             []string
	}{
		{"nginx at the root", "nginx", "outcry.conf", nil},
		{"nginx below a path, which it passes on", "nginx", below, nil},
		{"nginx below a path, which it takes away", "nginx", below, []string{"proxy_pass http://outcry;", "proxy_pass http://outcry/;"}},
		{"Caddy at the root", "caddy", "Caddyfile", nil},
		{"Caddy below a path, which it passes on", "caddy", "Caddyfile.below-a-path", nil},
		{"Caddy below a path, which it takes away", "caddy", "Caddyfile.below-a-path", []string{"\n\thandle /outcry/* {", "\n\thandle_path /outcry/* {"}},
	} {
		t.Run(x.name, func(t *testing.T) {
			p := behind(t, x.kind, x.example, x.changes...)
			if answer, body := p.call("127.0.0.1", http.MethodPost, p.public+"/api/v1/services/whatsapp/reports", `{"symptom":"messaging","country":"BD"}`, "Content-Type", "application/json"); answer.StatusCode != http.StatusAccepted {
				t.Fatalf("a report is answered %d: %s", answer.StatusCode, body)
			}
			p.crawl()
			p.redirects()
			p.forms()
			p.tools()
			p.events()
			p.senders()
			if log := p.outcry.log.String(); strings.Contains(log, "level=WARN") || strings.Contains(log, "level=ERROR") {
				t.Errorf("a warning is logged:\n%s", log)
			}
		})
	}
}

// call sends a request through the proxy from an address of this machine.
func (p *reverseProxy) call(from, method, address, body string, header ...string) (*http.Response, string) {
	p.t.Helper()
	req, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := p.from(from).Do(req)
	if err != nil {
		p.t.Fatalf("%s %s: %v\n%s", method, address, err, p.outcry.log)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		p.t.Fatalf("%s %s: %v", method, address, err)
	}
	return res, string(text)
}

// redirects checks where redirects lead.
func (p *reverseProxy) redirects() {
	for from, to := range map[string]string{
		"/WhatsApp/?window=1h": "/whatsapp?window=1h", "/bn/": "/bn", "/BN/whatsapp/": "/bn/whatsapp", "/whatsapp/report": "/whatsapp",
		"/?q=whatsapp": "/whatsapp", "/api/v1/services/": "/api/v1/services",
	} {
		res, _ := p.call("127.0.0.1", http.MethodGet, p.public+from, "")
		at, err := res.Location()
		if err != nil || at.String() != p.public+to {
			p.t.Errorf("%s answers %d and leads to %v (%v), want %s", from, res.StatusCode, at, err, p.public+to)
		}
	}
}

// forms presses report buttons as browsers without a script do.
func (p *reverseProxy) forms() {
	u, err := url.Parse(p.public)
	if err != nil {
		p.t.Fatal(err)
	}
	form := []string{"Content-Type", "application/x-www-form-urlencoded", "Origin", u.Scheme + "://" + u.Host}
	for _, x := range []struct{ path, body string }{
		{"/bn/telegram/report", "symptom=messaging&device=form-of-a-page"},
		{"/embed/report/telegram?lang=bn", "symptom=messaging&confirm=yes&device=form-in-a-frame"},
	} {
		res, body := p.call("127.0.0.1", http.MethodPost, p.public+x.path, x.body, form...)
		at, err := res.Location()
		if res.StatusCode != http.StatusSeeOther || err != nil || !strings.HasPrefix(at.String(), p.public+"/") || !strings.Contains(at.RawQuery, "said=") {
			p.t.Errorf("POST %s answers %d and leads to %v: %s", x.path, res.StatusCode, at, body)
			continue
		}
		if shown, body := p.call("127.0.0.1", http.MethodGet, at.String(), ""); shown.StatusCode != http.StatusOK || !strings.Contains(body, `class="said"`) {
			p.t.Errorf("%s answers %d without the answer to the press", at, shown.StatusCode)
		}
	}
	res, body := p.call("127.0.0.1", http.MethodPost, p.public+"/telegram/report", "symptom=messaging", "Content-Type", form[1], "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site")
	if res.StatusCode != http.StatusForbidden || strings.Contains(body, "said") {
		p.t.Errorf("the form of another site is answered %d", res.StatusCode)
	}
}

// tools asks for the tools of programs that use language models.
func (p *reverseProxy) tools() {
	const hello = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"test","version":"1"}}}`
	res, body := p.call("127.0.0.1", http.MethodPost, p.public+"/mcp", hello, "Content-Type", "application/json", "Accept", "application/json, text/event-stream")
	if res.StatusCode != http.StatusOK || !strings.Contains(body, `"serverInfo"`) {
		p.t.Errorf("POST /mcp answers %d: %s", res.StatusCode, body)
	}
}

// events opens an event stream, reports, and waits for the event.
func (p *reverseProxy) events() {
	ctx, cancel := context.WithTimeout(p.t.Context(), 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.public+"/api/v1/events?service=signal", nil)
	if err != nil {
		p.t.Fatal(err)
	}
	res, err := p.from("127.0.0.1").Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer res.Body.Close()
	arrived := make(chan string, 1)
	go func() { // ends with the stream
		lines := bufio.NewScanner(res.Body)
		for lines.Scan() {
			if strings.HasPrefix(lines.Text(), "data:") && strings.Contains(lines.Text(), `"observed":1`) {
				break
			}
		}
		arrived <- fmt.Sprint(lines.Text(), lines.Err())
	}()
	if answer, body := p.call("127.0.0.1", http.MethodPost, p.public+"/api/v1/services/signal/reports", `{"symptom":"messaging"}`, "Content-Type", "application/json"); answer.StatusCode != http.StatusAccepted {
		p.t.Fatalf("a report is answered %d: %s", answer.StatusCode, body)
	}
	if event := <-arrived; !strings.Contains(event, `"observed":1`) {
		p.t.Errorf("the stream ends with %q, want the event of the report", event)
	}
}

// senders reports from two addresses, and from one of them as if from others.
func (p *reverseProxy) senders() {
	if runtime.GOOS != "linux" {
		return // other systems have one address of the loopback network
	}
	report := func(from string, header ...string) string {
		res, body := p.call(from, http.MethodPost, p.public+"/api/v1/services/whatsapp/reports", `{"symptom":"messaging"}`, append(header, "Content-Type", "application/json")...)
		for _, status := range []string{"counted", "repeat", "shared", "limited"} {
			if strings.Contains(body, `"status":"`+status+`"`) {
				return status
			}
		}
		return fmt.Sprint(res.StatusCode, body)
	}
	var got []string
	for _, from := range []string{"127.0.0.2", "127.0.0.3", "127.0.0.2"} {
		got = append(got, report(from))
	}
	for i, name := range []string{"X-Forwarded-For", "X-Real-IP", "Client-IP", "True-Client-IP", "CF-Connecting-IP"} {
		got = append(got, report("127.0.0.2", name, fmt.Sprintf("203.0.113.%d", i)))
	}
	got = append(got, report("127.0.0.2", "Forwarded", "for=203.0.113.99"))
	counted := 0
	for _, status := range got {
		if status == "counted" {
			counted++
		}
	}
	if counted != 2 || got[0] != "counted" || got[1] != "counted" {
		p.t.Errorf("reports from two addresses, then again from the first with headers that name others: %v, want two of them counted", got)
	}
}

// nginxDefaults is the least that somebody writes.
const nginxDefaults = `server {
	listen 127.0.0.1:PORT ssl;
	ssl_certificate CERT;
	ssl_certificate_key KEY;
	location / {
		proxy_pass %s;
	}
}`

func TestBehindNginxWithItsDefaultsAReportWorksOrTheLogSaysWhatToSet(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts a proxy and a server")
	}
	tool(t, "nginx")
	p := &reverseProxy{t: t, public: "https://outcry.example", outcry: startServer(t, t.TempDir(), "OUTCRY_LOG=info")}
	p.port, p.roots = startNginx(t, fmt.Sprintf(nginxDefaults, p.outcry.url))
	post := func(service string, header ...string) (int, string) {
		res, _ := p.call("127.0.0.1", http.MethodPost, p.public+"/"+service+"/report", "symptom=messaging",
			append(header, "Content-Type", "application/x-www-form-urlencoded", "Origin", p.public)...)
		return res.StatusCode, res.Header.Get("Location")
	}
	if code, to := post("whatsapp", "Sec-Fetch-Site", "same-origin"); code != http.StatusSeeOther || !strings.HasPrefix(to, "/whatsapp?") && !strings.HasPrefix(to, p.public+"/whatsapp?") {
		t.Errorf("the form of a browser that says same-origin is answered %d and leads to %q, want 303", code, to)
	}
	for range 2 {
		if code, _ := post("telegram"); code != http.StatusForbidden {
			t.Errorf("the form of an old browser is answered %d, want 403", code)
		}
	}
	var warnings []string
	for line := range strings.SplitSeq(p.outcry.log.String(), "\n") {
		if strings.Contains(line, "level=WARN") {
			warnings = append(warnings, line)
		}
	}
	about := func(text string) bool {
		return slices.ContainsFunc(warnings, func(line string) bool {
			return strings.Contains(line, text) && strings.Contains(line, "OUTCRY_PUBLIC_URL") && strings.Contains(line, "proxy_set_header Host") && strings.Contains(line, "origin=https://outcry.example")
		})
	}
	if len(warnings) != 2 || !about("visitors reach this server at another address") || !about("refused a form or call of another site") {
		t.Errorf("the log has %d warnings, want one for each kind that says what to set:\n%s", len(warnings), strings.Join(warnings, "\n"))
	}
}
