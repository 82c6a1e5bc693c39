package publicurl

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
)

// received is what a handler behind a Resolver sees of a request.
type received struct{ sender, home, path, host string }

// world is a Resolver with its log.
type world struct {
	*Resolver
	log bytes.Buffer
}

func newWorld(t *testing.T, public string, trusted ...string) *world {
	t.Helper()
	w := &world{}
	o := Options{Public: public, IsPage: func(s string) bool { return s == "whatsapp" || s == "en" || s == "api" }, Log: slog.New(slog.NewTextHandler(&w.log, nil))}
	for _, network := range trusted {
		o.Trusted = append(o.Trusted, netip.MustParsePrefix(network))
	}
	var err error
	if w.Resolver, err = NewResolver(o); err != nil {
		t.Fatal(err)
	}
	return w
}

// receive resolves a request from an address. Headers are given as "Name: value".
func (w *world) receive(from, target string, headers ...string) received {
	req := httptest.NewRequest(http.MethodGet, target, nil)
	req.RemoteAddr, req.TLS = from, nil
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		req.Header.Add(name, value)
	}
	var got received
	w.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		sender := r.RemoteAddr
		if a, err := netip.ParseAddrPort(sender); err == nil {
			sender = a.Addr().String()
		}
		got = received{sender, Of(r).String(), r.URL.Path, r.Host}
	})).ServeHTTP(httptest.NewRecorder(), req)
	return got
}

func (w *world) warnings() int { return strings.Count(w.log.String(), "level=WARN") }

const proxy = "10.0.0.1:1234"

func TestTheSenderIsReadAsProxiesWriteIt(t *testing.T) {
	w := newWorld(t, "", "10.0.0.0/8", "fd00::/8")
	for _, x := range []struct{ headers, want string }{
		{"X-Forwarded-For: 203.0.113.1", "203.0.113.1"},
		{"X-Forwarded-For: 203.0.113.1:5555", "203.0.113.1"},
		{`X-Forwarded-For: "203.0.113.1"`, "203.0.113.1"},
		{`X-Forwarded-For: "203.0.113.1:80"`, "203.0.113.1"},
		{"X-Forwarded-For: 2001:db8:1::1", "2001:db8:1::1"},
		{"X-Forwarded-For: [2001:db8:1::1]", "2001:db8:1::1"},
		{"X-Forwarded-For: [2001:db8:1::1]:443", "2001:db8:1::1"},
		{`X-Forwarded-For: "[2001:db8:1::1]:443"`, "2001:db8:1::1"},
		{"X-Forwarded-For: ::ffff:203.0.113.1", "203.0.113.1"},
		{"X-Forwarded-For: [::ffff:203.0.113.1]:443", "203.0.113.1"},
		{"X-Forwarded-For: fe80::1%eth0", "fe80::1"},
		{"X-Forwarded-For: 198.51.100.7, 203.0.113.1", "203.0.113.1"},
		{"X-Forwarded-For: 198.51.100.7,203.0.113.1:1,10.1.1.1:2", "203.0.113.1"},
		{"X-Forwarded-For: 203.0.113.1, ::ffff:10.1.1.1", "203.0.113.1"},
		{"X-Forwarded-For: 203.0.113.1, [fd00::7]:99", "203.0.113.1"},
		{"X-Forwarded-For: 203.0.113.1, unknown", "203.0.113.1"},
		{"X-Forwarded-For: 203.0.113.1, Unknown , 10.1.1.1", "203.0.113.1"},
		{"X-Forwarded-For: 203.0.113.1, _hidden", "203.0.113.1"},
		{"X-Forwarded-For: unknown, 203.0.113.1", "203.0.113.1"},
		{"X-Forwarded-For: ,, 203.0.113.1 ,", "203.0.113.1"},
		{"X-Forwarded-For: unknown", "10.0.0.1"},
		{"X-Forwarded-For: 203.0.113.1, nonsense", "10.0.0.1"},
		{"X-Forwarded-For: 203.0.113.1, nonsense, 10.1.1.1", "10.1.1.1"},
		{"X-Forwarded-For: 10.3.3.3, 10.2.2.2", "10.3.3.3"},
		{"X-Forwarded-For: ", "10.0.0.1"},
		{"X-Forwarded-For: 198.51.100.7\nX-Forwarded-For: 203.0.113.1", "203.0.113.1"},
		{"X-Forwarded-For: 203.0.113.1\nX-Forwarded-For: 10.1.1.1", "203.0.113.1"},
		{"Forwarded: for=203.0.113.1", "203.0.113.1"},
		{"Forwarded: For=203.0.113.1; Proto=https; by=10.0.0.1", "203.0.113.1"},
		{`Forwarded: for="203.0.113.1:5555"`, "203.0.113.1"},
		{`Forwarded: for="[2001:db8:1::1]:443"`, "2001:db8:1::1"},
		{`Forwarded: for="[2001:db8:1::1]:_port"`, "2001:db8:1::1"},
		{`Forwarded: for="203.0.113.1:_port"`, "203.0.113.1"},
		{"Forwarded: for=198.51.100.7, for=203.0.113.1", "203.0.113.1"},
		{"Forwarded: for=203.0.113.1, for=10.1.1.1", "203.0.113.1"},
		{"Forwarded: for=203.0.113.1, for=unknown", "203.0.113.1"},
		{`Forwarded: for=203.0.113.1, for="unknown:99"`, "203.0.113.1"},
		{"Forwarded: for=203.0.113.1, for=_SEVKISEK", "203.0.113.1"},
		{"Forwarded: for=198.51.100.7\nForwarded: for=203.0.113.1", "203.0.113.1"},
		{"Forwarded: for=198.51.100.7, proto=https", "10.0.0.1"},
		{"Forwarded: proto=https\nX-Forwarded-For: 203.0.113.1", "203.0.113.1"},
		{"Forwarded: for=203.0.113.1\nX-Forwarded-For: 203.0.113.1", "203.0.113.1"},
		{"X-Real-IP: 203.0.113.1", "10.0.0.1"},
	} {
		if got := w.receive(proxy, "http://status.example/", strings.Split(x.headers, "\n")...).sender; got != x.want {
			t.Errorf("the sender of %q is %q, want %q", x.headers, got, x.want)
		}
	}
	if got := w.receive("@", "http://status.example/", "X-Forwarded-For: 203.0.113.1").sender; got != "@" {
		t.Errorf("the sender through a socket is %q, want what the server says", got)
	}
}

