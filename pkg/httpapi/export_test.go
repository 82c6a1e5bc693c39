package httpapi

import (
	"encoding/csv"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/status"
)

const exportPath = Base + "/services/whatsapp/archive"

func TestAnExportIsCSVOrLinesOfJSON(t *testing.T) {
	var all strings.Builder
	for _, x := range []struct {
		query, accept string
		simulated     bool
	}{
		{"", "", false}, {"?format=ndjson", "text/csv", false}, {"", "application/x-ndjson, text/csv;q=0.5", false}, {"", "text/html, */*", false},
		{"?format=csv", "application/json", true}, {"", "application/json", true},
	} {
		var change []func(*Options)
		if x.simulated {
			change = append(change, simulatedSite)
		}
		s := newSite(t, change...)
		w := s.do("GET", exportPath+x.query, "", "Accept: "+x.accept)
		h := w.Header()
		all.WriteString("# " + x.query + " Accept: " + x.accept + "\n" + h.Get("Content-Type") + "\n" + h.Get("Content-Disposition") + "\n" + w.Body.String() + "\n")
		if x.query == "" && h.Get("Vary") != "Accept" {
			t.Errorf("Vary is %q, want Accept", h.Get("Vary"))
		}
	}
	golden(t, "export.golden", all.String())
	if w := newSite(t).do("GET", exportPath+"?format=xml", ""); w.Code != 422 {
		t.Errorf("format=xml answered %d, want 422", w.Code)
	}
}

func TestAnExportNamesWhereItGoesOn(t *testing.T) {
	s := newSite(t)
	const from = "2019-01-01T05:00:00%2B05:00"
	w := s.do("GET", exportPath+"?from="+from+"&to=2022-01-01T00:00:00Z&format=ndjson", "")
	q := s.board.exports[0]
	end := q.From.Add(status.MaxExportSteps * time.Hour)
	if !q.From.Equal(time.Date(2019, 1, 1, 0, 0, 0, 0, time.UTC)) || !q.To.Equal(end) {
		t.Errorf("the export is from %v to %v, want 366 days from the start of 2019", q.From, q.To)
	}
	link := w.Header().Get("Link")
	address, rest, _ := strings.Cut(strings.TrimPrefix(link, "<"), ">")
	if rest != `; rel="next"` {
		t.Fatalf("Link is %q, want a next one", link)
	}
	for step := 0; address != ""; step++ {
		if step > 5 {
			t.Fatal("the export does not end")
		}
		w = s.do("GET", address, "")
		last := s.board.exports[len(s.board.exports)-1]
		if before := s.board.exports[len(s.board.exports)-2]; !last.From.Equal(before.To) {
			t.Errorf("the next export begins at %v, want %v, the end of the one before", last.From, before.To)
		}
		address, _, _ = strings.Cut(strings.TrimPrefix(w.Header().Get("Link"), "<"), ">")
	}
	if last := s.board.exports[len(s.board.exports)-1]; !last.To.Equal(time.Date(2022, 1, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("the last export ends at %v, want the end that was asked for", last.To)
	}
}

func TestAnExportThatFailsIsNoWholeAnswer(t *testing.T) {
	s := newSite(t)
	s.board.long, s.board.late = 5_000, errors.New("disk")
	server := httptest.NewServer(s.engine)
	defer server.Close()
	res, err := http.Get(server.URL + exportPath)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	rows, err := csv.NewReader(res.Body).ReadAll()
	if err == nil {
		t.Errorf("an export that failed was read to its end, with %d rows", len(rows))
	}
	if s.api.exports.counts[0][address(newContext(request("GET", "/", "")))] != 0 {
		t.Error("an export that failed is still counted as open")
	}
	s.board.long = 0 // nothing was sent before the failure
	if w := s.do("GET", exportPath, ""); w.Code != 503 || w.Header().Get("Content-Disposition") != "" || w.Header().Get("Link") != "" {
		t.Errorf("an export that fails at once answers %d with %v, want a problem", w.Code, w.Header())
	}
}

func TestIncidentsAsCSV(t *testing.T) {
	s := newSite(t)
	s.past.next = "bmV4dA"
	w := s.do("GET", Base+"/incidents.csv?service=whatsapp&state=confirmed", "")
	golden(t, "incidents.csv.golden", w.Body.String())
	if link := w.Header().Get("Link"); link != `</api/v1/incidents.csv?cursor=bmV4dA&service=whatsapp&state=confirmed>; rel="next"` {
		t.Errorf("Link is %s, want the next page", link)
	}
	if s.past.filter.Limit != incidentRows || s.past.filter.Service != "whatsapp" || len(s.past.filter.States) != 1 {
		t.Errorf("the archive was asked for %+v", s.past.filter)
	}
}
