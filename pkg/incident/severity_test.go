package incident

import (
	"testing"
	"time"
)

func TestSeverityOfAPeak(t *testing.T) {
	p := Peak{Window: 15 * time.Minute, Observed: 1240, Expected: 12}
	if got := p.ExcessPerHour(); got != 4912 {
		t.Errorf("%v reports an hour above the usual, want 4912", got)
	}
	if got := p.Multiple(); got < 80 || got > 1240/12. {
		t.Errorf("surely %v times the usual", got)
	}
	few := Peak{Window: 15 * time.Minute, Observed: 4, Expected: 0.01}
	if got := few.Multiple(); got > 2 {
		t.Errorf("four reports are surely %v times the usual", got)
	}
	if got := (Peak{}).ExcessPerHour(); got != 0 {
		t.Errorf("no peak has an excess of %v", got)
	}
	last := 0.0
	for n := int64(0); n < 2000; n += 50 {
		p.Observed = n
		if m := p.Multiple(); m < last {
			t.Fatalf("%d reports are surely %v times the usual, fewer were %v", n, m, last)
		} else {
			last = m
		}
	}
}
