package redisstore

import (
	"testing"
	"time"

	"github.com/outcry/outcry/internal/redistest"
	"github.com/outcry/outcry/pkg/storetest"
	"github.com/outcry/outcry/pkg/window"
)

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

func TestStore(t *testing.T) {
	redistest.OnEach(t, func(t *testing.T, connect redistest.Connect) {
		storetest.Run(t, func(t *testing.T) window.Store { return New(connect(t), Options{}) })
	})
}

func TestClaims(t *testing.T) {
	redistest.OnEach(t, func(t *testing.T, connect redistest.Connect) {
		storetest.RunClaims(t, func(t *testing.T) storetest.ClaimStore { return New(connect(t), Options{}) })
	})
}

// Another process sees what the first one counted.
func TestStoreOfAnotherProcessGoesOn(t *testing.T) {
	redistest.OnEach(t, func(t *testing.T, connect redistest.Connect) {
		for seed := range uint64(3) {
			c := connect(t)
			storetest.Compare(t, New(c, Options{}), 100+seed, func() window.Store { return New(c, Options{}) })
		}
	})
}
