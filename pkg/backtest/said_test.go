package backtest

import (
	"strings"

	"github.com/outcry/outcry/pkg/detect"
)

// said collects what Explain makes of every row.
type said struct{ lines []string }

func (s *said) see(row Row, j detect.SeriesVerdict) { s.lines = append(s.lines, Explain(row, j)) }

func (s *said) text() string { return strings.Join(s.lines, "\n") }
