package mail

import (
	"bufio"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
)

// smtpServer is an SMTP server of the test, on loopback.
type smtpServer struct {
	net.Listener
	t *testing.T

	mu       sync.Mutex
	got      []string // messages as they came
	to       []string
	refusals map[string]string // answers to RCPT TO, by address
}

func newSMTPServer(t *testing.T) *smtpServer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &smtpServer{Listener: l, t: t, refusals: map[string]string{}}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			running.Go(func() { s.serve(c) })
		}
	})
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		running.Wait()
	})
	return s
}

// serve speaks SMTP with one client until it quits.
func (s *smtpServer) serve(c net.Conn) {
	defer c.Close() //nolint:errcheck // the client has gone
	r := bufio.NewReader(c)
	say := func(line string) { fmt.Fprintf(c, "%s\r\n", line) } //nolint:errcheck // the client finds out
	say("220 mail.example ESMTP")
	var to string
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		switch verb := strings.ToUpper(line[:min(4, len(line))]); verb {
		case "EHLO":
			say("250-mail.example")
			say("250 8BITMIME")
		case "RCPT":
			to = strings.Trim(line[len("RCPT TO:"):strings.IndexByte(line, '>')+1], "<>")
			s.mu.Lock()
			refusal := s.refusals[to]
			s.mu.Unlock()
			if refusal != "" {
				say(refusal)
				continue
			}
			say("250 OK")
		case "DATA":
			say("354 go on")
			var text strings.Builder
			for {
				line, err := r.ReadString('\n')
				if err != nil || line == ".\r\n" {
					break
				}
				text.WriteString(strings.TrimPrefix(line, "."))
			}
			s.mu.Lock()
			s.got, s.to = append(s.got, text.String()), append(s.to, to)
			s.mu.Unlock()
			say("250 OK")
		case "QUIT":
			say("221 bye")
			return
		default: // HELO, MAIL, NOOP, RSET
			say("250 OK")
		}
	}
}

// arrived is a message that was read.
type arrived struct {
	to     string
	header mail.Header
	title  string
	plain  string
	html   string
}

// take returns the messages since the last call.
func (s *smtpServer) take() []arrived {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []arrived
	for i, raw := range s.got {
		m, err := mail.ReadMessage(strings.NewReader(raw))
		if err != nil {
			s.t.Fatalf("read the message: %v\n%s", err, raw)
		}
		a := arrived{to: s.to[i], header: m.Header}
		if a.title, err = new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject")); err != nil {
			s.t.Fatal(err)
		}
		kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
		if err != nil || kind != "multipart/alternative" {
			s.t.Fatalf("the message is %s, %v; want multipart/alternative", kind, err)
		}
		parts := multipart.NewReader(m.Body, params["boundary"])
		for {
			part, err := parts.NextRawPart()
			if err == io.EOF { //nolint:errorlint // multipart returns it as it is
				break
			}
			if err != nil {
				s.t.Fatal(err)
			}
			var content io.Reader = part
			if part.Header.Get("Content-Transfer-Encoding") == "quoted-printable" {
				content = quotedprintable.NewReader(part)
			}
			text, err := io.ReadAll(content)
			if err != nil {
				s.t.Fatal(err)
			}
			if strings.HasPrefix(part.Header.Get("Content-Type"), "text/html") {
				a.html = string(text)
			} else {
				a.plain = string(text)
			}
		}
		all = append(all, a)
	}
	s.got, s.to = nil, nil
	return all
}
