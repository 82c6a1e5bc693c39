package status

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// archive adds a rollup.
func (h *sources) archive(start time.Time, width time.Duration, kind report.Kind, country, symptom string, n int64) {
	h.archived = append(h.archived, window.Rollup{Service: "whatsapp", Kind: kind, Cell: window.Cell{Country: country, Symptom: symptom}, Start: start, Width: width, N: n})
}

// exportOf returns the rows of an export as text, and the number of reads.
func exportOf(t *testing.T, h *sources, q ExportQuery) (rows []string, reads int) {
	t.Helper()
	q, _, err := q.Plan(h.now)
	if err != nil {
		t.Fatal(err)
	}
	admit := func(read func() error) error {
		reads++
		return read()
	}
	err = h.board(t).Export(t.Context(), "whatsapp", q, admit, func(all []ExportRow) error {
		for _, r := range all {
			rows = append(rows, fmt.Sprintf("%s+%d counted %d: %s %s/%s %d", r.Start.Format("02T15:04"), window.Minutes(r.Width), r.Counted, r.Kind, r.Country, r.Symptom, r.Count))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows, reads
}

func TestAnExportHasTheCellsOfEachStep(t *testing.T) {
	h := newSources()
	at := noon.Truncate(time.Hour).Add(-5 * time.Hour)
	for i := range 18 { // four and a half hours, without the third one
		if i/4 == 2 {
			continue
		}
		start := at.Add(time.Duration(i) * window.RollupWidth)
		h.spans = append(h.spans, window.Span{Start: start, Width: window.RollupWidth, Known: 15 - i%2})
		if i/4 == 1 {
			continue // nobody reported
		}
		h.archive(start, window.RollupWidth, report.Problem, "IN", "login", 3)
		h.archive(start, window.RollupWidth, report.Problem, "BD", "login", int64(i))
		h.archive(start, window.RollupWidth, report.Recovery, "IN", "", 1)
		h.archive(start, window.RollupWidth, report.Visit, "IN", "", 100)
	}
	got, _ := exportOf(t, h, ExportQuery{From: at.Add(time.Minute), To: noon})
	want := []string{
		"25T07:00+60 counted 58: problem BD/login 6", "25T07:00+60 counted 58: problem IN/login 12", "25T07:00+60 counted 58: recovery IN/ 4",
		"25T08:00+60 counted 58: problem / 0",
		"25T09:00+60 counted 0: problem / 0",
		"25T10:00+60 counted 58: problem BD/login 54", "25T10:00+60 counted 58: problem IN/login 12", "25T10:00+60 counted 58: recovery IN/ 4",
	}
	if diff := cmp.Diff(want, got[:min(len(got), len(want))]); diff != "" {
		t.Errorf("Export (-want +got):\n%s", diff)
	}
	if last := got[len(got)-1]; len(got) > len(want)+3 {
		t.Errorf("the export ends with %s, want the last hour that is whole in the archive", last)
	}
	if got, _ := exportOf(t, h, ExportQuery{From: noon.Add(-20 * time.Minute), Step: window.RollupWidth}); len(got) != 0 {
		t.Errorf("the last minutes are exported as %v, want nothing: they may be on their way into the archive", got)
	}
}

func TestAnExportOfOldCountsHasTheStepsOfTheArchive(t *testing.T) {
	h := newSources()
	day := noon.Truncate(24*time.Hour).AddDate(0, 0, -400)
	h.spans = []window.Span{{Start: day, Width: 24 * time.Hour, Known: 1440}, {Start: day.AddDate(0, 0, 1), Width: 24 * time.Hour, Known: 700}}
	h.archive(day, 24*time.Hour, report.Problem, "IN", "login", 2400)
	got, _ := exportOf(t, h, ExportQuery{From: day.Add(5 * time.Hour), To: day.Add(30 * time.Hour), Step: time.Hour})
	want := []string{"20T00:00+1440 counted 1440: problem IN/login 2400", "21T00:00+1440 counted 700: problem / 0"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Export (-want +got):\n%s", diff)
	}
}

func TestAnExportThatWasCutGoesOnFromItsLastStep(t *testing.T) {
	h := newSources()
	rnd := rand.New(rand.NewPCG(1, 2))
	at := noon.Truncate(time.Hour).AddDate(0, 0, -20)
	for start := at; start.Before(noon.Add(-time.Hour)); start = start.Add(window.RollupWidth) {
		h.spans = append(h.spans, window.Span{Start: start, Width: window.RollupWidth, Known: rnd.IntN(16)})
		for range rnd.IntN(4) {
			h.archive(start, window.RollupWidth, report.Problem, []string{"IN", "BD", "NP"}[rnd.IntN(3)], []string{"login", "messaging"}[rnd.IntN(2)], rnd.Int64N(9))
		}
	}
	whole, reads := exportOf(t, h, ExportQuery{From: at})
	if reads > 20 {
		t.Errorf("an export of few rows took %d reads, want longer parts", reads)
	}
	for range 30 {
		cut := 1 + rnd.IntN(len(whole)-1)
		last := whole[cut-1][:len("02T15:04")]
		start, err := time.Parse("2006-01-02T15:04", at.Format("2006-01-")+last)
		if err != nil {
			t.Fatal(err)
		}
		kept := slices.IndexFunc(whole, func(row string) bool { return row[:len(last)] == last })
		rest, _ := exportOf(t, h, ExportQuery{From: start})
		if diff := cmp.Diff(whole, append(slices.Clone(whole[:kept]), rest...)); diff != "" {
			t.Fatalf("an export that was cut after row %d and went on from %v (-whole +both):\n%s", cut, start, diff)
		}
	}
}

func TestAnExportIsBounded(t *testing.T) {
	for _, x := range []struct {
		q    ExportQuery
		next time.Time
		err  bool
	}{
		{q: ExportQuery{}},
		{q: ExportQuery{From: noon.AddDate(-1, 0, 0)}},
		{q: ExportQuery{From: noon.AddDate(-2, 0, 0)}, next: noon.AddDate(-2, 0, 0).Truncate(24*time.Hour).AddDate(0, 0, 366)},
		{q: ExportQuery{From: noon.AddDate(0, 0, -33), Step: window.RollupWidth}},
		{q: ExportQuery{Step: 5 * time.Minute}, err: true},
		{q: ExportQuery{From: noon.Add(time.Hour)}, err: true},
	} {
		plan, next, err := x.q.Plan(noon)
		if (fault.KindOf(err) == fault.Invalid) != x.err || !next.Equal(x.next) || err == nil && plan.To.Sub(plan.From)/plan.Step > MaxExportSteps {
			t.Errorf("Plan of %+v = %+v, %v, %v; want next %v, error %v", x.q, plan, next, err, x.next, x.err)
		}
	}
}
