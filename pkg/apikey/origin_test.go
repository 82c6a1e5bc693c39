package apikey

import "testing"

func TestOriginsAreThoseThatBrowsersSend(t *testing.T) {
	for _, origin := range []string{
		"https://news.example", "https://news.example:8443", "https://xn--bcher-kva.example", "https://203.0.113.7", "https://[2001:db8::1]:8443",
		"http://localhost", "http://localhost:3000", "http://app.localhost:3000", "http://127.0.0.1:8080", "http://[::1]:8080",
	} {
		if err := CheckOrigin(origin); err != nil {
			t.Errorf("CheckOrigin(%q) = %v, want nil", origin, err)
		}
	}
	for _, text := range []string{
		"", "null", "*", "https://*.news.example", "https://*", "news.example", "//news.example", "https://", "https:news.example",
		"http://news.example", "http://localhost.example", "http://203.0.113.7", "ftp://news.example", "file:///home", "chrome-extension://abc", "javascript:alert(1)",
		"https://news.example/", "https://news.example/path", "https://news.example?q", "https://news.example#a", "https://me@news.example", "https://news.example?",
		"https://News.example", "HTTPS://news.example", "https://bücher.example", "https://news.example.", "https://news example", "https://news.example, https://b.example",
		"https://news.example:", "https://news.example:443", "http://localhost:80", "https://news.example:0", "https://news.example:70000", "https://news.example:08443",
	} {
		if CheckOrigin(text) == nil {
			t.Errorf("CheckOrigin(%q) = nil, want an error", text)
		}
	}
}
