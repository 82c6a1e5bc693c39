package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestAnAddressThatWaitsForItsServerIsNeitherStoredNorLoggedInClear asks for e-mail
// while the SMTP server is away.
func TestAnAddressThatWaitsForItsServerIsNeitherStoredNorLoggedInClear(t *testing.T) {
	data := t.TempDir()
	s := startServer(t, data, "OUTCRY_PUBLIC_URL=http://outcry.example", "OUTCRY_SMTP_URL=smtp://me:hidden-77@127.0.0.1:1", "OUTCRY_MAIL_FROM=news@outcry.example")
	for _, form := range []string{"address=telltale-77%40example.org", "address=telltale-77", "address=telltale-77%40example.org%0d%0aBcc:+x"} {
		req, err := http.NewRequest(http.MethodPost, s.url+"/bn/whatsapp/mail", strings.NewReader(form))
		if err != nil {
			t.Fatal(err)
		}
		req.Host = "outcry.example"
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		want := http.StatusUnprocessableEntity
		if form == "address=telltale-77%40example.org" {
			want = http.StatusOK
		}
		if status, answer := s.do(req); status != want || strings.Contains(answer, "telltale") {
			t.Errorf("POST of %s answered %d, want %d and a page without the address", form, status, want)
		}
	}
	waitFor(t, "a message to be tried", func() bool { return strings.Contains(s.log.String(), "SMTP server") })
	s.stop()
	if !strings.Contains(s.log.String(), "the SMTP server could not be reached") {
		t.Errorf("the log does not say that the server is away:\n%s", s.log)
	}
	files, err := filepath.Glob(filepath.Join(data, "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("the folder has %d files, %v", len(files), err)
	}
	contents := []string{s.log.String()}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		contents = append(contents, string(b))
	}
	for i, content := range contents {
		if strings.Contains(content, "telltale-77") || strings.Contains(content, "hidden-77") {
			t.Errorf("the log (0) or file %d of %v holds the address or the password in clear", i, files)
		}
	}
}
