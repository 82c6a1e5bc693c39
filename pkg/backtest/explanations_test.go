package backtest

import (
	"strings"

	"github.com/outcry/outcry/pkg/detect"
)

// explanations collects the explanation of every row.
type explanations struct{ lines []string }

func (e *explanations) add(row Row, v detect.SingleVerdict) {
	e.lines = append(e.lines, Explain(row, v))
}

func (e *explanations) text() string { return strings.Join(e.lines, "\n") }
