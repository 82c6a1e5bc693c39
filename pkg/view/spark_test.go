package view

import (
	"strings"
	"testing"

	"github.com/outcry/outcry/internal/pagetest"
	"github.com/outcry/outcry/pkg/status"
)

func TestSparkDrawsGaps(t *testing.T) {
	v := drawSpark(pagetest.FourQuarters(10, -1, -1, 40), "label")
	if strings.Count(v.Line, "M") != 2 || strings.Contains(v.Line, "L") || !strings.Contains(v.Line, "h40") || !strings.HasSuffix(v.Line, "h-40") {
		t.Errorf("the line %q is drawn through a gap, or its points cannot be seen", v.Line)
	}
	if len(v.Gaps) != 1 || v.Gaps[0] != (Span{"16.67%", "66.67%"}) {
		t.Errorf("gaps = %v, want one from 16.67%% that is 66.67%% wide", v.Gaps)
	}
	if !v.Hot {
		t.Error("a spark that ends above the range is not hot")
	}
	if drawSpark(status.Series{}, "") != nil {
		t.Error("a series without points has a spark")
	}
}
