package web

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/outcry/outcry/internal/pagetest"
	"github.com/outcry/outcry/pkg/view"
)

func TestFiguresAreThoseOfTheScorecard(t *testing.T) {
	c, err := readScores()
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile("../../docs/scorecard.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		fmt.Sprintf("%.4f in %d weeks", c.QuietFalse, c.QuietWeeks),
		fmt.Sprintf("%d | %.1f %% | %.0f min | %.1f %% |", c.Outages, 100*c.Declared, c.DelayMinutes, 100*c.Early),
		fmt.Sprintf("%.1f %% of %d, %.0f min", 100*c.LargeDeclared, c.Large, c.LargeDelayMinutes),
		fmt.Sprintf("| %.0f min |", c.ClearMinutes),
		fmt.Sprintf("%d of %d", c.PagesMissed, c.Pages),
		fmt.Sprintf("%.2f", c.PagesFalse),
	} {
		if !strings.Contains(string(data), want) {
			t.Errorf("scorecard.json says %q, and docs/scorecard.md does not; scripts/scorecard writes both", want)
		}
	}
}

func TestMethodTellsTheThresholdsOfThisServer(t *testing.T) {
	engine, _, err := newEngine(pagetest.Morning(), &pagetest.Ingester{}, engineOptions{Quorum: view.Quorum{Warning: 4, Outage: 23}})
	if err != nil {
		t.Fatal(err)
	}
	body := pagetest.Get(t, engine, "/en/method").Body.String()
	scores, err := readScores()
	if err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintf("%.0f%%", 100*scores.Declared); !strings.Contains(body, want) {
		t.Errorf("the page does not say that %s of outages are declared", want)
	}
	for _, want := range []string{"at least 4 networks", "from at least 23 networks", "more than 40% of the evidence", "destroyed after 2 days"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}
