package ingest

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// claimed is a store of claims that remembers the first of each key.
type claimed struct {
	byKey map[[16]byte]report.Claim
	err   error
}

func (c *claimed) Claim(_ context.Context, _ string, one report.Claim, _ time.Time) (bool, error) {
	first, known := c.byKey[one.Key]
	if !known {
		c.byKey[one.Key], first = one, one
	}
	return first == one, c.err
}

func TestAnIdempotencyKeyBelongsToOneRequest(t *testing.T) {
	store, claims := &recorder{}, &claimed{byKey: map[[16]byte]report.Claim{}}
	o := testOptions(store)
	o.Claims = claims
	run(t, o, func(t *testing.T, in *Ingester, _ func()) {
		submit := func(symptom string) error {
			s, err := report.Submission{Service: "whatsapp", Symptom: symptom}.WithIdempotencyKey("8e03978e-40d5-43dd-bc93-6894a57f9324", "")
			if err != nil {
				t.Fatal(err)
			}
			_, err = in.Submit(s, phone)
			return err
		}
		if err := submit("connection"); err != nil {
			t.Fatal(err)
		}
		if err := submit("connection"); err != nil {
			t.Errorf("the same request again = %v, want no error", err)
		}
		err := submit("login")
		wantKind(t, err, fault.Invalid)
		if err == nil || !strings.Contains(err.Error(), "used for another report") || len(store.reports) != 2 {
			t.Errorf("another request = %v with %d reports counted, want that the key was used, and 2", err, len(store.reports))
		}
		if _, err := in.Submit(down, phone); err != nil {
			t.Errorf("without a key: %v", err)
		}
		claims.err = &fault.Error{Kind: fault.Unavailable, RetryAfter: time.Second, Err: errors.New("no route to host")}
		wantRetry(t, submit("connection"))
	})
}

func TestAClaimThatWasLostIsComparedWithTheReport(t *testing.T) {
	store := storeFunc(func(reports []report.Report) []window.Outcome {
		return []window.Outcome{{Status: window.Counted, Resent: true, Cell: window.Cell{Country: "IN", Symptom: "login"}}}
	})
	run(t, testOptions(store), func(t *testing.T, in *Ingester, _ func()) {
		for symptom, want := range map[string]fault.Kind{"login": fault.Internal, "connection": fault.Invalid} {
			s, err := report.Submission{Service: "whatsapp", Symptom: symptom}.WithIdempotencyKey("8e03978e-40d5-43dd-bc93-6894a57f9324", "")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := in.Submit(s, phone); (err != nil) != (want == fault.Invalid) || err != nil && fault.KindOf(err) != want {
				t.Errorf("a resend of %s, where login was counted = %v", symptom, err)
			}
		}
	})
}
