package api

import (
	"slices"
	"strings"
	"testing"
)

func TestTheReferenceHoldsEveryCall(t *testing.T) {
	r, err := NewReference()
	if err != nil {
		t.Fatal(err)
	}
	calls := map[string]Call{}
	for _, g := range r.Groups {
		if g.Description == "" || len(g.Calls) == 0 {
			t.Errorf("the group %q has no description or no calls", g.Name)
		}
		for _, c := range g.Calls {
			calls[c.ID] = c
			if c.Summary == "" || c.Path == "" || len(c.Answers) < 2 {
				t.Errorf("%s has no summary, no path or too few answers: %+v", c.ID, c)
			}
			for _, a := range c.Answers {
				if a.Description == "" {
					t.Errorf("%s: the answer %s has no description; its reference leads nowhere", c.ID, a.Code)
				}
			}
			for _, f := range append(append(slices.Clone(c.Parameters), c.Body...), c.Fields...) {
				if f.Name == "" || f.Type == "" {
					t.Errorf("%s: a field without name or type: %+v", c.ID, f)
				}
			}
		}
	}
	if want := strings.Count(string(Description), "\n      operationId:"); len(calls) != want {
		t.Errorf("%d calls, the description has %d, without what others receive", len(calls), want)
	}
	report := calls["postReport"]
	if report.Keyed || report.Example != `{"symptom":"connection"}` || report.Parameters[0].Name != "service" || !report.Parameters[0].Required {
		t.Errorf("postReport = %+v; want a call without a key", report)
	}
	if !calls["postReports"].Keyed {
		t.Error("many reports at once need a key, and the reference does not say so")
	}
	if !slices.ContainsFunc(calls["getCountries"].Fields, func(f Field) bool { return f.Name == "countries[].country" }) {
		t.Errorf("fields of countries: %+v", calls["getCountries"].Fields)
	}
}
