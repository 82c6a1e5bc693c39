//go:build race

package monitor_test

// withRaceDetector reports whether the race detector watches, which makes everything
// slow.
const withRaceDetector = true
