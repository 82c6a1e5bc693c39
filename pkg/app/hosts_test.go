package app

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/pkg/httpapi"
)

func TestOtherHostsAreRefused(t *testing.T) {
	gin.SetMode(gin.ReleaseMode)
	var log bytes.Buffer
	api, err := httpapi.New(httpapi.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	check, err := ownHost("https://outcry.example", api, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	r := gin.New()
	r.Use(check)
	for _, path := range []string{"/", "/healthz", "/readyz", "/api/v1/services"} {
		r.GET(path, func(c *gin.Context) { c.String(http.StatusOK, "ok") })
	}
	r.POST("/whatsapp/report", func(c *gin.Context) { c.String(http.StatusOK, "ok") })
	for _, x := range []struct {
		method, host, path string
		want               int
	}{
		{"GET", "outcry.example", "/", 200},
		{"GET", "Outcry.Example", "/", 200},
		{"GET", "outcry.example:443", "/", 200},
		{"GET", "outcry.example:8080", "/", 421},
		{"GET", "outcry.example.attacker.example", "/", 421},
		{"GET", "127.0.0.1:8080", "/", 421},
		{"GET", "", "/", 421},
		{"GET", "attacker.example", "/api/v1/services", 421},
		{"GET", "attacker.example", "/nothing", 421},
		{"POST", "attacker.example", "/whatsapp/report", 421},
		{"GET", "127.0.0.1:8080", "/healthz", 200},
		{"GET", "10.0.0.1", "/readyz", 200},
	} {
		req := httptest.NewRequest(x.method, x.path, nil)
		req.Host = x.host
		w := httptest.NewRecorder()
		r.ServeHTTP(w, req)
		if w.Code != x.want {
			t.Errorf("%s %s for host %q: status %d, want %d", x.method, x.path, x.host, w.Code, x.want)
		}
		isProblem := w.Header().Get("Content-Type") == "application/problem+json"
		if x.want == 421 && isProblem != strings.HasPrefix(x.path, "/api/") {
			t.Errorf("%s for host %q answers %s: %s", x.path, x.host, w.Header().Get("Content-Type"), w.Body)
		}
	}
	if n := strings.Count(log.String(), "level=WARN"); n != 1 || !strings.Contains(log.String(), "proxy_set_header Host") {
		t.Errorf("%d warnings are logged, want one that says what to do:\n%s", n, log.String())
	}
}
