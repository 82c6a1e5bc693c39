package httpapi

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/api"
	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/gate"
	"github.com/outcry/outcry/pkg/limit"
	"github.com/outcry/outcry/pkg/publicurl"
	"github.com/outcry/outcry/pkg/status"
	"github.com/outcry/outcry/pkg/window"
)

// The forms of an export.
const (
	csvFormat, csvContent     = "csv", "text/csv; charset=utf-8; header=present"
	linesFormat, linesContent = "ndjson", "application/x-ndjson"
)

// exportLimits are the exports that one sender may read at once. A slow reader
// takes a connection and some tens of kilobytes.
var exportLimits = StreamLimits{limit.Address: 4, limit.Network: 8, limit.Holder: 32}

// exportBuffer is how many bytes of an export are collected before they are sent.
const exportBuffer = 32 << 10

// GetArchive streams the counts of a service by country and symptom, for as long
// as a query asks for and one answer may hold. Header Link names the query that
// goes on after it.
func (a *API) GetArchive(c *gin.Context, slug api.ServicePath, p api.GetArchiveParams) {
	if _, err := a.service(slug); err != nil {
		a.fail(c, err)
		return
	}
	format, err := formatOf(c, p.Format)
	if err != nil {
		a.fail(c, err)
		return
	}
	var q status.ExportQuery
	if q.From, q.To, err = parseSpan(p.From, p.To); err == nil {
		q.Step, err = parseExportStep(p.Step)
	}
	if err != nil {
		a.fail(c, err)
		return
	}
	asked := q.To
	q, next, err := q.Plan(a.Now())
	if err != nil {
		a.fail(c, err)
		return
	}
	addr := address(c)
	if err := a.exports.open(addr, c.Writer.Header()); err != nil {
		a.fail(c, err)
		return
	}
	defer a.exports.close(addr)
	if !next.IsZero() {
		rest := url.Values{"from": {next.Format(time.RFC3339)}, "step": {window.Name(q.Step)}, "format": {format}}
		if !asked.IsZero() {
			rest.Set("to", asked.Format(time.RFC3339))
		}
		setNext(c, Base+"/services/"+slug+"/archive", rest)
	}
	w := &exportWriter{eventWriter: newEventWriter(c.Writer), format: format, simulated: a.Simulated}
	h := c.Writer.Header()
	h.Set("Content-Type", map[string]string{csvFormat: csvContent, linesFormat: linesContent}[format])
	h.Set("Cache-Control", "public, max-age=300")
	h.Set("Vary", "Accept")
	h.Set("Content-Disposition", `attachment; filename="`+slug+"-"+q.From.Format("20060102T1504Z")+"-"+window.Name(q.Step)+a.simulatedSuffix()+"."+format+`"`)
	if c.Request.Method == http.MethodHead {
		return
	}
	ctx := c.Request.Context()
	admit := func(read func() error) error {
		_, err := gate.Do(ctx, a.Exporting, func() (struct{}, error) { return struct{}{}, read() })
		return err
	}
	if err := a.Board.Export(ctx, slug, q, admit, w.rows); err != nil {
		if w.sent { // a short answer would look like a whole one
			a.Log.Warn("an export ended early; its reader sees a broken connection", "error", err)
			panic(http.ErrAbortHandler)
		}
		for _, name := range []string{"Content-Type", "Content-Disposition", "Link"} {
			h.Del(name)
		}
		a.fail(c, a.archiveError(err))
		return
	}
	w.finish()
}

// simulatedSuffix returns what the names of files end with on a server that
// replays an outage.
func (a *API) simulatedSuffix() string {
	if a.Simulated {
		return "-simulated"
	}
	return ""
}

// setNext names the page that follows in the header Link.
func setNext(c *gin.Context, path string, query url.Values) {
	c.Header("Link", "<"+publicurl.Of(c.Request).Base+path+"?"+query.Encode()+`>; rel="next"`)
}

// formatOf returns the form that a request asks for: the parameter format, or
// what the header Accept prefers, or CSV.
func formatOf(c *gin.Context, asked string) (string, error) {
	switch asked {
	case csvFormat, linesFormat:
		return asked, nil
	case "":
	default:
		return "", fault.Field("format", "must be csv or ndjson")
	}
	for one := range strings.SplitSeq(c.GetHeader("Accept"), ",") {
		switch kind, _, _ := strings.Cut(strings.TrimSpace(one), ";"); kind {
		case "text/csv":
			return csvFormat, nil
		case linesContent, "application/ndjson", "application/json", "application/jsonl":
			return linesFormat, nil
		}
	}
	return csvFormat, nil
}

