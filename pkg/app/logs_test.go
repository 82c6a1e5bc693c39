package app

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
)

func TestServerLogHasNoAddresses(t *testing.T) {
	for _, message := range []string{
		"http: TLS handshake error from 81.2.69.142:51234: EOF",
		"http: panic serving [2a02:6b8:77:31::142]:443: oh no\ngoroutine 7 [running]:\nmain.f(0x81, 2a02:6b8:77:31::142)",
		"http: response.WriteHeader on hijacked connection from fe80::1%eth0",
		"http: TLS handshake error from [::1]:50777: EOF",
		"http: TLS handshake error from [fe80::2%eth0]:443: EOF",
		"http: URL query contains semicolon from ::ffff:81.2.69.142",
	} {
		var out bytes.Buffer
		log := serverLog(slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug})))
		log.Print(message)
		text := out.String()
		for _, telltale := range []string{"81.2.69", "2a02:", "fe80::", "goroutine", "51234", "50777", "::1", "eth0"} {
			if strings.Contains(text, telltale) {
				t.Errorf("%q is logged with %q: %s", message, telltale, text)
			}
		}
		if !strings.Contains(text, "http: ") {
			t.Errorf("%q is logged without what happened: %s", message, text)
		}
	}
}
