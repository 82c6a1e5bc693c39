package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/outcry/outcry/api"
)

// TestPersonalDataIsNeitherStoredNorLogged sends requests of every kind, also
// invalid ones, with telltale addresses, user agents and devices. It then looks
// for these in every file of the data folder and in the log: as text, and
// addresses also as bytes.
func TestPersonalDataIsNeitherStoredNorLogged(t *testing.T) {
	const (
		agent  = "Telltale-Agent/77.31"
		device = "telltale-device-77a31c"
		v4     = "81.2.69.142"
		v6     = "2a02:6b8:77:31::142"
		batch  = "81.2.70.143"
		idem   = "telltale-of-a-request-77a31c"
	)
	data := t.TempDir()
	key := strings.TrimSpace(runCommand(t, data, "keys", "create", "--scope", "server", "--name", "telltale", "--quiet"))
	s := startServer(t, data, "OUTCRY_TRUSTED_PROXIES=127.0.0.1", "OUTCRY_LOG=debug", allowLoopback)
	secrets := append(sendWebhooks(t, s, key), subscribeBrowser(t, s)...)
	body := fmt.Sprintf(`{"symptom":"messaging","device":%q}`, device)
	for _, address := range []string{v4, v6} {
		header := []string{"User-Agent", agent, "X-Forwarded-For", address}
		if status, answer := s.post(reports, body, header...); status != http.StatusAccepted {
			t.Fatalf("POST %s answered %d %s, want 202", reports, status, answer)
		}
		s.post(reports, body, header...) // a repeat
		s.post("/api/v1/services/telegram/reports", body, append(header, "Idempotency-Key", idem)...)
		s.post("/api/v1/services/whatsapp/recoveries", body, header...)
		s.post(reports, `{"symptom":"`+device+`"}`, header...)
		s.post("/api/v1/services/"+device+"/reports", body, header...)
		s.post("/whatsapp/report", "symptom=messaging&device="+device, append(header, "Content-Type", "application/x-www-form-urlencoded")...)
		req, err := http.NewRequest(http.MethodGet, s.url+"/whatsapp?q="+device, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("User-Agent", agent)
		req.Header.Set("X-Forwarded-For", address)
		s.do(req)
	}
	item := fmt.Sprintf(`{"reports":[{"service":"whatsapp","symptom":"login","ip":%q,"device":%q},{"service":"whatsapp","symptom":"login","ip":"not %s","device":%q}]}`, batch, device, batch, device)
	if status, answer := s.post("/api/v1/reports", item, "Authorization", "Bearer "+key, "User-Agent", agent); status != http.StatusAccepted {
		t.Fatalf("POST /api/v1/reports answered %d %s, want 202", status, answer)
	}
	sendGarbage(t, s, agent)
	s.stop()

	telltales := [][]byte{[]byte(agent), []byte("Telltale"), []byte(device), []byte(idem), []byte(v4), []byte(v6), []byte(batch), []byte("81.2.69."), []byte(key)}
	for _, secret := range secrets {
		telltales = append(telltales, []byte(secret))
	}
	for _, a := range []string{v4, v6, batch} {
		telltales = append(telltales, netip.MustParseAddr(a).AsSlice())
	}
	check := func(where string, content []byte) {
		for _, telltale := range telltales {
			if bytes.Contains(content, telltale) {
				t.Errorf("%s holds %q, want no personal data", where, telltale)
			}
		}
	}
	check("the log", []byte(s.log.String()))
	if strings.Contains(s.log.String(), "127.0.0.1:") && strings.Count(s.log.String(), "127.0.0.1") > 1 {
		t.Errorf("the log holds addresses of connections, want none:\n%s", s.log)
	}
	files := 0
	err := filepath.WalkDir(data, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		check(path, content)
		return nil
	})
	if err != nil || files == 0 {
		t.Fatalf("read %d files of the data folder with error %v, want at least one and no error", files, err)
	}
	if !bytes.Contains(readAll(t, data), []byte("messaging")) {
		t.Errorf("the files of %s do not hold the text messaging: the test reads the wrong files", data)
	}
}

