package storetest

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// ClaimStore is a store that remembers claims.
type ClaimStore interface {
	window.Store
	window.Claims
}

// RunClaims tests the claims of the stores that open returns, as Run tests the
// rest of them.
func RunClaims(t *testing.T, open func(t *testing.T) ClaimStore) {
	claim := func(key, body byte) report.Claim { return report.Claim{Key: [16]byte{key}, Body: [8]byte{body}} }
	wantClaim := func(t *testing.T, s ClaimStore, service string, c report.Claim, at time.Time, want bool) {
		t.Helper()
		if same, err := s.Claim(t.Context(), service, c, at); err != nil || same != want {
			t.Errorf("Claim(%s, %x, %s) = %v, %v; want %v", service, c, clock(at), same, err, want)
		}
	}
	t.Run("a key may be used again for the same", func(t *testing.T) {
		s := open(t)
		wantClaim(t, s, "acme", claim(1, 1), noon, true)
		wantClaim(t, s, "acme", claim(1, 1), noon.Add(time.Minute), true)
		wantClaim(t, s, "acme", claim(1, 2), noon.Add(time.Minute), false)
		wantClaim(t, s, "acme", claim(1, 1), noon.Add(time.Minute), true)
		wantClaim(t, s, "acme", claim(2, 2), noon, true)
	})
	t.Run("a key is remembered as long as an ID", func(t *testing.T) {
		s := open(t)
		// From a time in the middle of any span that a store may divide time into.
		start := noon.Add(47 * time.Minute)
		wantClaim(t, s, "acme", claim(1, 1), start, true)
		forget(t, s, start.Add(window.IDMemory-time.Second))
		wantClaim(t, s, "acme", claim(1, 2), start.Add(window.IDMemory-time.Second), false)
		wantClaim(t, s, "acme", claim(1, 2), start.Add(window.IDMemory), true)
		wantClaim(t, s, "acme", claim(1, 1), start.Add(window.IDMemory+time.Second), false)
		wantClaim(t, s, "acme", claim(1, 2), start.Add(2*window.IDMemory-time.Second), true)
		wantClaim(t, s, "acme", claim(1, 1), start.Add(2*window.IDMemory), true)
	})
	t.Run("of many claims at once one is the first", func(t *testing.T) {
		s := open(t)
		const callers = 20
		var won atomic.Int64
		atOnce(callers, func(caller int) {
			if same, err := s.Claim(t.Context(), "acme", claim(1, byte(caller)), noon); err != nil {
				t.Error(err)
			} else if same {
				won.Add(1)
			}
		})
		if won.Load() != 1 {
			t.Errorf("%d of %d claims with different fingerprints were taken, want 1", won.Load(), callers)
		}
	})
	t.Run("claims disturb no counting", func(t *testing.T) {
		s := open(t)
		wantClaim(t, s, "acme", claim(1, 1), noon, true)
		wantOutcome(t, s, counted, problem(1, noon))
		wantClaim(t, s, "acme", claim(1, 2), noon, false)
		wantProblems(t, s, "acme", noon, noon.Add(time.Minute), 1)
	})
}
