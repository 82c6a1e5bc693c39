// Package storetest is the conformance suite of window.Store: what it asserts
// is what every implementation promises, whatever it is built on.
package storetest

import (
	"testing"

	"github.com/outcry/outcry/pkg/window"
)

// Run tests the stores that open returns. Each is empty, limits devices, and
// belongs to its subtest; open registers its own cleaning up with t.
func Run(t *testing.T, open func(t *testing.T) window.Store) {
	for _, part := range []struct {
		name string
		run  func(*testing.T, func(*testing.T) window.Store)
	}{
		{"once per ID", testIDs},
		{"once per reporter", testReporters},
		{"devices at an address", testDevices},
		{"buckets", testBuckets},
		{"networks", testNetworks},
		{"active services", testActive},
		{"forgetting", testForget},
		{"many at once", testConcurrency},
		{"model", testModel},
	} {
		t.Run(part.name, func(t *testing.T) { part.run(t, open) })
	}
}
