package httpapi

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/api"
	"github.com/outcry/outcry/pkg/gate"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/publish"
)

// incidentRows is the most incidents of one answer as CSV.
const incidentRows = 1000

// incidentColumns are the columns of incidents as CSV.
var incidentColumns = []string{"id", "service", "state", "level", "onset", "suspected_at", "declared_at", "recovering_at", "resolved_at", "updated_at",
	"reports", "peak_at", "peak_window", "peak_observed", "peak_expected", "countries", "symptoms", "linked", "echo_of"}

// ListIncidentsCsv answers with incidents as CSV, latest onset first.
func (a *API) ListIncidentsCsv(c *gin.Context, p api.ListIncidentsCsvParams) {
	filter, err := a.incidentFilter(api.ListIncidentsParams{Service: p.Service, Country: p.Country, State: p.State, From: p.From, To: p.To, Cursor: p.Cursor})
	if err != nil {
		a.fail(c, err)
		return
	}
	filter.Limit = incidentRows
	ctx := c.Request.Context()
	type page struct {
		text []byte
		next string
	}
	got, err := gate.Do(ctx, a.Exporting, func() (page, error) {
		incidents, next, err := a.Incidents.Incidents(ctx, filter)
		if err != nil {
			return page{}, a.archiveError(err)
		}
		text, err := a.incidentsCSV(incidents)
		return page{text, next}, err
	})
	if err != nil {
		a.fail(c, err)
		return
	}
	if got.next != "" {
		rest := c.Request.URL.Query()
		rest.Set("cursor", got.next)
		setNext(c, Base+"/incidents.csv", url.Values(rest))
	}
	c.Header("Content-Disposition", `attachment; filename="incidents`+a.simulatedSuffix()+`.csv"`)
	a.writeCached(c, csvContent, fresh, got.text)
}

func (a *API) incidentsCSV(incidents []incident.Incident) ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	head := incidentColumns
	if a.Simulated {
		head = append(head[:len(head):len(head)], "simulated")
	}
	if err := w.Write(head); err != nil {
		return nil, fmt.Errorf("write incidents as CSV: %w", err)
	}
	for _, inc := range incidents {
		i := incidentOf(a.current(inc))
		row := []string{i.Id, i.Service, i.State, i.Level, timeCell(i.Onset), timeCell(i.SuspectedAt), timeCell(i.DeclaredAt), timeCell(i.RecoveringAt),
			timeCell(i.ResolvedAt), timeCell(i.UpdatedAt), strconv.FormatInt(i.Reports, 10), timeCell(i.Peak.At), i.Peak.Window,
			strconv.FormatInt(i.Peak.Observed, 10), strconv.FormatFloat(publish.Rounded(inc.Peak.Expected), 'f', -1, 64), "", "", strings.Join(i.Linked, " "), inc.EchoOf}
		var countries, symptoms []string
		for _, one := range i.Countries {
			countries = append(countries, one.Country)
		}
		for _, one := range i.Symptoms {
			symptoms = append(symptoms, one.Symptom)
		}
		row[15], row[16] = strings.Join(countries, " "), strings.Join(symptoms, " ")
		if a.Simulated {
			row = append(row, "true")
		}
		if err := w.Write(row); err != nil {
			return nil, fmt.Errorf("write incidents as CSV: %w", err)
		}
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

// timeCell returns a time as a cell of CSV, or nothing for the zero time.
func timeCell(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Truncate(time.Second).Format(time.RFC3339)
}
