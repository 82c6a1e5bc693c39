package ingest

import (
	"errors"
	"net/netip"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/limit"
)

// allowance allows n submissions of each address.
type allowance struct {
	n    int
	used map[uint64]int
}

func (a *allowance) Take(class limit.Class, from limit.Sender, _ time.Time) limit.Decision {
	if class != limit.Reports {
		return limit.Decision{Allowed: true}
	}
	key := from[limit.Address]
	if a.used[key] == a.n {
		return limit.Decision{Limit: a.n, RetryAfter: time.Second, Reset: time.Minute}
	}
	a.used[key]++
	return limit.Decision{Allowed: true, Limit: a.n, Remaining: a.n - a.used[key], Reset: time.Minute}
}

func (a *allowance) GiveBack(limit.Class, limit.Sender, time.Time) {}

func TestTheRateLimitIsForOneSenderOverAllServices(t *testing.T) {
	store := &recorder{}
	o := testOptions(store)
	o.Limiter = &allowance{n: 2, used: map[uint64]int{}}
	run(t, o, func(t *testing.T, in *Ingester, stop func()) {
		home := Sender{Addr: netip.MustParseAddr("2001:db8:1:2::1")}
		neighbour := Sender{Addr: netip.MustParseAddr("2001:db8:1:2::2")}
		next := Sender{Addr: netip.MustParseAddr("2001:db8:1:3::1")}

		r, err := in.Submit(down, home)
		if want := (limit.Decision{Allowed: true, Limit: 2, Remaining: 1, Reset: time.Minute}); err != nil || r.Limit != want {
			t.Errorf("first: limit %v, error %v, want %v", r.Limit, err, want)
		}
		wrong := down
		wrong.Service = "telegram"
		wrong.Symptom = "sneezing"
		r, err = in.Submit(wrong, neighbour) // it counts for the household, over all services
		wantKind(t, err, fault.Invalid)
		if r.Limit.Remaining != 0 || r.Limit.Limit != 2 {
			t.Errorf("an invalid one: limit %v, want 0 of 2 left", r.Limit)
		}
		r, err = in.Submit(down, home)
		wantKind(t, err, fault.Limited)
		if e := new(fault.Error); !errors.As(err, &e) || e.RetryAfter != time.Second || r.Limit.RetryAfter != time.Second {
			t.Errorf("error %v with limit %v, want both with RetryAfter 1s", err, r.Limit)
		}
		if _, err := in.Submit(down, next); err != nil {
			t.Errorf("another household: %v", err)
		}

		exempt := home
		exempt.Exempt = true
		if r, err := in.Submit(down, exempt); err != nil || r.Limit != (limit.Decision{}) {
			t.Errorf("an exempt sender: limit %v, error %v, want none", r.Limit, err)
		}

		results := in.SubmitAll([]Item{{down, Sender{Source: "key:1"}}, {down, Sender{Source: "key:1"}}, {down, Sender{Source: "key:1"}}, {down, Sender{Source: "key:2"}}})
		wantKind(t, results[2].Err, fault.Limited)
		for _, i := range []int{0, 1, 3} {
			if results[i].Err != nil {
				t.Errorf("item %d: %v", i, results[i].Err)
			}
		}
		stop()
		if got := outcomesOf(in, OutcomeThrottled); got != 2 {
			t.Errorf("%d submissions throttled, want 2", got)
		}
	})

	o.Limiter, o.Unlimited = &allowance{n: 0, used: map[uint64]int{}}, true
	run(t, o, func(t *testing.T, in *Ingester, _ func()) {
		if _, err := in.Submit(down, phone); err != nil {
			t.Errorf("without limits: %v", err)
		}
	})
}
