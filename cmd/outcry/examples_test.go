package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/outcry/outcry/api"
	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/incident"
)

// shellBlock matches a block of shell commands in a document.
var shellBlock = regexp.MustCompile("(?ms)^```sh\n(.*?)^```")

// isExample matches the blocks that one server is enough for.
var isExample = regexp.MustCompile(`curl |bin/outcry webhooks |bin/outcry doctor|promtool `)

// streamed marks the examples that do not end by themselves.
const streamed = "curl -N"

// exampleServer starts a server whose archive has the incident that examples name.
func exampleServer(t *testing.T, data string, settings ...string) *server {
	t.Helper()
	a, err := archive.Open(t.Context(), filepath.Join(data, "outcry.db"), archive.Options{})
	if err != nil {
		t.Fatal(err)
	}
	onset := time.Date(2022, 10, 25, 7, 12, 0, 0, time.UTC)
	past := incident.Incident{ID: "whatsapp-2022-10-25-0712", Service: "whatsapp", Version: 1, State: incident.Resolved, Level: detect.OK, Onset: onset,
		Suspected: onset, Declared: onset.Add(6 * time.Minute), Resolved: onset.Add(2 * time.Hour), Updated: onset.Add(2 * time.Hour), Reports: 12_000}
	if _, err := a.SaveIncident(t.Context(), past, nil, nil); err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	return startServer(t, data, settings...)
}

// TestTheExamplesOfDocumentsWork runs every block of shell commands with curl in
// the documents, as a reader would paste it.
func TestTheExamplesOfDocumentsWork(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts a server")
	}
	for _, name := range []string{"bash", "curl"} {
		tool(t, name)
	}
	root, data := filepath.Join("..", ".."), t.TempDir()
	metrics := fmt.Sprintf("127.0.0.1:%d", freePort(t))
	s := exampleServer(t, data, "OUTCRY_TICK=1s", "OUTCRY_METRICS_LISTEN="+metrics)
	deploy, err := filepath.Abs(filepath.Join(root, "deploy"))
	if err != nil {
		t.Fatal(err)
	}
	program, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	admin := strings.TrimSpace(runCommand(t, data, "keys", "create", "--scope", "admin", "--name", "desk", "--quiet"))
	documents, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	run := 0
	for _, path := range append(documents, filepath.Join(root, "README.md")) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range shellBlock.FindAllStringSubmatch(string(text), -1) {
			if !isExample.MatchString(block[1]) {
				continue
			}
			run++
			script := strings.NewReplacer("http://localhost:8080", s.url, "http://localhost:9090", "http://"+metrics, "bin/outcry ", program+" ", " deploy/", " "+deploy+"/").Replace(block[1])
			if got, err := paste(t, data, script, "OUTCRY_ADMIN_KEY="+admin, "KEY="+admin, "OUTCRY_LISTEN="+strings.TrimPrefix(s.url, "http://")); err != nil {
				t.Errorf("an example of %s fails: %v\n%s\n%s", filepath.Base(path), err, block[1], got)
			}
		}
	}
	if run < 8 {
		t.Errorf("%d examples were run, want those of docs/api.md and README.md", run)
	}
}

// paste runs a script in which curl fails for answers of 400 and above.
func paste(t *testing.T, data, script string, env ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	curl := "curl() { command curl -sS --fail-with-body \"$@\"; echo; }\n"
	if strings.Contains(script, streamed) {
		// It ends after the beginning of the stream.
		curl = "curl() { command curl -sS --fail-with-body \"$@\" | head -n 1 | grep -q '^retry:'; }\n"
	}
	cmd := exec.CommandContext(ctx, "bash", "-c", "set -e\n"+curl+script)
	cmd.Dir = t.TempDir()
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "OUTCRY_DATA=" + data, "HOME=" + data}, env...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// TestTheExamplesOfTheDescriptionWork sends every example of a body in
// api/openapi.yaml to a server, and reads every path that can be read without one.
func TestTheExamplesOfTheDescriptionWork(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts a server")
	}
	doc, err := openapi3.NewLoader().LoadFromData(api.Description)
	if err != nil {
		t.Fatal(err)
	}
	servers := map[bool]*server{}
	keys := map[bool]string{}
	for _, simulated := range []bool{false, true} {
		data := t.TempDir()
		settings := []string{"OUTCRY_TICK=1s"}
		if simulated {
			settings = append(settings, "OUTCRY_SIMULATED=true")
		}
		servers[simulated] = exampleServer(t, data, settings...)
		keys[simulated] = strings.TrimSpace(runCommandWith(t, append([]string{"OUTCRY_DATA=" + data, "HOME=" + data}, settings...), "keys", "create", "--scope", "admin", "--name", "desk", "--quiet"))
	}
	sent, read := 0, 0
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			simulated := strings.HasPrefix(path, "/simulation/")
			s, key := servers[simulated], "Bearer "+keys[simulated]
			address, known := exampleAddress(path, item, op)
			if method == "GET" && known && path != "/events" {
				read++
				if code, body := s.getWith(address, "Authorization", key); code != 200 {
					t.Errorf("GET %s answers %d: %.300s", address, code, body)
				}
			}
			if op.RequestBody == nil {
				continue
			}
			for name, example := range op.RequestBody.Value.Content["application/json"].Examples {
				body, err := json.Marshal(example.Value.Value)
				if err != nil {
					t.Fatal(err)
				}
				sent++
				if code, answer := s.post(address, today(string(body)), "Authorization", key); code < 200 || code > 299 {
					t.Errorf("the example %s of %s %s is answered with %d: %.300s", name, method, path, code, answer)
				}
			}
		}
	}
	if sent < 8 || read < 12 {
		t.Errorf("%d examples were sent and %d paths read, want all of them", sent, read)
	}
}

// exampleAddress returns the address of a path with the examples of its
// parameters. It reports whether each has one.
func exampleAddress(path string, item *openapi3.PathItem, op *openapi3.Operation) (address string, known bool) {
	address, known = "/api/v1"+path, true
	for _, p := range append(append(openapi3.Parameters{}, item.Parameters...), op.Parameters...) {
		example := p.Value.Example
		if example == nil {
			example = p.Value.Schema.Value.Example
		}
		if p.Value.In == "query" && p.Value.Required {
			address += fmt.Sprintf("?%s=%v", p.Value.Name, example)
		}
		if p.Value.In != "path" {
			continue
		}
		if strings.HasPrefix(path, "/admin/") || strings.HasPrefix(path, "/webhooks/") || example == nil {
			known = false // it names something that another call makes
			continue
		}
		address = strings.ReplaceAll(address, "{"+p.Value.Name+"}", fmt.Sprint(example))
	}
	return address, known
}

// pastMoment matches when an example says that something occurred.
var pastMoment = regexp.MustCompile(`("occurred_at":)"[^"]*"`)

// today returns an example with a time of the last minutes in it.
func today(body string) string {
	return pastMoment.ReplaceAllString(body, `$1"`+time.Now().UTC().Add(-5*time.Minute).Format(time.RFC3339)+`"`)
}
