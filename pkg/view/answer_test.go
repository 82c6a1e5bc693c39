package view

import (
	"testing"
	"time"

	"github.com/outcry/outcry/internal/pagetest"
	"github.com/outcry/outcry/pkg/status"
)

func TestAnswerCountsTheReportOnce(t *testing.T) {
	counted := Answer{Kind: AnswerCounted, At: pagetest.Now}
	for _, c := range []struct {
		name string
		read time.Time
		seen int64
		want int64
	}{
		{"the board was read before it was counted", pagetest.Now.Add(-time.Millisecond), 3, 4},
		{"and after", pagetest.Now, 4, 4},
		{"nobody else, and the board is behind by more than that", pagetest.Now, 0, 1},
	} {
		if got := counted.Including(status.Status{ReadAt: c.read, AsOf: pagetest.Now.Truncate(time.Minute), Observed: c.seen}).Observed; got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}
