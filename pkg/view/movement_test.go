package view

import (
	"strings"
	"testing"
	"time"

	"github.com/outcry/outcry/internal/pagetest"
	"github.com/outcry/outcry/pkg/status"
)

// turned are courses in five steps of five minutes, of which in the first nothing
// was counted: connection leads, then messaging.
func turned() status.SeriesBySymptom {
	c := status.SeriesBySymptom{AsOf: pagetest.At("07:25"), Step: 5 * time.Minute}
	counts := map[string][]int64{"connection": {0, 80, 70, 60, 50}, "messaging": {0, 20, 30, 90, 250}}
	for i := range 5 {
		c.Starts = append(c.Starts, pagetest.At("07:00").Add(time.Duration(i)*c.Step))
	}
	for _, id := range []string{"connection", "messaging"} {
		course := status.SymptomPoints{Symptom: id}
		for i, n := range counts[id] {
			course.Points = append(course.Points, status.Point{Start: c.Starts[i], Count: n, Known: i > 0})
		}
		c.Symptoms = append(c.Symptoms, course)
	}
	return c
}

func TestSplitNamesTheFirstAndThePresentSymptom(t *testing.T) {
	m := NewMovement(turned())
	if m == nil || !m.from.Equal(pagetest.At("07:05")) || !m.to.Equal(pagetest.At("07:25")) {
		t.Fatalf("moved from %+v", m)
	}
	shares := status.Shares([]string{"connection", "messaging"}, map[string]int64{"connection": 50, "messaging": 250})
	v := newSplit(pagetest.Locale(t, "en"), status.Breakdown{Total: 300, Window: 15 * time.Minute, Symptoms: shares}, m, func(id string) string { return id })
	if v.Title != "It began as “connection” and became “messaging”" || v.Moved != "07:05 to 07:25" {
		t.Errorf("title %q, moved %q", v.Title, v.Moved)
	}
	if v.Rows[0].Name != "messaging" || v.Rows[0].Was != "was 40%" || v.Rows[1].Was != "was 60%" { // 140 of 350, of three steps
		t.Errorf("rows %+v", v.Rows)
	}
	if strings.Count(v.Rows[0].Line, "L") != 3 || !strings.HasPrefix(v.Rows[0].Line, "M0 ") || !strings.HasSuffix(v.Rows[0].Area, "z") {
		t.Errorf("the path %q does not go through four steps", v.Rows[0].Line)
	}
}

func TestFewReportsShowNoMovement(t *testing.T) {
	c := turned()
	for i := range c.Symptoms {
		for k := range c.Symptoms[i].Points {
			c.Symptoms[i].Points[k].Count /= 20
		}
	}
	if m := NewMovement(c); m != nil {
		t.Errorf("a dozen reports are said to have moved: %+v", m)
	}
	if m := NewMovement(status.SeriesBySymptom{}); m != nil {
		t.Errorf("nothing is said to have moved: %+v", m)
	}
}
