package app

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
)

// hostile makes requests that a person would not send. The same seed makes the
// same requests.
type hostile struct {
	*rand.Rand
	routes gin.RoutesInfo
	base   string
}

// hostileRequest is a request with what is needed to send it again by hand.
type hostileRequest struct {
	method, path string
	header       http.Header
	host         string
	body         []byte
}

func (q hostileRequest) String() string {
	return fmt.Sprintf("%s %.300q host %.60q headers %.400q body %.200q", q.method, q.path, q.host, q.header, q.body)
}

// one returns an element of a list.
func (h hostile) one(list ...string) string { return list[h.IntN(len(list))] }

// chance reports true in so many of a hundred cases.
func (h hostile) chance(percent int) bool { return h.IntN(100) < percent }

// next returns the next request.
func (h hostile) next() hostileRequest {
	route := h.routes[h.IntN(len(h.routes))]
	q := hostileRequest{method: route.Method, path: h.fill(route.Path), header: http.Header{}, host: "outcry.test"}
	if h.chance(5) { // some must arrive
		q.method, q.path = "POST", "/api/v1/services/whatsapp/reports"
	}
	if h.chance(5) {
		q.method = h.one("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND")
	}
	if h.chance(5) {
		q.path = "/" + h.junk()
	}
	if h.chance(70) {
		q.path += "?" + h.query()
	}
	if h.chance(10) {
		q.host = h.one("attacker.test", "localhost", "outcry.test:99999", "[::1]", "a..b", strings.Repeat("x", 300))
	}
	h.setHeaders(&q)
	if q.method == "POST" || h.chance(3) {
		q.body = h.body(&q)
	}
	return q
}

// fill replaces the parameters of a route.
func (h hostile) fill(route string) string {
	parts := strings.Split(route, "/")
	for i, part := range parts {
		switch {
		case !strings.HasPrefix(part, ":") && !strings.HasPrefix(part, "*"):
		case h.chance(25):
			parts[i] = h.junk()
		case part == ":file":
			parts[i] = h.one(services...) + h.one(".png", ".svg", "", ".png.svg")
		case part == ":version":
			parts[i] = h.one("v1", "1.0.0", "..", "v2")
		case part == ":id":
			parts[i] = h.one("whatsapp-2022-10-25-0637", "a-0000-00-00-0000", strings.Repeat("a", 56))
		default:
			parts[i] = h.one(services...)
		}
	}
	return strings.Join(parts, "/")
}

var services = []string{"whatsapp", "facebook", "instagram", "telegram", "signal", "youtube", "gmail", "netflix", "WhatsApp", "nosuch"}

// junk returns something that is not expected, escaped as part of a path.
func (h hostile) junk() string {
	return url.PathEscape(h.text())
}

// text returns text that may be of any kind.
func (h hostile) text() string {
	switch h.IntN(8) {
	case 0:
		return h.one("..", "../../etc/passwd", "%00", "\x00", "'; DROP TABLE reports; --", `"><script>alert(1)</script>`, "{{.}}", "${jndi:x}", "\u202e", "NaN", "-1", "null")
	case 1:
		return strings.Repeat(h.one("a", "é", "ব", "\xff", "/", "%", " "), 1+h.IntN(3000))
	case 2:
		b := make([]byte, h.IntN(40))
		for i := range b {
			b[i] = byte(h.IntN(256))
		}
		return string(b)
	case 3:
		return fmt.Sprint(int64(h.Uint64()))
	case 4:
		return time.Unix(h.Int64N(4e9), 0).UTC().Format(time.RFC3339)
	case 5:
		return h.one("9999999-99-99T00:00:00Z", "0001-01-01T00:00:00Z", "2022-10-25T07:00:00+99:99", "1969-12-31T23:59:59.999999999Z", "1e309")
	default:
		return h.one("en", "bn", "IN", "BD", "ZZ", "15m", "24h", "1m", "30m", "connection", "login", "json", "xml", "1", "0", "2000", "usual", "dark", "whatsapp", "found", "outage")
	}
}

