package monitor_test

import (
	"context"
	"reflect"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/monitor"
	"github.com/outcry/outcry/pkg/window"
)

// TestARestartChangesNothingOfWhatIsUsual asks one process every hour for three
// days and another only at their end.
func TestARestartChangesNothingOfWhatIsUsual(t *testing.T) {
	h := newCrowdedHouse(3, 4, 2, 0.3)
	cells := []window.Cell{{}, {Country: "AA"}, {Country: "AC"}, {Symptom: "symptom-1"}, {Country: "ZZ"}}
	old, fresh := monitor.NewBaselines(h), monitor.NewBaselines(h)
	now := h.start
	for range 72 {
		now = now.Add(time.Hour)
		for _, cell := range cells {
			if _, err := old.Of(context.Background(), "service-00001", cell, now); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, cell := range cells {
		want, err := old.Of(context.Background(), "service-00001", cell, now)
		if err != nil {
			t.Fatal(err)
		}
		got, err := fresh.Of(context.Background(), "service-00001", cell, now)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("cell %v: %+v for a new process, %+v for an old one", cell, *got, *want)
		}
	}
}
