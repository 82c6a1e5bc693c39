package window_test

import (
	"fmt"
	"testing"

	"github.com/outcry/outcry/pkg/window"
)

// A service that changed its partition would lose its windows.
func TestPartitionsStayAsTheyAre(t *testing.T) {
	for service, want := range map[string]int{"whatsapp": 49, "facebook": 51, "aws": 47, "": 1} {
		if got := window.PartitionOf(service); got != want {
			t.Errorf("PartitionOf(%q) = %d, want %d", service, got, want)
		}
	}
}

func TestPartitionsAreEven(t *testing.T) {
	const services = 64_000
	var held [window.Partitions]int
	for n := range services {
		held[window.PartitionOf(fmt.Sprintf("service-%d", n))]++
	}
	for p, n := range held {
		if n < 800 || n > 1200 {
			t.Errorf("partition %d has %d of %d services, want about %d", p, n, services, services/window.Partitions)
		}
	}
}