// What a client writes comes before what the proxy adds.
func TestNobodyCanChooseTheAddressThatIsCounted(t *testing.T) {
	w := newWorld(t, "", "10.0.0.0/8")
	for _, x := range []struct{ headers, want string }{
		// The proxy adds to X-Forwarded-For and passes on Forwarded.
		{"X-Forwarded-For: 192.0.2.66, 203.0.113.1", "203.0.113.1"},
		{"X-Forwarded-For: 203.0.113.1\nForwarded: for=192.0.2.66", "10.0.0.1"},
		{"X-Forwarded-For: 10.9.9.9, 203.0.113.1", "203.0.113.1"},
		{"X-Forwarded-For: 192.0.2.66, unknown, 203.0.113.1", "203.0.113.1"},
		// The proxy adds to Forwarded and passes on X-Forwarded-For.
		{"Forwarded: for=203.0.113.1\nX-Forwarded-For: 192.0.2.66", "10.0.0.1"},
		{"Forwarded: for=192.0.2.66, for=203.0.113.1", "203.0.113.1"},
		{`Forwarded: for=192.0.2.66;x=", for=203.0.113.1`, "203.0.113.1"},
		{`Forwarded: for="192.0.2.66, for="[2001:db8::1]:443"`, "2001:db8::1"},
		{`Forwarded: for=192.0.2.66;x="\, for=203.0.113.1;proto=http`, "203.0.113.1"},
		{"Forwarded: for=203.0.113.1;for=192.0.2.66", "10.0.0.1"},
		{"Forwarded: for=192.0.2.66, proto=https;host=status.example", "10.0.0.1"},
	} {
		if got := w.receive(proxy, "http://status.example/", strings.Split(x.headers, "\n")...).sender; got != x.want {
			t.Errorf("the sender of %q is %q, want %q", x.headers, got, x.want)
		}
	}
	if w.warnings() != 1 || !strings.Contains(w.log.String(), "name different senders") {
		t.Errorf("%d warnings are logged, want one about headers that differ:\n%s", w.warnings(), &w.log)
	}
	for _, headers := range []string{"X-Forwarded-For: 203.0.113.1", "Forwarded: for=203.0.113.1", "X-Forwarded-For: 127.0.0.1"} {
		if got := w.receive("192.0.2.1:1234", "http://status.example/", headers, "X-Forwarded-Host: evil.example", "X-Forwarded-Proto: https", "X-Forwarded-Prefix: /evil"); got != (received{"192.0.2.1", "http://status.example", "/", "status.example"}) {
			t.Errorf("somebody who is no proxy and sends %q is taken for %+v", headers, got)
		}
	}
}

