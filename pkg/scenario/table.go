package scenario

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// WriteTable writes the result to w as tables for people.
func (r *Result) WriteTable(w io.Writer) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "%s (%s)\n", r.Title, r.Scenario)
	simulated := "Simulated"
	if slices.ContainsFunc(r.Services, func(s ServiceResult) bool { return s.Onset != nil }) {
		simulated = "Simulated to the printed figures"
	}
	fmt.Fprintf(out, "%s; all times are UTC.\n%s\n", simulated, strings.TrimSpace(r.Source))
	r.writePress(out)
	r.writeServices(out)
	r.writeIncidents(out)
	for _, note := range r.Notes {
		fmt.Fprintf(out, "\nNote: %s\n", strings.TrimSpace(note))
	}
	fmt.Fprintln(out)
	if r.OK {
		fmt.Fprintln(out, "ok: everything is as the scenario expects")
	}
	for _, what := range r.Off {
		fmt.Fprintf(out, "off: %s\n", what)
	}
	return out.Flush()
}

// writeColumns writes rows as aligned columns. The buffered writer w keeps any
// error.
func writeColumns(w io.Writer, rows [][]string) {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		fmt.Fprintln(tw, strings.Join(row, "\t"))
	}
	_ = tw.Flush() // the flush of w returns the same error
}

func (r *Result) writePress(w io.Writer) {
	if len(r.Press)+len(r.NotReplayed) == 0 {
		return
	}
	fmt.Fprintln(w)
	rows := [][]string{{"PRINTED", "FIGURE", "MEASURED", "WINDOW", "AS OF", "HOLDS"}}
	for _, p := range r.Press {
		ok := "off"
		if p.OK {
			ok = "ok"
		}
		rows = append(rows, []string{p.What, p.format(p.Printed), p.format(p.Measured), p.Window, p.AsOf.Format("2006-01-02 15:04"), ok})
	}
	for _, p := range r.NotReplayed {
		rows = append(rows, []string{p.What, formatCount(int64(p.Printed)), "not replayed: " + p.Note})
	}
	writeColumns(w, rows)
}

func (r *Result) writeServices(w io.Writer) {
	fmt.Fprintln(w)
	rows := [][]string{{"SERVICE", "ONSET", "ESTIMATED", "DECLARED", "DELAY", "RESOLVED", "REPORTS", "SYMPTOMS", "COUNTRIES"}}
	for _, s := range r.Services {
		delay := "-"
		if s.DelaySeconds != nil {
			delay = time.Duration(*s.DelaySeconds * float64(time.Second)).Round(time.Second).String()
		}
		rows = append(rows, []string{
			s.Service, formatClock(s.Onset), formatClock(s.OnsetEstimated), formatClock(s.DeclaredAt), delay, formatClock(s.ResolvedAt),
			formatCount(s.Reports), s.symptomList(), s.countryList(),
		})
	}
	writeColumns(w, rows)
}

// writeIncidents writes the incidents that the table of services does not show.
func (r *Result) writeIncidents(w io.Writer) {
	var rows [][]string
	for _, inc := range r.Incidents {
		listed := slices.ContainsFunc(r.Services, func(s ServiceResult) bool {
			return s.Service == inc.Service && s.OnsetEstimated != nil && s.OnsetEstimated.Equal(inc.Onset)
		})
		if !listed {
			rows = append(rows, []string{inc.Service, string(inc.Role), string(inc.State), formatClock(&inc.Onset), formatClock(inc.DeclaredAt), formatClock(inc.ResolvedAt)})
		}
	}
	if len(rows) == 0 {
		return
	}
	fmt.Fprintln(w)
	writeColumns(w, append([][]string{{"OTHER INCIDENT", "ROLE", "STATE", "ESTIMATED", "DECLARED", "RESOLVED"}}, rows...))
}

// symptomList returns the symptoms with their shares, the largest first.
func (res *ServiceResult) symptomList() string {
	ids := make([]string, 0, len(res.Symptoms))
	for id := range res.Symptoms {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b string) int {
		if res.Symptoms[a] != res.Symptoms[b] {
			return int(res.Symptoms[b]*1e4) - int(res.Symptoms[a]*1e4)
		}
		return strings.Compare(a, b)
	})
	for i, id := range ids {
		ids[i] = id + " " + formatPercent(res.Symptoms[id])
	}
	return orDash(strings.Join(ids, ", "))
}

// countryList returns the countries with the most reports.
func (res *ServiceResult) countryList() string {
	const limit = 6
	var parts []string
	for i, c := range res.Countries {
		if i == limit {
			parts = append(parts, fmt.Sprintf("%d more", len(res.Countries)-limit))
			break
		}
		parts = append(parts, c.Country+" "+formatCount(c.Reports))
	}
	return orDash(strings.Join(parts, ", "))
}

// orDash returns s, or a dash when it is empty.
func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// formatClock returns the time of day, or a dash when t is nil.
func formatClock(t *time.Time) string {
	if t == nil {
		return "-"
	}
	return t.Format("15:04:05")
}

// format returns a printed or measured value as a count or in per cent.
func (p *PressResult) format(v float64) string {
	if p.share {
		return formatPercent(v)
	}
	return formatCount(int64(v))
}

func formatPercent(share float64) string {
	return strconv.FormatFloat(share*100, 'f', 1, 64) + " %"
}

// formatCount returns n with commas between the thousands.
func formatCount(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