// query returns a query with parameters that routes know and others.
func (h hostile) query() string {
	var b strings.Builder
	for range 1 + h.IntN(5) {
		name := h.one("lang", "zone", "window", "country", "symptom", "step", "from", "to", "cursor", "before", "limit", "level", "query", "q", "part",
			"metric", "theme", "title", "url", "format", "maxwidth", "maxheight", "state", "category", "service", "range", "said", "at", "said_at", "kind", "home", h.junk())
		value := h.text()
		if h.chance(30) { // what takes long to read
			value = h.one("24h", "1m", time.Now().AddDate(0, 0, -h.IntN(2000)).UTC().Format(time.RFC3339))
		}
		if h.chance(95) {
			value = url.QueryEscape(value)
		} else {
			value = strings.NewReplacer(" ", "", "\n", "", "\r", "", "\x00", "", "#", "").Replace(value)
		}
		fmt.Fprintf(&b, "%s=%s&", name, value)
	}
	return b.String()
}

// setHeaders sets headers, among them the address of the sender.
func (h hostile) setHeaders(q *hostileRequest) {
	// A quarter of the requests come from one address, which is soon limited, a
	// quarter from one allocation, and the others from everywhere.
	from := "2001:db8::1"
	switch h.IntN(4) {
	case 0:
		from = fmt.Sprintf("2001:db8:%x:%x::1", h.IntN(8), h.IntN(64))
	case 1, 2:
		from = fmt.Sprintf("%d.%d.%d.%d", 1+h.IntN(220), h.IntN(256), h.IntN(256), h.IntN(256))
	}
	if h.chance(3) {
		from = h.one("unknown", "", "127.0.0.1, 127.0.0.1", "[::1]:99999", strings.Repeat("1.1.1.1, ", 200), "fe80::1%eth0")
	}
	q.header.Set("X-Forwarded-For", from)
	for range h.IntN(4) {
		name := h.one("Accept-Language", "If-None-Match", "Last-Event-ID", "Authorization", "Origin", "Sec-Fetch-Site", "Content-Type", "Accept-Encoding", "User-Agent",
			"X-Forwarded-Proto", "Range", "Referer", "Access-Control-Request-Method", "Cookie", "Expect", "Upgrade")
		value := h.text()
		switch {
		case name == "Last-Event-ID" && h.chance(60):
			value = h.one("0", "1", "9223372036854775807", "-5")
		case name == "Authorization" && h.chance(60):
			value = "Bearer outcry_server_" + strings.Repeat(h.one("a", "B", "7"), h.IntN(60))
		case name == "Content-Type" && h.chance(60):
			value = h.one("application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain")
		case name == "Expect", name == "Upgrade":
			value = h.one("100-continue", "websocket", "h2c")
		}
		value = strings.Map(func(r rune) rune {
			if r < ' ' || r == 0x7f || r == 0xfffd {
				return -1
			}
			return r
		}, value)
		q.header.Set(name, value)
	}
}

// body returns a body, and sets its type.
func (h hostile) body(q *hostileRequest) []byte {
	if h.chance(30) { // a proper report
		q.header.Set("Content-Type", "application/json")
		return []byte(`{"symptom":"connection","country":"IN","device":"` + fmt.Sprint(h.IntN(1000)) + `"}`)
	}
	if h.chance(70) {
		q.header.Set("Content-Type", h.one("application/json", "application/json", "application/x-www-form-urlencoded"))
	}
	switch h.IntN(8) {
	case 0:
		return []byte(h.text())
	case 1:
		return []byte("symptom=" + url.QueryEscape(h.text()) + "&state=" + url.QueryEscape(h.text()))
	case 2:
		return []byte("symptom=connection")
	case 3:
		return bytes.Repeat([]byte(h.one("[", `{"a":`, `{"reports":[{`)), 1+h.IntN(20_000))
	case 4:
		return bytes.Repeat([]byte("x"), h.IntN(3<<20)) //nolint:gosec // this is a test
	case 5:
		return []byte(`{"reports":[` + strings.Repeat(`{"service":"whatsapp","symptom":"login","ip":"1.2.3.4"},`, h.IntN(1500)) + `{}]}`)
	case 6:
		return fmt.Appendf(nil, `{"symptom":%q,"country":%q,"id":%q,"occurred_at":%q,"device":%q}`, h.text(), h.text(), h.text(), h.text(), h.text())
	case 7:
		return []byte(h.one("null", "[]", `{"symptom":null}`, `{"symptom":1e999}`, "\xff\xfe{", ""))
	}
	return nil
}

// request returns q for a client, or nil if a client of Go refuses to send it.
func (q hostileRequest) request(base string) *http.Request {
	var body io.Reader
	if q.body != nil {
		body = bytes.NewReader(q.body)
	}
	req, err := http.NewRequest(q.method, base+q.path, body)
	if err != nil {
		return nil
	}
	req.Header, req.Host = q.header, q.host
	return req
}
