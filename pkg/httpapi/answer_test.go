package httpapi

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/api"
)

// newContext returns the context of a request outside any engine.
func newContext(r *http.Request) *gin.Context {
	c, _ := gin.CreateTestContext(httptest.NewRecorder())
	c.Request = r
	return c
}

// serve answers a request that a test has built itself.
func (s *site) serve(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.engine.ServeHTTP(w, r)
	return w
}

// bare is a handler that only decodes a report and answers, to compare costs with.
func bare(c *gin.Context) {
	var body api.NewReport
	if err := c.ShouldBindJSON(&body); err != nil {
		c.AbortWithStatus(http.StatusBadRequest)
		return
	}
	c.JSON(http.StatusAccepted, gin.H{"symptom": body.Symptom})
}

// benchmark posts the same report in a loop, without a network.
func benchmark(b *testing.B, s *site, path string) {
	const body = `{"symptom":"connection","country":"IN","id":"0190b1a4-7a30-7cc1-b0d5-2f6a9d1c8e11","device":"5f0c1d9a"}`
	r := request("POST", path, body)
	reader := &rewound{text: body}
	r.Body = reader
	b.ReportAllocs()
	for b.Loop() {
		reader.at = 0
		w := &sink{headers: http.Header{}}
		s.engine.ServeHTTP(w, r)
		if w.status != http.StatusAccepted {
			b.Fatalf("POST %s answered %d, want 202", path, w.status)
		}
	}
}

// rewound is a body that can be read again.
type rewound struct {
	text string
	at   int
}

func (r *rewound) Read(p []byte) (int, error) {
	n := copy(p, r.text[r.at:])
	if r.at += n; n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

func (r *rewound) Close() error { return nil }

// sink is a response writer that keeps only the status.
type sink struct {
	headers http.Header
	status  int
}

func (s *sink) Header() http.Header         { return s.headers }
func (s *sink) WriteHeader(status int)      { s.status = status }
func (s *sink) Write(p []byte) (int, error) { return len(p), nil }
