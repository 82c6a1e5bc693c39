package main

import (
	"html"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/locale"
)

// served are addresses of every kind that the server has.
var served = []string{
	"/", "/bn", "/?country=BD", "/whatsapp", "/bn/whatsapp/history", "/incidents/whatsapp-2022-10-25-0712", "/method", "/developers?kind=report", "/developers?kind=chart", "/admin", "/offline",
	"/robots.txt", "/sitemap.xml", "/bn/sitemap.xml", "/favicon.ico", "/manifest.webmanifest", "/bn/manifest.webmanifest", "/sw.js", "/feed.atom", "/bn/whatsapp/feed.atom",
	"/widget/v1/outcry.js", "/widget/v1/heatmap/whatsapp", "/widget/v1/chart/whatsapp?lang=bn", "/embed/heatmap/whatsapp", "/embed/report/whatsapp?lang=bn",
	"/map/whatsapp.svg", "/badge/whatsapp.svg", "/card/whatsapp.png", "/api/v1/openapi.yaml", "/api/v1/services/whatsapp", "/api/v1/incidents", "/api/v1/incidents.csv?limit=1",
	"/api/v1/services/whatsapp/archive?format=csv&limit=1", "/api/v2/summary.json", "/whatsapp/api/v2/incidents.json", "/healthz", "/readyz",
}

// missed are what a crawl must find by itself, as parts of addresses.
var missed = []string{
	"/static/outcry.", "/static/embed.", "/static/press.", "/static/tell.", "/static/admin.", "/static/world.", "/static/icon-512.", "/card/whatsapp.png?lang=", "/oembed?url=",
	"/manifest.webmanifest", "/feed.atom", "/widget/v1/outcry.js", "/embed/report/whatsapp", "/api/v1/openapi.yaml", "/archive?format=csv", "/incidents/whatsapp-2022-10-25-0712",
}

var (
	attribute = regexp.MustCompile(`\s(?:href|src|action|formaction|content|data-visit|data-worker)="([^"]*)"`)
	complete  = regexp.MustCompile(`https?://[^\s"'<>\\)&;,]+`)
	rooted    = regexp.MustCompile(`"(?:src|id|scope|start_url)":"([^"]*)"|- url: (\S+)|(?:Disallow|Allow): (\S+)|<([^>]+)>; rel="next"`)
)

// crawl asks for every address of the server and for those that the answers name,
// and checks that each of them begins as visitors reach the server.
func (p *reverseProxy) crawl() {
	waiting, seen := []string{p.public + "/oembed?format=xml&url=" + url.QueryEscape(p.public+"/bn/whatsapp")}, map[string]bool{}
	for _, path := range served {
		waiting = append(waiting, p.public+path)
	}
	for len(waiting) > 0 {
		address := waiting[0]
		waiting = waiting[1:]
		if seen[address] {
			continue
		}
		seen[address] = true
		res, body := p.call("127.0.0.1", http.MethodGet, address, "")
		if to, err := res.Location(); err == nil {
			waiting = append(waiting, p.checked(address, to.String())...)
			continue
		}
		if res.StatusCode != http.StatusOK {
			p.t.Errorf("%s answers %d", address, res.StatusCode)
			continue
		}
		if strings.Contains(body, strings.TrimPrefix(p.outcry.url, "http://")) {
			p.t.Errorf("%s names the address of the server behind the proxy", address)
		}
		for _, found := range p.addresses(res, body) {
			waiting = append(waiting, p.checked(address, found)...)
		}
	}
	for _, part := range missed {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(seen)), func(address string) bool {
			return strings.HasPrefix(address, p.public) && strings.Contains(address, part)
		}) {
			p.t.Errorf("no answer names an address with %s", part)
		}
	}
	if len(seen) > 400 {
		p.t.Errorf("%d addresses were asked for; the crawl should leave out what is alike", len(seen))
	}
}

// addresses returns the addresses that an answer names.
func (p *reverseProxy) addresses(res *http.Response, body string) []string {
	var all []string
	kind := res.Header.Get("Content-Type")
	if strings.HasPrefix(kind, "text/html") {
		for _, match := range attribute.FindAllStringSubmatch(body, -1) {
			text := html.UnescapeString(match[1])
			if !strings.HasPrefix(match[0], " content") || strings.HasPrefix(text, "/") || strings.HasPrefix(text, "http") {
				all = append(all, text)
			}
		}
		return append(all, own(p.public, complete.FindAllString(html.UnescapeString(body), -1))...)
	}
	if !strings.HasPrefix(kind, "text/javascript") {
		all = own(p.public, complete.FindAllString(body, -1))
	}
	for _, match := range rooted.FindAllStringSubmatch(body+"\n"+res.Header.Get("Link"), -1) {
		for _, text := range match[1:] {
			if strings.HasPrefix(text, "/") && !strings.Contains(text, "*") && !strings.HasPrefix(match[0], "Disallow") && !strings.HasPrefix(match[0], "- url") {
				all = append(all, text)
			} else if strings.HasPrefix(text, "/") && !strings.HasPrefix(text, base(p.public)+"/") {
				p.t.Errorf("%s names %s, want it below %s/", res.Request.URL, match[0], base(p.public))
			}
		}
	}
	return all
}

// own returns those of some addresses that have the host of the server.
func own(public string, all []string) []string {
	u, _ := url.Parse(public)
	return slices.DeleteFunc(all, func(address string) bool {
		other, err := url.Parse(address)
		return err != nil || other.Hostname() != u.Hostname()
	})
}

// base returns the path of a URL.
func base(public string) string {
	u, _ := url.Parse(public)
	return u.Path
}

// checked returns the address that a page names as found, if it is to be asked for.
// It must begin as visitors reach the server.
func (p *reverseProxy) checked(page, found string) []string {
	from, err := url.Parse(page)
	if err != nil {
		p.t.Fatal(err)
	}
	to, err := from.Parse(found)
	if err != nil {
		p.t.Errorf("%s names %q, which is no address", page, found)
		return nil
	}
	to.Fragment = ""
	if to.Scheme != "http" && to.Scheme != "https" || strings.HasPrefix(found, "#") {
		return nil
	}
	address := to.String()
	if address != p.public && !strings.HasPrefix(address, p.public+"/") {
		p.t.Errorf("%s names %s, want an address below %s/", page, found, p.public)
		return nil
	}
	if strings.Contains(found, "/report") && !strings.Contains(found, "/embed/") || strings.Contains(found, "/visit") || strings.HasSuffix(to.Path, "/mcp") || strings.Contains(found, "/api/v1/") && !strings.Contains(found, "csv") && !strings.Contains(found, "openapi") {
		return nil // forms, and examples of calls
	}
	if isAlike(strings.TrimPrefix(to.Path, base(p.public))) || len(to.Query()) > 2 && !strings.Contains(found, "/embed/") {
		return nil
	}
	return []string{address}
}

// isAlike reports whether a page differs only by language or service from one that
// is asked for.
func isAlike(path string) bool {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	if slices.Contains(locale.Codes(), parts[0]) {
		if parts[0] != "bn" {
			return true
		}
		parts = parts[1:]
	}
	if len(parts) == 0 {
		return false
	}
	_, isService := catalog.Default().Service(parts[0])
	return isService && parts[0] != "whatsapp"
}
