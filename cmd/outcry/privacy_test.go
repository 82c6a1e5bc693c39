package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestNothingPersonalReachesDiskOrLog sends reports with addresses, user agents
// and devices of its own through every door, the wrong ones too, and then looks
// for them in every file of the data folder and in the log, as text and as the
// bytes of an address.
func TestNothingPersonalReachesDiskOrLog(t *testing.T) {
	const (
		agent  = "Telltale-Agent/77.31"
		device = "telltale-device-77a31c"
		v4     = "81.2.69.142"
		v6     = "2a02:6b8:77:31::142"
		batch  = "81.2.70.143"
	)
	data := t.TempDir()
	key := strings.TrimSpace(runCommand(t, data, "keys", "create", "--scope", "server", "--name", "telltale", "--quiet"))
	s := startServer(t, data, "OUTCRY_TRUSTED_PROXIES=127.0.0.1", "OUTCRY_LOG=debug")
	body := fmt.Sprintf(`{"symptom":"messaging","device":%q}`, device)
	for _, address := range []string{v4, v6} {
		header := []string{"User-Agent", agent, "X-Forwarded-For", address}
		if status, answer := s.post(reports, body, header...); status != http.StatusAccepted {
			t.Fatalf("report answered %d %s", status, answer)
		}
		s.post(reports, body, header...) // a repeat
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
		t.Fatalf("batch answered %d %s", status, answer)
	}
	sendGarbage(t, s, agent)
	s.stop()

	telltales := [][]byte{[]byte(agent), []byte("Telltale"), []byte(device), []byte(v4), []byte(v6), []byte(batch), []byte("81.2.69."), []byte(key)}
	for _, a := range []string{v4, v6, batch} {
		telltales = append(telltales, netip.MustParseAddr(a).AsSlice())
	}
	look := func(where string, content []byte) {
		for _, telltale := range telltales {
			if bytes.Contains(content, telltale) {
				t.Errorf("%s holds %q", where, telltale)
			}
		}
	}
	look("the log", []byte(s.log.String()))
	if strings.Contains(s.log.String(), "127.0.0.1:") && strings.Count(s.log.String(), "127.0.0.1") > 1 {
		t.Errorf("the log holds addresses of connections:\n%s", s.log)
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
		look(path, content)
		return nil
	})
	if err != nil || files == 0 {
		t.Fatalf("looked at %d files of the data folder: %v", files, err)
	}
	if !bytes.Contains(readAll(t, data), []byte("messaging")) {
		t.Error("the data folder does not hold the reports: the test looks in the wrong place")
	}
}

// sendGarbage makes the HTTP server complain in its own words.
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
		bufio.NewReader(c).ReadString(0) // whatever it answers, until it closes
		c.Close()
	}
}

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