// parseExportStep returns the step with a name, or 0 for the default if the name
// is empty.
func parseExportStep(name string) (time.Duration, error) {
	for _, step := range status.ExportSteps {
		if window.Name(step) == name {
			return step, nil
		}
	}
	if name == "" {
		return 0, nil
	}
	return 0, fault.Field("step", "must be one of 15m, 1h, 24h")
}

// exportWriter writes the rows of an export.
type exportWriter struct {
	*eventWriter
	format    string
	simulated bool
	buffer    []byte
	sent      bool
}

// rows writes the rows of a step. It returns the first error of the connection.
func (w *exportWriter) rows(rows []status.ExportRow) error {
	if w.buffer == nil {
		w.buffer = w.head(make([]byte, 0, exportBuffer+4<<10))
	}
	for _, r := range rows {
		if w.format == csvFormat {
			w.buffer = appendCSV(w.buffer, r, w.simulated)
		} else {
			w.buffer = appendLine(w.buffer, r, w.simulated)
		}
		if len(w.buffer) >= exportBuffer {
			w.send()
		}
	}
	return w.err
}

// head appends the line that names the columns.
func (w *exportWriter) head(b []byte) []byte {
	if w.format != csvFormat {
		return b
	}
	b = append(b, "start,minutes,counted_minutes,kind,country,symptom,count,few"...)
	if w.simulated {
		b = append(b, ",simulated"...)
	}
	return append(b, '\n')
}

// send sends what was collected.
func (w *exportWriter) send() {
	w.sent = true
	w.write(w.buffer)
	w.buffer = w.buffer[:0]
}

// finish sends the rest.
func (w *exportWriter) finish() {
	if w.buffer == nil {
		w.buffer = w.head(nil)
	}
	w.send()
}

// shown returns the count of a row as text: nothing where no minute was counted
// and where the count is so small that it would show single persons.
func shown(r status.ExportRow) (count string, few bool) {
	few = isFew(&r.Count)
	if few || r.Count == 0 && r.Counted == 0 {
		return "", few
	}
	return strconv.FormatInt(r.Count, 10), false
}

// appendCSV appends a row as a line of CSV. No field needs quotes: they are IDs,
// numbers and times.
func appendCSV(b []byte, r status.ExportRow, simulated bool) []byte {
	count, few := shown(r)
	b = r.Start.AppendFormat(b, time.RFC3339)
	b = append(b, ',')
	b = strconv.AppendInt(b, int64(r.Width/window.Width), 10)
	b = append(b, ',')
	b = strconv.AppendInt(b, int64(r.Counted), 10)
	for _, text := range [...]string{r.Kind.String(), r.Country, r.Symptom, count, strconv.FormatBool(few)} {
		b = append(b, ',')
		b = append(b, text...)
	}
	if simulated {
		b = append(b, ",true"...)
	}
	return append(b, '\n')
}

// appendLine appends a row as a line of JSON.
func appendLine(b []byte, r status.ExportRow, simulated bool) []byte {
	count, few := shown(r)
	if count == "" {
		count = "null"
	}
	b = append(b, `{"start":"`...)
	b = r.Start.AppendFormat(b, time.RFC3339)
	b = append(b, `","minutes":`...)
	b = strconv.AppendInt(b, int64(r.Width/window.Width), 10)
	b = append(b, `,"counted_minutes":`...)
	b = strconv.AppendInt(b, int64(r.Counted), 10)
	for _, field := range [...][2]string{{"kind", r.Kind.String()}, {"country", r.Country}, {"symptom", r.Symptom}} {
		if field[1] != "" {
			b = append(b, `,"`+field[0]+`":"`+field[1]+`"`...)
		}
	}
	b = append(b, `,"count":`...)
	b = append(b, count...)
	if few {
		b = append(b, `,"few":true`...)
	}
	if simulated {
		b = append(b, `,"simulated":true`...)
	}
	return append(b, "}\n"...)
}
