package window

import (
	"context"
	"time"

	"github.com/outcry/outcry/pkg/report"
)

// Claims remember what idempotency keys were first used for. Stores implement it
// beside Store, and pass storetest.RunClaims.
//
// A claim is as durable as a report that is counted after it. A store that has
// lost its data has lost claims too; then all that is known of an earlier request
// is the outcome of its report.
type Claims interface {
	// Claim reports whether c is the first claim of its key for a service within
	// IDMemory, or has the fingerprint of the first.
	Claim(ctx context.Context, service string, c report.Claim, at time.Time) (same bool, err error)
}
