//go:build !race

package web

// defaultIncidents is how many random incidents TestNoTwoFormsDisagree looks at.
const defaultIncidents = 100
