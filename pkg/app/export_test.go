package app

import (
	"bufio"
	"flag"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/config"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

var exportDays = flag.Int("export-days", 20, "days of the longer export that is measured; 366 for the long form")

// TestAnExportTakesConstantMemory exports some days of a service with reports of
// 240 cells in each hour, and compares the most memory in use with that of an
// export of five days.
//
//	go test ./pkg/app -run ConstantMemory -v -args -export-days 366
func TestAnExportTakesConstantMemory(t *testing.T) {
	cfg, err := config.Load([]string{"OUTCRY_DATA=" + t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	p, err := Open(t.Context(), cfg, slog.New(slog.DiscardHandler), Options{Replay: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	}()
	end := time.Now().UTC().Truncate(24 * time.Hour)
	from := end.AddDate(0, 0, -*exportDays)
	fillArchive(t, p, from, end)
	handler, err := p.handler()
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	defer server.Close()
	url := server.URL + "/api/v1/services/whatsapp/archive?step=1h&to=" + end.Format(time.RFC3339) + "&from="
	short := exportPeak(t, url+end.AddDate(0, 0, -5).Format(time.RFC3339))
	long := exportPeak(t, url+from.Format(time.RFC3339))
	t.Logf("5 days: %+v; %d days: %+v", short, *exportDays, long)
	if want := int64(*exportDays) * 24 * 240; long.rows != want {
		t.Errorf("the export has %d rows, want %d", long.rows, want)
	}
	if long.peak > short.peak+16<<20 {
		t.Errorf("an export of %d days takes up to %d MB, one of 5 days %d MB, want about the same", *exportDays, long.peak>>20, short.peak>>20)
	}
}

// fillArchive writes hours with reports of 240 cells.
func fillArchive(t *testing.T, p *Parts, from, end time.Time) {
	t.Helper()
	service, _ := p.Catalog.Service("whatsapp")
	var cells []window.Cell
	for _, country := range p.Catalog.Countries()[:60] {
		for _, symptom := range service.Symptoms[:4] {
			cells = append(cells, window.Cell{Country: country.Code, Symptom: symptom})
		}
	}
	var rollups []window.Rollup
	var spans []window.Span
	save := func() {
		if err := p.Archive.SaveRollups(t.Context(), rollups, spans); err != nil {
			t.Fatal(err)
		}
		rollups, spans = rollups[:0], spans[:0]
	}
	for at := from; at.Before(end); at = at.Add(time.Hour) {
		for i, c := range cells {
			rollups = append(rollups, window.Rollup{Service: "whatsapp", Kind: report.Problem, Cell: c, Start: at, Width: time.Hour, N: int64(i + 1)})
		}
		spans = append(spans, window.Span{Start: at, Width: time.Hour, Known: 60})
		if len(spans) == 100 {
			save()
		}
	}
	save()
}

// exported is what an export took.
type exported struct {
	rows, bytes int64
	peak        uint64 // the most bytes of the heap that were in use after a collection
	took        time.Duration
}

// exportPeak reads an export to its end, while it measures the heap.
func exportPeak(t *testing.T, url string) (e exported) {
	t.Helper()
	began := time.Now()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Fatalf("GET %s answered %d", url, res.StatusCode)
	}
	var size atomic.Int64
	lines := bufio.NewScanner(io.TeeReader(res.Body, counter{&size}))
	for lines.Scan() {
		if e.rows++; e.rows%20_000 == 0 {
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			e.peak = max(e.peak, m.HeapAlloc)
		}
		if e.rows == 1 && !strings.HasPrefix(lines.Text(), "start,") {
			t.Errorf("the first line is %q, want the names of the columns", lines.Text())
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	e.rows-- // the names of the columns
	e.bytes, e.took = size.Load(), time.Since(began)
	return e
}

// counter adds up what is written to it.
type counter struct{ n *atomic.Int64 }

func (c counter) Write(b []byte) (int, error) {
	c.n.Add(int64(len(b)))
	return len(b), nil
}
