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

// kinds returns the names of keys without what differs between them.
func kinds(keys []string) []string {
	var names []string
	for _, key := range keys {
		_, name, _ := strings.Cut(key, "}:")
		name, _, _ = strings.Cut(name, ":")
		names = append(names, name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// someOfEach counts one report of every kind.
func someOfEach(t *testing.T, s *Store, at time.Time) {
	t.Helper()
	recovery, visit := problem(2, "acme", at), problem(3, "acme", at)
	recovery.Kind, visit.Kind = report.Recovery, report.Visit
	count(t, s, window.Counted, problem(1, "acme", at), recovery, visit)
}

func TestEveryKeyExpires(t *testing.T) {
	redistest.OnEach(t, func(t *testing.T, connect redistest.Connect) {
		c := connect(t)
		s := New(c, Options{})
		someOfEach(t, s, noon)
		keys := redistest.Keys(t, c)
		want := []string{"active", "epoch", "hour", "ids", "index", "journal", "known", "nets", "seen", "symptoms"}
		if got := kinds(keys); !slices.Equal(got, want) {
			t.Errorf("keys = %q, want %q", got, want)
		}
		for _, key := range keys {
			left, err := c.PTTL(t.Context(), key).Result()
			if err != nil {
				t.Fatal(err)
			}
			if stays := strings.HasSuffix(key, keyJournal); (left <= 0) != stays || left > lasting {
				t.Errorf("%s expires in %v; only the journal may stay, which is trimmed", key, left)
			}
		}
		// When all of it does, an epoch begins, as after any loss.
		old, err := s.Epoch(t.Context(), 5)
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range keys {
			if !strings.HasSuffix(key, keyJournal) {
				if err := c.PExpire(t.Context(), key, time.Millisecond).Err(); err != nil {
					t.Fatal(err)
				}
			}
		}
		deadline := time.Now().Add(5 * time.Second)
		for left := kinds(redistest.Keys(t, c)); !slices.Equal(left, []string{"journal"}); left = kinds(redistest.Keys(t, c)) {
			if time.Now().After(deadline) {
				t.Fatalf("keys that do not expire: %q", left)
			}
		}
		someOfEach(t, New(c, Options{}), noon)
		if e, err := s.Epoch(t.Context(), 5); err != nil || e.Number == old.Number {
			t.Errorf("epoch = %+v, %v; want another one than %+v", e, err, old)
		}
	})
}

func TestForgetLeavesNothingOfAReport(t *testing.T) {
	redistest.OnEach(t, func(t *testing.T, connect redistest.Connect) {
		c := connect(t)
		s := New(c, Options{})
		someOfEach(t, s, noon)
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
			if got := kinds(redistest.Keys(t, c)); !slices.Equal(got, step.want) {
				t.Errorf("keys %v after the reports = %q, want %q", step.at.Sub(noon), got, step.want)
			}
		}
	})
}