// sendWebhooks makes webhooks with a key and has tests sent to them: to a receiver
// that fails, and to one that does not exist. It returns what is secret of them.
func sendWebhooks(t *testing.T, s *server, key string) (secrets []string) {
	t.Helper()
	r := newReceiver(t)
	r.status = http.StatusInternalServerError
	const path = "telltale-webhook-77b1"
	auth := []string{"Authorization", "Bearer " + key}
	for _, address := range []string{r.URL + "/" + path, "https://telltale-webhook-77b2.invalid/" + path, "http://127.0.0.1:1/" + path} {
		code, body := s.post("/api/v1/webhooks", fmt.Sprintf(`{"url":%q}`, address), auth...)
		var made api.WebhookAnswer
		if err := json.Unmarshal([]byte(body), &made); err != nil || code != http.StatusCreated {
			t.Fatalf("POST /webhooks answered %d %s", code, body)
		}
		secrets = append(secrets, made.Secret, strings.TrimPrefix(made.Secret, "whsec_"))
		if code, body := s.post("/api/v1/webhooks/"+made.Webhook.Id+"/test", "", auth...); code != http.StatusAccepted {
			t.Fatalf("POST test answered %d %s", code, body)
		}
		waitFor(t, "an attempt", func() bool {
			_, log := s.getWith("/api/v1/webhooks/"+made.Webhook.Id+"/deliveries", auth...)
			if strings.Contains(log, "telltale") {
				t.Errorf("the log of deliveries holds a secret: %s", log)
			}
			return strings.Contains(log, `"result":"failed"`)
		})
	}
	s.post("/api/v1/webhooks", `{"url":"ftp://telltale-webhook-77b3/`+path+`"}`, auth...)
	return append(secrets, path)
}

// subscribeBrowser subscribes a browser to notifications, once as it should be and in
// wrong ways, and returns what of it is personal.
func subscribeBrowser(t *testing.T, s *server) []string {
	t.Helper()
	const (
		path  = "/api/v1/push/subscriptions"
		host  = "telltale-push.example.net"
		point = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
		auth  = "BTBZMqHH6r4Tts7J_aSIgg"
	)
	body := fmt.Sprintf(`{"service":"whatsapp","when":"breaks","language":"bn","subscription":{"endpoint":"https://%s/telltale-77a31c","keys":{"p256dh":%q,"auth":%q}}}`, host, point, auth)
	status, answer := s.post(path, body)
	var made api.PushSubscription
	if err := json.Unmarshal([]byte(answer), &made); err != nil || status != http.StatusCreated {
		t.Fatalf("POST %s answered %d %s, want 201", path, status, answer)
	}
	s.post(path, strings.Replace(body, "https:", "http:", 1))
	s.post(path, strings.Replace(body, "breaks", "telltale", 1))
	s.post(path, body[:len(body)-2])
	return []string{host, "telltale-77a31c", point, auth, made.Token}
}

// sendGarbage sends requests that net/http itself refuses, so that it logs in its
// own words.
func sendGarbage(t *testing.T, s *server, agent string) {
	t.Helper()
	for _, garbage := range []string{
		"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nUser-Agent: " + agent + "\r\n\r\n",
		"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
		"POST " + reports + " HTTP/1.1\r\nHost: a\r\nUser-Agent: " + agent + "\r\nContent-Length: 100\r\n\r\n{",
	} {
		c, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Write([]byte(garbage)); err != nil {
			t.Fatal(err)
		}
		if err := c.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		bufio.NewReader(c).ReadString(0) // read until the server closes the connection
		c.Close()
	}
}

// readAll returns the contents of all files in dir.
func readAll(t *testing.T, dir string) []byte {
	t.Helper()
	var all []byte
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		content, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, content...)
	}
	return all
}
