package guard

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/pkg/limit"
	"github.com/outcry/outcry/pkg/report"
)

var noon = time.Date(2022, 10, 25, 12, 0, 0, 0, time.UTC)

// keys are the keys of a day, or an error.
type keys struct{ err error }

func (k keys) Keys(time.Time) (today, yesterday *report.DayKey, err error) {
	return &report.DayKey{1}, nil, k.err
}

// guarded returns an engine with some routes behind a guard.
func guarded(k keys) *gin.Engine {
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	r.Use(New(limit.NewLocal(), k, func() time.Time { return noon }, func(c *gin.Context, d limit.Decision) {
		c.String(http.StatusTooManyRequests, d.Policy())
	}).Handle)
	ok := func(c *gin.Context) { c.String(http.StatusOK, "ok") }
	for _, route := range []string{"/", "/healthz", "/static/:file", "/:service", "/bn/:service/history", "/card/:file", "/map/:file", "/api/v1/incidents", "/api/v1/events"} {
		r.GET(route, ok)
	}
	r.POST("/:service/report", ok)
	r.POST("/api/v1/reports", ok)
	r.GET("/charge", func(c *gin.Context) {
		c.JSON(http.StatusOK, limit.Charge(c.Request.Context(), limit.Making, noon).Allowed)
	})
	return r
}

// ask sends n requests from an address, and returns the number that were answered
// and the policy that refused the others.
func ask(r *gin.Engine, n int, method, path, addr string) (answered int, policy string) {
	for range n {
		req := httptest.NewRequest(method, path, nil)
		req.RemoteAddr = addr
		w := httptest.NewRecorder()
		r.ServeHTTP(w, req)
		if w.Code == http.StatusTooManyRequests {
			policy = w.Body.String()
		} else {
			answered++
		}
	}
	return answered, policy
}

func TestEachKindOfReadingHasItsAllowance(t *testing.T) {
	r := guarded(keys{})
	const addr = "203.0.113.1:1234"
	for _, x := range []struct {
		method, path string
		want         int
		policy       string
	}{
		{"GET", "/card/whatsapp.png", 200, "pictures"},
		{"GET", "/map/whatsapp.svg", 1_000, "embeds"},
		{"GET", "/bn/whatsapp/history", 500, "archives"},
		{"GET", "/api/v1/incidents", 0, "archives"}, // the same allowance
		{"HEAD", "/api/v1/events", 2_000, "pages"},
		{"GET", "/", 0, "pages"},
		{"GET", "/nothing/at/all", 0, "pages"},
		{"GET", "/healthz", 2_100, ""},
		{"GET", "/static/outcry.css", 2_100, ""},
		{"POST", "/whatsapp/report", 0, "pages"}, // it is answered with a page
		{"POST", "/api/v1/reports", 2_100, ""},
	} {
		if got, policy := ask(r, 2_100, x.method, x.path, addr); got != x.want || policy != x.policy {
			t.Errorf("%s %s: %d of 2,100 are answered and %q refuses, want %d and %q", x.method, x.path, got, policy, x.want, x.policy)
		}
	}
	if got, _ := ask(r, 1, "GET", "/card/whatsapp.png", "198.51.100.1:1234"); got != 1 {
		t.Error("somebody else is refused")
	}
}

func TestReadersAreLimitedWithoutAKeyOfTheDay(t *testing.T) {
	r := guarded(keys{errors.New("Redis does not answer")})
	if got, policy := ask(r, 400, "GET", "/card/whatsapp.png", "203.0.113.1:1234"); got != 200 || policy != "pictures" {
		t.Errorf("%d of 400 are answered and %q refuses, want 200 and pictures", got, policy)
	}
	if got, _ := ask(r, 1, "GET", "/card/whatsapp.png", "198.51.100.1:1234"); got != 1 {
		t.Error("somebody else is refused")
	}
}

func TestHandlersCanChargeTheSender(t *testing.T) {
	r := guarded(keys{})
	burst := limit.RateOf(limit.Making, limit.Address).Burst
	charge := func(addr string) bool {
		req := httptest.NewRequest(http.MethodGet, "/charge", nil)
		req.RemoteAddr = addr
		w := httptest.NewRecorder()
		r.ServeHTTP(w, req)
		return w.Body.String() == "true"
	}
	for i := range burst + 1 {
		if got, want := charge("203.0.113.1:1234"), i < burst; got != want {
			t.Fatalf("charge %d of one address is allowed: %v, want %v", i+1, got, want)
		}
	}
	if !charge("198.51.100.1:1234") {
		t.Error("a charge of somebody else is refused")
	}
}
