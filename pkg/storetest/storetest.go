// Package storetest is the contract of window.Store as tests that every
// implementation passes. The names of the tests read as its specification.
//
// It has two parts: cases for each rule, and a model, a store that is simple
// enough to be obviously right, with which a store is compared on random
// reports. It does not test durability, failures or speed: those differ between
// implementations, which test them themselves.
package storetest

import (
	"testing"

	"github.com/outcry/outcry/pkg/window"
)

// Run tests the stores that open returns. Each must be empty and limit the
// devices at an address. It is used by one subtest only; open closes it by
// t.Cleanup.
func Run(t *testing.T, open func(t *testing.T) window.Store) {
	for _, part := range []struct {
		name string
		run  func(*testing.T, func(*testing.T) window.Store)
	}{
		{"an ID counts once", testIDs},
		{"a reporter counts once per cool-down", testReporters},
		{"an address has a limited number of devices", testDevices},
		{"buckets hold the counts of a minute", testBuckets},
		{"networks describe where problems come from", testNetworks},
		{"services with a recent problem are active", testActive},
		{"forgetting drops only what is no longer needed", testForget},
		{"callers at the same time do not disturb each other", testConcurrency},
		{"random reports get the outcomes of the model", testModel},
	} {
		t.Run(part.name, func(t *testing.T) { part.run(t, open) })
	}
}
