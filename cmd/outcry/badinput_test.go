package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
)

const reports = "/api/v1/services/whatsapp/reports"

// problem is the body of an RFC 9457 answer.
type problem struct {
	Status int    `json:"status"`
	Title  string `json:"title"`
	Field  string `json:"field"`
}

func TestBadInputIsRefusedWithItsFieldAndNotCounted(t *testing.T) {
	s := startServer(t, t.TempDir())
	at := func(d time.Duration) string { return time.Now().Add(d).UTC().Format(time.RFC3339) }
	hostile := []string{`'; DROP TABLE reports; --`, `<script>alert(1)</script>`, `{{.}}`, `../../etc/passwd`, `%00`}

	type refusal struct {
		name, path, body, contentType string
		status                        int
		field                         string
	}
	cases := []refusal{
		{"not JSON", reports, `symptom=messaging`, "", 400, ""},
		{"half a body", reports, `{"symptom":"messaging"`, "", 400, ""},
		{"two bodies", reports, `{"symptom":"messaging"}{"symptom":"login"}`, "", 400, ""},
		{"an empty body", reports, ``, "", 400, ""},
		{"a list", reports, `["messaging"]`, "", 400, ""},
		{"invalid UTF-8", reports, "{\"symptom\":\"mess\xff\xfeaging\"}", "", 400, ""},
		{"another media type", reports, `{"symptom":"messaging"}`, "text/plain", 415, ""},
		{"a megabyte", reports, `{"symptom":"` + strings.Repeat("a", 1<<20) + `"}`, "", 413, ""},
		{"symptom of the wrong type", reports, `{"symptom":7}`, "", 422, "symptom"},
		{"device of the wrong type", reports, `{"symptom":"messaging","device":{}}`, "", 422, "device"},
		{"no symptom", reports, `{}`, "", 422, "symptom"},
		{"unknown symptom", reports, `{"symptom":"sadness"}`, "", 422, "symptom"},
		{"country XX1", reports, `{"symptom":"messaging","country":"XX1"}`, "", 422, "country"},
		{"small letters", reports, `{"symptom":"messaging","country":"in"}`, "", 422, "country"},
		{"from tomorrow", reports, `{"symptom":"messaging","occurred_at":"` + at(24*time.Hour) + `"}`, "", 422, "occurred_at"},
		{"from last week", reports, `{"symptom":"messaging","occurred_at":"` + at(-7*24*time.Hour) + `"}`, "", 422, "occurred_at"},
		{"not a time", reports, `{"symptom":"messaging","occurred_at":"yesterday"}`, "", 422, "occurred_at"},
		{"not a UUID", reports, `{"symptom":"messaging","id":"1"}`, "", 422, "id"},
		{"long device", reports, `{"symptom":"messaging","device":"` + strings.Repeat("d", 500) + `"}`, "", 422, "device"},
		{"unknown service", "/api/v1/services/nowhere/reports", `{"symptom":"messaging"}`, "", 404, "service"},
		{"batch without a key", "/api/v1/reports", `{"reports":[]}`, "", 401, ""},
	}
	for _, h := range hostile {
		quoted, err := json.Marshal(h)
		if err != nil {
			t.Fatal(err)
		}
		for _, field := range []string{"symptom", "country", "id", "occurred_at"} {
			body := fmt.Sprintf(`{"symptom":"messaging",%q:%s}`, field, quoted)
			cases = append(cases, refusal{field + " " + h, reports, body, "", 422, field})
		}
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			contentType := "application/json"
			if c.contentType != "" {
				contentType = c.contentType
			}
			req, err := http.NewRequest(http.MethodPost, s.url+c.path, strings.NewReader(c.body))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", contentType)
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			var p problem
			if err := json.NewDecoder(res.Body).Decode(&p); err != nil {
				t.Fatalf("POST %s answered %d with a body that is not JSON: %v", c.path, res.StatusCode, err)
			}
			if got := res.Header.Get("Content-Type"); got != "application/problem+json" {
				t.Errorf("POST %s answered with Content-Type %q, want application/problem+json", c.path, got)
			}
			if res.StatusCode != c.status || p.Status != c.status || p.Field != c.field {
				t.Errorf("POST %s answered %d with %+v, want status %d and field %q", c.path, res.StatusCode, p, c.status, c.field)
			}
		})
	}
	if n := countedReports(t, s); n != 0 {
		t.Errorf("countedReports = %d after bad input only, want 0", n)
	}
	s.stop()
	if log := s.log.String(); strings.Contains(log, "level=ERROR") || strings.Contains(log, "level=WARN") {
		t.Errorf("log holds warnings or errors after bad input, want none:\n%s", log)
	}
}

func TestAHostileDeviceIsCountedAndNotRepeated(t *testing.T) {
	s := startServer(t, t.TempDir())
	status, body := s.post(reports, `{"symptom":"messaging","device":"'; DROP TABLE reports; --<script>"}`)
	if status != http.StatusAccepted || strings.Contains(body, "script") {
		t.Errorf("POST %s answered %d %s, want 202 without the device", reports, status, body)
	}
	if n := countedReports(t, s); n != 1 {
		t.Errorf("countedReports = %d, want 1", n)
	}
}

func TestOneIDSentAThousandTimesAtOnceIsCountedOnce(t *testing.T) {
	s := startServer(t, t.TempDir(), "OUTCRY_LIMITS=off")
	body := fmt.Sprintf(`{"symptom":"messaging","id":%q}`, uuid.NewString())
	var (
		wg       sync.WaitGroup
		mu       sync.Mutex
		failures []string
	)
	client := &http.Client{Transport: &http.Transport{MaxConnsPerHost: 100, MaxIdleConnsPerHost: 100}}
	defer client.CloseIdleConnections()
	for range 1000 {
		wg.Go(func() {
			res, err := client.Post(s.url+reports, "application/json", strings.NewReader(body))
			if err != nil {
				mu.Lock()
				defer mu.Unlock()
				failures = append(failures, err.Error())
				return
			}
			defer res.Body.Close()
			var answer struct{ Counted bool }
			err = json.NewDecoder(res.Body).Decode(&answer)
			if err != nil || res.StatusCode != http.StatusAccepted || !answer.Counted {
				mu.Lock()
				defer mu.Unlock()
				failures = append(failures, fmt.Sprintf("status %s, counted %v, error %v", res.Status, answer.Counted, err))
			}
		})
	}
	wg.Wait()
	if len(failures) > 0 {
		t.Errorf("%d of 1000 answers differ from 202 with counted true; the first is %s", len(failures), failures[0])
	}
	if n := countedReports(t, s); n != 1 {
		t.Errorf("countedReports = %d, want 1", n)
	}
}

// countedReports returns the number of reports of WhatsApp in the last half hour.
func countedReports(t *testing.T, s *server) int64 {
	t.Helper()
	status, body := s.get("/api/v1/services/whatsapp/breakdown?window=30m")
	var split struct{ Total *int64 }
	if err := json.Unmarshal([]byte(body), &split); err != nil || status != http.StatusOK || split.Total == nil {
		t.Fatalf("GET breakdown answered %d %s, want 200 with a total (error %v)", status, body, err)
	}
	return *split.Total
}
