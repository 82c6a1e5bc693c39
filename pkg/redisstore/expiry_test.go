package redisstore

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/outcry/outcry/internal/redistest"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// kindsOf returns the different first parts of the names of keys, sorted.
func kindsOf(keys []string) []string {
	var names []string
	for _, key := range keys {
		_, name, _ := strings.Cut(key, "}:")
		name, _, _ = strings.Cut(name, ":")
		names = append(names, name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// countOneOfEach counts one problem, one recovery and one visit.
func countOneOfEach(t *testing.T, s *Store, at time.Time) {
	t.Helper()
	recovery, visit := problem(2, "acme", at), problem(3, "acme", at)
	recovery.Kind, visit.Kind = report.Recovery, report.Visit
	count(t, s, window.Counted, problem(1, "acme", at), recovery, visit)
}

func TestEveryKeyExpires(t *testing.T) {
	redistest.OnEach(t, func(t *testing.T, connect redistest.Connect) {
		c := connect(t)
		s := New(c, Options{})
		countOneOfEach(t, s, noon)
		keys := redistest.Keys(t, c)
		want := []string{"active", "epoch", "hour", "ids", "index", "journal", "known", "nets", "seen", "symptoms"}
		if got := kindsOf(keys); !slices.Equal(got, want) {
			t.Errorf("kindsOf(keys) = %q, want %q", got, want)
		}
		for _, key := range keys {
			left, err := c.Client.PTTL(t.Context(), key).Result()
			if err != nil {
				t.Fatal(err)
			}
			// Only the journal has no expiry: it is trimmed.
			if stays := strings.HasSuffix(key, keyJournal); (left <= 0) != stays || left > lasting {
				t.Errorf("PTTL %s = %v, want an expiry: %v, of at most %v", key, left, !stays, lasting)
			}
		}
		// An epoch begins when all these keys have expired, as after any loss.
		old, err := s.Epoch(t.Context(), 5)
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range keys {
			if !strings.HasSuffix(key, keyJournal) {
				if err := c.Client.PExpire(t.Context(), key, time.Millisecond).Err(); err != nil {
					t.Fatal(err)
				}
			}
		}
		deadline := time.Now().Add(5 * time.Second)
		for left := kindsOf(redistest.Keys(t, c)); !slices.Equal(left, []string{"journal"}); left = kindsOf(redistest.Keys(t, c)) {
			if time.Now().After(deadline) {
				t.Fatalf("5s after the expiry the kinds of keys are %q, want only journal", left)
			}
		}
		countOneOfEach(t, New(c, Options{}), noon)
		if e, err := s.Epoch(t.Context(), 5); err != nil || e.Number == old.Number {
			t.Errorf("Epoch(5) = %+v, %v; want another number than %d and no error", e, err, old.Number)
		}
	})
}

func TestForgetRemovesAllTracesOfAReport(t *testing.T) {
	redistest.OnEach(t, func(t *testing.T, connect redistest.Connect) {
		c := connect(t)
		s := New(c, Options{})
		countOneOfEach(t, s, noon)
		for _, step := range []struct {
			at   time.Time
			want []string
		}{
			{noon.Add(window.SliceRetention), []string{"active", "epoch", "hour", "ids", "index", "journal", "known", "nets", "seen", "symptoms"}},
			{noon.Add(2 * time.Hour), []string{"active", "epoch", "hour", "ids", "index", "journal", "known", "symptoms"}},
			{noon.Add(5 * time.Hour), []string{"active", "epoch", "hour", "index", "journal", "known", "symptoms"}},
			{noon.Add(3 * 24 * time.Hour), []string{"epoch", "journal", "symptoms"}},
		} {
			if err := s.Forget(context.Background(), step.at); err != nil {
				t.Fatal(err)
			}
			if got := kindsOf(redistest.Keys(t, c)); !slices.Equal(got, step.want) {
				t.Errorf("Forget %v after the reports leaves keys %q, want %q", step.at.Sub(noon), got, step.want)
			}
		}
	})
}
