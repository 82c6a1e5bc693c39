package app

import (
	"testing"

	"github.com/outcry/outcry/pkg/guard"
)

func TestTheRoutesThatCostMoreExist(t *testing.T) {
	exists := map[string]bool{}
	for _, r := range routesOf(t) {
		exists[r.Path] = true
	}
	for _, route := range guard.Costly() {
		if !exists[route] {
			t.Errorf("package guard names the route %s, which does not exist", route)
		}
	}
}
