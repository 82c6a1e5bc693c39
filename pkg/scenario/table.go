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

// WriteTable prints the result for people.
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

// columns prints rows as aligned columns; the writer below keeps any error.
func columns(w io.Writer, rows [][]string) {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		fmt.Fprintln(tw, strings.Join(row, "\t"))
	}
	_ = tw.Flush() // bufio repeats the error when it is flushed
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
		rows = append(rows, []string{p.What, p.figure(p.Printed), p.figure(p.Measured), p.Window, p.AsOf.Format("2006-01-02 15:04"), ok})
	}
	for _, p := range r.NotReplayed {
		rows = append(rows, []string{p.What, count(int64(p.Printed)), "not replayed: " + p.Note})
	}
	columns(w, rows)
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
			s.Service, at(s.Onset), at(s.OnsetEstimated), at(s.DeclaredAt), delay, at(s.ResolvedAt),
			count(s.Reports), s.symptoms(), s.countries(),
		})
	}
	columns(w, rows)
}

// writeIncidents lists the incidents that no line of a service tells of.
func (r *Result) writeIncidents(w io.Writer) {
	var rows [][]string
	for _, inc := range r.Incidents {
		told := slices.ContainsFunc(r.Services, func(s ServiceResult) bool {
			return s.Service == inc.Service && s.OnsetEstimated != nil && s.OnsetEstimated.Equal(inc.Onset)
		})
		if !told {
			rows = append(rows, []string{inc.Service, string(inc.Role), string(inc.State), at(&inc.Onset), at(inc.DeclaredAt), at(inc.ResolvedAt)})
		}
	}
	if len(rows) == 0 {
		return
	}
	fmt.Fprintln(w)
	columns(w, append([][]string{{"OTHER INCIDENT", "ROLE", "STATE", "ESTIMATED", "DECLARED", "RESOLVED"}}, rows...))
}

// symptoms returns the shares, largest first.
func (s *ServiceResult) symptoms() string {
	ids := make([]string, 0, len(s.Symptoms))
	for id := range s.Symptoms {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b string) int {
		if s.Symptoms[a] != s.Symptoms[b] {
			return int(s.Symptoms[b]*1e4) - int(s.Symptoms[a]*1e4)
		}
		return strings.Compare(a, b)
	})
	for i, id := range ids {
		ids[i] = id + " " + percent(s.Symptoms[id])
	}
	return dash(strings.Join(ids, ", "))
}

// countries returns the countries with most reports.
func (s *ServiceResult) countries() string {
	const shown = 6
	var parts []string
	for i, c := range s.Countries {
		if i == shown {
			parts = append(parts, fmt.Sprintf("%d more", len(s.Countries)-shown))
			break
		}
		parts = append(parts, c.Country+" "+count(c.Reports))
	}
	return dash(strings.Join(parts, ", "))
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// at returns a time as a table shows it.
func at(t *time.Time) string {
	if t == nil {
		return "-"
	}
	return t.Format("15:04:05")
}

// figure returns a printed or measured value as people read it.
func (p *PressResult) figure(v float64) string {
	if p.share {
		return percent(v)
	}
	return count(int64(v))
}

func percent(share float64) string {
	return strconv.FormatFloat(share*100, 'f', 1, 64) + " %"
}

// count returns n with commas between the thousands.
func count(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
