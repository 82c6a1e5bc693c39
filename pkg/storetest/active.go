package storetest

import (
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

func testActive(t *testing.T, open func(*testing.T) window.Store) {
	s := open(t)
	wantActive(t, s, time.Time{}) // none
	at := func(n int, service string, minutes int, k report.Kind) report.Report {
		return with(problem(n, noon.Add(time.Duration(minutes)*time.Minute)), func(r *report.Report) { r.Service, r.Kind = service, k })
	}
	wantOutcomes(t, s, repeated(counted, 6),
		at(1, "umbrella", 0, report.Problem), at(2, "acme", 0, report.Problem), at(3, "initech", 1, report.Problem), at(4, "acme", 5, report.Problem),
		at(5, "globex", 0, report.Visit), at(6, "hooli", 0, report.Recovery))
	wantActive(t, s, noon, "acme", "initech", "umbrella")
	wantActive(t, s, noon.Add(time.Second), "acme", "initech")
	wantActive(t, s, noon.Add(5*time.Minute), "acme")
	wantActive(t, s, noon.Add(6*time.Minute))
}
