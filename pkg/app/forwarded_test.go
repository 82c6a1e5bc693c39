package app

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/pkg/site"
)

// received is what a handler behind forwarded sees of a request.
type received struct{ sender, home string }

// receive sends a request from an address and returns what arrives behind a trust
// in 10.0.0.0/8.
func receive(t *testing.T, from string, headers http.Header) received {
	t.Helper()
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	if err := r.SetTrustedProxies([]string{"10.0.0.0/8"}); err != nil {
		t.Fatal(err)
	}
	r.RemoteIPHeaders = []string{forwardedFor}
	var got received
	r.Use(forwarded([]netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}))
	r.GET("/", func(c *gin.Context) { got = received{c.ClientIP(), (&site.Site{}).Home(c.Request)} })
	req := httptest.NewRequest("GET", "http://status.example/", nil)
	req.RemoteAddr, req.Header = from, headers
	r.ServeHTTP(httptest.NewRecorder(), req)
	return got
}

func TestTheSenderIsReadAsProxiesWriteIt(t *testing.T) {
	for line, want := range map[string]string{
		"203.0.113.1":                           "203.0.113.1",
		"203.0.113.1:5555":                      "203.0.113.1",
		`"203.0.113.1"`:                         "203.0.113.1",
		"2001:db8:1::1":                         "2001:db8:1::1",
		"[2001:db8:1::1]":                       "2001:db8:1::1",
		"[2001:db8:1::1]:443":                   "2001:db8:1::1",
		`"[2001:db8:1::1]:443"`:                 "2001:db8:1::1",
		"198.51.100.7, 203.0.113.1":             "203.0.113.1",
		"198.51.100.7,203.0.113.1:1,10.1.1.1:2": "203.0.113.1",
		"203.0.113.1, unknown":                  "203.0.113.1",
		"203.0.113.1, Unknown , 10.1.1.1":       "203.0.113.1",
		"unknown, 203.0.113.1":                  "203.0.113.1",
		"unknown":                               "10.0.0.1",
		"203.0.113.1, nonsense":                 "10.0.0.1",
		"":                                      "10.0.0.1",
	} {
		if got := receive(t, "10.0.0.1:1234", http.Header{forwardedFor: {line}}).sender; got != want {
			t.Errorf("the sender of %q is %q, want %q", line, got, want)
		}
	}
	if got := receive(t, "192.0.2.1:1234", http.Header{forwardedFor: {"203.0.113.1"}}).sender; got != "192.0.2.1" {
		t.Errorf("somebody who is no proxy is taken for %q, want 192.0.2.1", got)
	}
	if got := receive(t, "10.0.0.1:1234", http.Header{forwardedFor: {"198.51.100.7", "203.0.113.1"}}).sender; got != "203.0.113.1" {
		t.Errorf("with two lines the sender is %q, want the one that the proxy added", got)
	}
}

func TestTheSchemeIsTakenFromATrustedProxyOnly(t *testing.T) {
	for _, c := range []struct{ from, proto, want string }{
		{"10.0.0.1:1234", "https", "https://status.example"},
		{"10.0.0.1:1234", "HTTPS", "https://status.example"},
		{"10.0.0.1:1234", "https, http", "https://status.example"},
		{"[::ffff:10.0.0.1]:1234", "https", "https://status.example"},
		{"10.0.0.1:1234", "http", "http://status.example"},
		{"10.0.0.1:1234", "", "http://status.example"},
		{"10.0.0.1:1234", "javascript", "http://status.example"},
		{"192.0.2.1:1234", "https", "http://status.example"},
	} {
		if got := receive(t, c.from, http.Header{forwardedProto: {c.proto}}).home; got != c.want {
			t.Errorf("home for %q from %s is %q, want %q", c.proto, c.from, got, c.want)
		}
	}
}