func TestSchemeAndHostComeFromATrustedProxyOnly(t *testing.T) {
	w := newWorld(t, "", "10.0.0.0/8")
	for _, x := range []struct{ from, headers, want string }{
		{proxy, "X-Forwarded-Proto: https", "https://status.example"},
		{proxy, "X-Forwarded-Proto: HTTPS", "https://status.example"},
		{proxy, "X-Forwarded-Proto: https, http", "https://status.example"},
		{"[::ffff:10.0.0.1]:1234", "X-Forwarded-Proto: https", "https://status.example"},
		{proxy, "X-Forwarded-Proto: http", "http://status.example"},
		{proxy, "X-Forwarded-Proto: javascript", "http://status.example"},
		{proxy, "X-Forwarded-Proto: ", "http://status.example"},
		{"192.0.2.1:1234", "X-Forwarded-Proto: https", "http://status.example"},
		{proxy, "X-Forwarded-Host: Outcry.Example", "http://outcry.example"},
		{proxy, "X-Forwarded-Host: outcry.example:8443\nX-Forwarded-Proto: https", "https://outcry.example:8443"},
		{proxy, "X-Forwarded-Host: outcry.example:443\nX-Forwarded-Proto: https", "https://outcry.example"},
		{proxy, "X-Forwarded-Host: [2001:db8::1]:8443", "http://[2001:db8::1]:8443"},
		{proxy, "X-Forwarded-Host: evil.example, outcry.example", "http://outcry.example"},
		{proxy, "X-Forwarded-Host: evil.example, outcry.example, inner.example\nX-Forwarded-For: 203.0.113.1, 10.1.1.1", "http://outcry.example"},
		{proxy, "X-Forwarded-Host: outcry.example\nX-Forwarded-For: 203.0.113.1, 10.1.1.1", "http://outcry.example"},
		{proxy, `X-Forwarded-Host: a"><script>`, "http://status.example"},
		{proxy, "X-Forwarded-Host: user@outcry.example", "http://status.example"},
		{proxy, "X-Forwarded-Host: outcry.example/path", "http://status.example"},
		{proxy, "Forwarded: for=203.0.113.1;proto=https;host=outcry.example", "https://outcry.example"},
		{proxy, `Forwarded: proto=https;host="outcry.example:8443"`, "https://outcry.example:8443"},
		{proxy, "Forwarded: for=192.0.2.66;host=evil.example;proto=http, for=203.0.113.1;host=outcry.example;proto=https", "https://outcry.example"},
		{proxy, "Forwarded: for=203.0.113.1;host=outcry.example;proto=https, for=10.1.1.1;host=inner.example;proto=http", "https://outcry.example"},
		{"192.0.2.1:1234", "Forwarded: proto=https;host=evil.example", "http://status.example"},
		{"192.0.2.1:1234", "X-Forwarded-Host: evil.example", "http://status.example"},
	} {
		if got := w.receive(x.from, "http://status.example/", strings.Split(x.headers, "\n")...).home; got != x.want {
			t.Errorf("home for %q from %s is %q, want %q", x.headers, x.from, got, x.want)
		}
	}
}

func TestThePathOfThePublicURLIsTakenAwayWhereTheProxyPassesItOn(t *testing.T) {
	w := newWorld(t, "https://example.org/outcry/")
	for path, want := range map[string]string{
		"/outcry":                "/",
		"/outcry/":               "/",
		"/outcry/bn/whatsapp":    "/bn/whatsapp",
		"/bn/whatsapp":           "/bn/whatsapp",
		"/":                      "/",
		"/outcryx":               "/outcryx",
		"/outcry/%6Dethod":       "/method",
		"/outcry/a%2Fb":          "/a/b",
		"/outcry/outcry":         "/outcry",
		"/outcry//evil.example/": "//evil.example/",
	} {
		if got := w.receive("192.0.2.1:1", "http://example.org"+path); got.path != want || got.home != "https://example.org/outcry" {
			t.Errorf("%s arrives as %+v, want %s below https://example.org/outcry", path, got, want)
		}
	}
	deep := newWorld(t, "https://example.org/it/status")
	if got := deep.receive("192.0.2.1:1", "http://example.org/it/status/whatsapp").path; got != "/whatsapp" {
		t.Errorf("below a longer path, the page arrives as %s", got)
	}
}

