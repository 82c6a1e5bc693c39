//go:build race

package web

// defaultIncidents is small because the race detector makes everything slow, and
// one incident runs the same code as a hundred.
const defaultIncidents = 20
