package ingest

import (
	"context"
	"log/slog"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var noon = time.Date(2022, 10, 25, 12, 0, 0, 0, time.UTC)

var (
	phone = Sender{Addr: netip.MustParseAddr("203.0.113.7")}
	down  = report.Submission{Service: "whatsapp", Symptom: "connection"}
)

// storeFunc is a store of one function.
type storeFunc func(reports []report.Report) []window.Outcome

func (f storeFunc) Count(_ context.Context, reports []report.Report) []window.Outcome {
	return f(reports)
}

// recorder is a store that records the reports it counts. Like a real one it
// counts nothing after its context has ended.
type recorder struct {
	mu      sync.Mutex
	reports []report.Report
	calls   int
}

func (b *recorder) Count(ctx context.Context, reports []report.Report) []window.Outcome {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := ctx.Err(); err != nil {
		outcomes := make([]window.Outcome, len(reports))
		for i := range outcomes {
			outcomes[i].Err = err
		}
		return outcomes
	}
	b.calls++
	b.reports = append(b.reports, reports...)
	return all(window.Counted, len(reports))
}

func all(s window.Status, n int) []window.Outcome {
	outcomes := make([]window.Outcome, n)
	for i := range outcomes {
		outcomes[i].Status = s
	}
	return outcomes
}

// gate is a recorder that counts a batch only after a token was sent to open.
type gate struct {
	recorder
	open chan struct{} // each token admits one batch; made by run, inside the bubble
}

func (g *gate) Count(ctx context.Context, reports []report.Report) []window.Outcome {
	<-g.open
	return g.recorder.Count(ctx, reports)
}

// rules is a catalog of two services with two symptoms.
type rules struct{}

func (rules) HasService(slug string) bool { return slug == "whatsapp" || slug == "telegram" }

func (rules) HasSymptom(_, symptom string) bool { return symptom == "connection" || symptom == "login" }

func (rules) HasCountry(code string) bool { return code == "IN" || code == "BD" || code == "US" }

var todayKey, yesterdayKey = report.DayKey{1}, report.DayKey{2}

// keys returns the same keys at all times.
type keys struct {
	yesterday *report.DayKey
	err       error
}

func (k keys) Keys(time.Time) (today, yesterday *report.DayKey, err error) {
	return &todayKey, k.yesterday, k.err
}

// testOptions returns options with the time noon and every address in India.
func testOptions(s Store) Options {
	return Options{
		Store:  s,
		Rules:  rules{},
		Locate: func(netip.Addr) string { return "IN" },
		Keys:   keys{},
		Now:    func() time.Time { return noon },
		Log:    slog.New(slog.DiscardHandler),
	}
}

// run runs an Ingester of o in a bubble while f uses it. Calling stop ends Run
// and waits for it. It is called after f in any case.
func run(t *testing.T, o Options, f func(t *testing.T, in *Ingester, stop func())) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		if g, ok := o.Store.(*gate); ok {
			g.open = make(chan struct{})
		}
		in := New(o)
		ctx, cancel := context.WithCancel(t.Context())
		var loop sync.WaitGroup
		loop.Go(func() {
			if err := in.Run(ctx); err != nil {
				t.Errorf("Run() = %v, want nil", err)
			}
		})
		stop := func() { cancel(); loop.Wait() }
		defer stop()
		f(t, in, stop)
	})
}
