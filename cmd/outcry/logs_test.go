package main

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// wantJSONLines checks that each line of a log is a JSON object with a time, a level
// and a message. It returns the messages.
func wantJSONLines(t *testing.T, log string) (messages []string) {
	t.Helper()
	for line := range strings.Lines(log) {
		var record struct{ Time, Level, Msg string }
		if err := json.Unmarshal([]byte(line), &record); err != nil || record.Time == "" || record.Level == "" || record.Msg == "" {
			t.Errorf("the log has a line that is no record (%v): %s", err, line)
			continue
		}
		messages = append(messages, record.Msg)
	}
	return messages
}

// runJSON runs the server with settings until it ends by itself, and returns
// everything that it prints.
func runJSON(t *testing.T, environ ...string) string {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), path)
	cmd.Env = append(environ, "OUTCRY_LOG_FORMAT=json")
	out, err := cmd.CombinedOutput()
	if err == nil || cmd.ProcessState.ExitCode() != 1 {
		t.Errorf("the server with %q ends with %v, want exit code 1", environ, err)
	}
	return string(out)
}

func TestEveryLineIsJSONFromTheStartToTheEnd(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts servers")
	}
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	data, log := t.TempDir(), &safeBuffer{}
	cmd := exec.Command(path)
	cmd.Env = []string{"OUTCRY_LISTEN=127.0.0.1:0", "OUTCRY_DATA=" + data, "OUTCRY_LOG=debug", "OUTCRY_LOG_FORMAT=json", "OUTCRY_TICK=1s"}
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s := &server{t: t, cmd: cmd, log: log, done: make(chan error, 1)}
	go func() { s.done <- cmd.Wait() }() // ends with the process
	t.Cleanup(s.kill)
	address := regexp.MustCompile(`"msg":"Outcry is running","url":"(http://[^"]+)"`)
	waitFor(t, "the line with the address", func() bool { return address.MatchString(log.String()) })
	s.url = address.FindStringSubmatch(log.String())[1]
	if code, body := s.post("/api/v1/services/whatsapp/reports", `{"symptom": "messaging"}`); code != http.StatusAccepted {
		t.Errorf("a report is answered with %d: %s", code, body)
	}
	s.get("/")
	second := runJSON(t, "OUTCRY_LISTEN=127.0.0.1:0", "OUTCRY_DATA="+data)
	s.stop()
	messages := wantJSONLines(t, log.String())
	if len(messages) < 4 || messages[0] != "starting" || messages[len(messages)-1] != "stopped" {
		t.Errorf("the messages are %q, want them from starting to stopped", messages)
	}
	wantJSONLines(t, second)
	if !strings.Contains(second, "another Outcry runs on the folder") {
		t.Errorf("a second server on the folder prints %s", second)
	}
	wrong := runJSON(t, "OUTCRY_TICK=fast", "OUTCRY_RETENTION=1s", "OUTCRY_LISTN=x")
	if messages := wantJSONLines(t, wrong); len(messages) != 3 {
		t.Errorf("three wrong settings give the lines\n%s", wrong)
	}
}

// jargon are words of the program's inside, which an operator need not know.
var jargon = regexp.MustCompile(`(?i)\b(nats?|cusum|hub|board|journal|outbox|claims?|leases?|epochs?|terms?|panicked|goroutine|mutex|marshal|encode|partitions?|buckets?|cells?|statement of gorm)\b`)

// TestMessagesOfTheLogAreWords reads the text of every message of the log in the
// sources. Messages about detector states name cells, which the API has too.
func TestMessagesOfTheLogAreWords(t *testing.T) {
	found := 0
	for _, path := range trackedFiles(t, "pkg/**.go", "cmd/**.go") {
		if strings.HasSuffix(path, "_test.go") || strings.Contains(path, "/replay/") {
			continue
		}
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			for _, text := range messagesOf(call) {
				found++
				if word := jargon.FindString(text); word != "" && !strings.Contains(text, "detector state") {
					t.Errorf("%s: the message %q has the word %q, which an operator need not know", filepath.ToSlash(fset.Position(call.Pos()).String()), text, word)
				}
			}
			return true
		})
	}
	if found < 60 {
		t.Errorf("%d messages were found: the test does not see the program", found)
	}
}

// messagesOf returns the messages that a call logs, if it does.
func messagesOf(call *ast.CallExpr) (texts []string) {
	selector, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	owner, _ := selector.X.(*ast.Ident)
	levels := []string{"Info", "Warn", "Error", "InfoContext", "WarnContext", "ErrorContext"}
	if !slices.Contains(levels, selector.Sel.Name) && !(selector.Sel.Name == "New" && owner != nil && owner.Name == "streak") {
		return nil
	}
	for _, arg := range call.Args {
		text, ok := arg.(*ast.BasicLit)
		if !ok || text.Kind != token.STRING {
			continue
		}
		if value, err := strconv.Unquote(text.Value); err == nil {
			texts = append(texts, value)
		}
		if owner == nil || owner.Name != "streak" {
			return texts // what follows are attributes
		}
	}
	return texts
}
