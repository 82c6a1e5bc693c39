package webhook_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcry/outcry/frontend"
	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/httpapi"
	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/notify"
	"github.com/outcry/outcry/pkg/view"
	"github.com/outcry/outcry/pkg/webhook"
)

// block returns the only block of a language in docs/webhooks.md.
func block(t *testing.T, language string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "webhooks.md"))
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile("(?ms)^```"+language+"\n(.*?)^```").FindAllStringSubmatch(string(text), -1)
	if len(found) != 1 {
		t.Fatalf("docs/webhooks.md has %d blocks of %s, want one", len(found), language)
	}
	return found[0][1]
}

func TestTheDocumentedMessageIsTheOneThatIsSent(t *testing.T) {
	c, err := catalog.Load("", "")
	if err != nil {
		t.Fatal(err)
	}
	languages, err := locale.Load(frontend.Files)
	if err != nil {
		t.Fatal(err)
	}
	in := newInbox(t, nil)
	d := delivery("standard", in.URL)
	d.Message.Incident.ID, d.Message.Incident.Service = "whatsapp-2026-03-04-1200", "whatsapp"
	d.Text = view.Notice(d.Message, "https://outcry.example", view.NewLabels(c, languages[0]))
	poster(loopback).Deliver(t.Context(), d)
	var want, got map[string]any
	if err := json.Unmarshal([]byte(block(t, "json")), &want); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(in.requests()[0].body), &got); err != nil {
		t.Fatal(err)
	}
	data := got["data"].(map[string]any)
	for name := range data {
		if _, shown := want["data"].(map[string]any)[name]; !shown {
			delete(data, name) // the document shows some of the fields
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the message of docs/webhooks.md (-documented +sent):\n%s", diff)
	}
}

func TestTheDocumentedReceiverChecksSignatures(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("the example needs Node, which is not installed")
	}
	program := filepath.Join(t.TempDir(), "receiver.mjs")
	if err := os.WriteFile(program, []byte(block(t, "js")), 0o600); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	listener.Close()
	cmd := exec.CommandContext(t.Context(), node, program)
	cmd.Env = append(os.Environ(), "SECRET="+secret, "PORT="+port)
	var log bytes.Buffer
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill() // it never ends by itself
		cmd.Wait()
	})
	address := "http://127.0.0.1:" + port
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for deadline := time.After(30 * time.Second); ; {
		if conn, err := net.Dial("tcp", "127.0.0.1:"+port); err == nil {
			conn.Close()
			break
		}
		select {
		case <-ticker.C:
		case <-deadline:
			t.Fatalf("the receiver does not listen: %s", &log)
		}
	}
	p := webhook.New(webhook.Options{Incident: httpapi.Incident, Allow: loopback, Timeout: 20 * time.Second})
	for _, x := range []struct {
		name   string
		change func(*notify.Delivery)
		status int
	}{
		{"genuine", func(*notify.Delivery) {}, http.StatusNoContent},
		{"during a rotation", func(d *notify.Delivery) {
			d.Private.Secret, d.Private.Old = oldSecret, []notify.OldSecret{{Secret: secret, Until: time.Now().Add(time.Hour)}}
		}, http.StatusNoContent},
		{"signed with another secret", func(d *notify.Delivery) { d.Private.Secret = oldSecret }, http.StatusUnauthorized},
		{"old", func(d *notify.Delivery) { d.At = d.At.Add(-time.Hour) }, http.StatusUnauthorized},
	} {
		d := delivery("standard", address)
		d.Text.Body = strings.Repeat("“যোগাযোগ” ", 20)
		x.change(&d)
		if got := p.Deliver(t.Context(), d); got.Status != x.status {
			t.Errorf("the documented receiver answers a message that is %s with %s, want %d\n%s", x.name, fmt.Sprint(got), x.status, &log)
		}
	}
}