func TestAProxySaysWhichPathItTookAway(t *testing.T) {
	w := newWorld(t, "", "10.0.0.0/8")
	for _, x := range []struct{ from, prefix, path, home, want string }{
		{proxy, "/outcry", "/whatsapp", "http://example.org/outcry", "/whatsapp"},
		{proxy, "/outcry/", "/outcry/whatsapp", "http://example.org/outcry", "/whatsapp"},
		{proxy, "/", "/whatsapp", "http://example.org", "/whatsapp"},
		{proxy, "//evil.example", "/whatsapp", "http://example.org", "/whatsapp"},
		{proxy, "/../x", "/whatsapp", "http://example.org", "/whatsapp"},
		{proxy, `/a"b`, "/whatsapp", "http://example.org", "/whatsapp"},
		{proxy, "outcry", "/whatsapp", "http://example.org", "/whatsapp"},
		{proxy, "/en", "/en/whatsapp", "http://example.org/en", "/en/whatsapp"},
		{"192.0.2.1:1", "/outcry", "/outcry/whatsapp", "http://example.org", "/outcry/whatsapp"},
	} {
		got := w.receive(x.from, "http://example.org"+x.path, "X-Forwarded-Prefix: "+x.prefix)
		if got.home != x.home || got.path != x.want {
			t.Errorf("%s with X-Forwarded-Prefix %q from %s arrives as %s of %s, want %s of %s", x.path, x.prefix, x.from, got.path, got.home, x.want, x.home)
		}
	}
	set := newWorld(t, "https://example.org", "10.0.0.0/8")
	if got := set.receive(proxy, "http://example.org/whatsapp", "X-Forwarded-Prefix: /outcry", "X-Forwarded-Proto: http", "X-Forwarded-Host: example.org"); got.home != "https://example.org" {
		t.Errorf("home is %s though OUTCRY_PUBLIC_URL is https://example.org", got.home)
	}
}

func TestATrustedProxyNamesTheHostThatIsCheckedAgainstThePublicURL(t *testing.T) {
	for _, x := range []struct{ from, headers, want string }{
		{proxy, "X-Forwarded-Host: Outcry.Example", "Outcry.Example"},
		{proxy, "Forwarded: for=203.0.113.1;host=outcry.example", "outcry.example"},
		{proxy, "Accept: text/html", "127.0.0.1:8080"},
		{"192.0.2.1:1", "X-Forwarded-Host: outcry.example", "127.0.0.1:8080"},
	} {
		w := newWorld(t, "https://outcry.example", "10.0.0.0/8")
		if got := w.receive(x.from, "http://127.0.0.1:8080/", x.headers); got.host != x.want || got.home != "https://outcry.example" {
			t.Errorf("with %q from %s the host is %s of %s, want %s of https://outcry.example", x.headers, x.from, got.host, got.home, x.want)
		}
	}
}

func TestAPathThatBeginsLikeAPageIsRefused(t *testing.T) {
	for _, public := range []string{"https://example.org/whatsapp", "https://example.org/en/outcry", "https://example.org/api"} {
		_, err := NewResolver(Options{Public: public, IsPage: func(s string) bool { return s == "whatsapp" || s == "en" || s == "api" }})
		if err == nil || !strings.Contains(err.Error(), "OUTCRY_PUBLIC_URL: the path /") {
			t.Errorf("%s: the error is %v, want one about the path", public, err)
		}
	}
}

func TestAProxyThatIsNotTrustedIsLoggedOnce(t *testing.T) {
	for _, x := range []struct {
		name    string
		trusted []string
		from    string
		header  string
		want    string // "" for no warning
	}{
		{"nobody is trusted", nil, "127.0.0.1:1", "X-Forwarded-For: 203.0.113.1", "proxy=127.0.0.1"},
		{"nobody is trusted, by the other header", nil, "10.0.0.1:1", "Forwarded: for=203.0.113.1", "proxy=10.0.0.1"},
		{"nobody is trusted, from afar", nil, "203.0.113.9:1", "X-Forwarded-For: 203.0.113.1", "no proxy is trusted"},
		{"another is trusted", []string{"10.0.0.1/32"}, "10.0.0.2:1", "X-Forwarded-For: 203.0.113.1", "proxy=10.0.0.2"},
		{"another is trusted, from afar", []string{"10.0.0.1/32"}, "203.0.113.9:1", "X-Forwarded-For: 203.0.113.1", ""},
		{"it is trusted", []string{"10.0.0.1/32"}, "10.0.0.1:1", "X-Forwarded-For: 203.0.113.1", ""},
		{"there is no proxy", nil, "127.0.0.1:1", "Accept: text/html", ""},
	} {
		w := newWorld(t, "", x.trusted...)
		for range 3 {
			w.receive(x.from, "http://status.example/", x.header)
		}
		if got := w.warnings(); got != min(len(x.want), 1) || !strings.Contains(w.log.String(), x.want) || strings.Contains(w.log.String(), "203.0.113") {
			t.Errorf("%s: %d warnings are logged, want %q once:\n%s", x.name, got, x.want, &w.log)
		}
		if x.want != "" && !strings.Contains(w.log.String(), "OUTCRY_TRUSTED_PROXIES") {
			t.Errorf("%s: the warning does not say what to set:\n%s", x.name, &w.log)
		}
	}
}
