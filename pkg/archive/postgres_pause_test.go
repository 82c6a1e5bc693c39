package archive

import (
	"context"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/outcry/outcry/internal/pgtest"
)

// A relay holds back the answers, as those of a server that hangs. The first call
// waits for an answer, the next ones fail at once.
func TestAServerThatDoesNotAnswerIsNotAskedForAWhile(t *testing.T) {
	u, err := url.Parse(pgtest.Database(t))
	if err != nil {
		t.Fatal(err)
	}
	relay := newRelay(t, u.Host)
	u.Host = relay.addr
	p, err := OpenPostgres(t.Context(), u.String(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	ask := func(timeout time.Duration) (time.Duration, error) {
		ctx, cancel := context.WithTimeout(t.Context(), timeout)
		defer cancel()
		began := time.Now()
		_, err := p.Keys(ctx)
		return time.Since(began), err
	}
	if _, err := ask(time.Minute); err != nil {
		t.Fatal(err)
	}
	close(relay.hold)
	if _, err := ask(answerTime + answerTime/4); err == nil {
		t.Error("Keys succeeded while answers are held back, want an error")
	}
	for range 5 {
		if took, err := ask(time.Minute); err == nil || took > answerTime/2 {
			t.Errorf("Keys during the pause took %s, error %v; want an error at once", took, err)
		} else if !strings.Contains(err.Error(), "did not answer") {
			t.Errorf("Keys during the pause: error %q, want it to contain \"did not answer\"", err)
		}
	}
}

// relay forwards connections to a server. When hold is closed, it forwards no more
// answers.
type relay struct {
	addr string
	hold chan struct{}
}

func newRelay(t *testing.T, to string) *relay {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{addr: l.Addr().String(), hold: make(chan struct{})}
	t.Cleanup(func() { l.Close() })
	pass := func(to, from net.Conn, held <-chan struct{}) {
		defer to.Close()
		b := make([]byte, 1<<16)
		for {
			n, err := from.Read(b)
			if err != nil {
				return
			}
			select {
			case <-held:
				continue // drop the answer
			default:
			}
			if _, err := to.Write(b[:n]); err != nil {
				return
			}
		}
	}
	go func() { // until the listener is closed
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", to)
			if err != nil {
				client.Close()
				continue
			}
			go pass(server, client, nil)
			go pass(client, server, r.hold)
		}
	}()
	return r
}
