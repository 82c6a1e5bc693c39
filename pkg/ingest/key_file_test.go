package ingest

import (
	"bytes"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/report"
)

func open(t *testing.T, dir string) *KeyFile {
	t.Helper()
	k, err := OpenKeyFile(dir)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func keysAt(t *testing.T, k *KeyFile, now time.Time) (today report.DayKey, yesterday *report.DayKey) {
	t.Helper()
	p, yesterday, err := k.Keys(now)
	if err != nil {
		t.Fatalf("Keys(%v): %v", now, err)
	}
	return *p, yesterday
}

func file(t *testing.T, dir string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, KeyFileName))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func holds(file []byte, key report.DayKey) bool {
	return bytes.Contains(file, []byte(hex.EncodeToString(key[:])))
}

var midnight = time.Date(2022, 10, 26, 0, 0, 0, 0, time.UTC)

func TestAKeyHoldsForADay(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	k := open(t, dir)
	morning, _ := keysAt(t, k, midnight.Add(-24*time.Hour))
	if morning == (report.DayKey{}) {
		t.Fatal("the key is zero")
	}
	if evening, _ := keysAt(t, k, midnight.Add(-1)); evening != morning {
		t.Error("the key changed within a day")
	}
	if reopened, _ := keysAt(t, open(t, dir), midnight.Add(-1)); reopened != morning {
		t.Error("the key changed by a restart")
	}
	info, err := os.Stat(filepath.Join(dir, KeyFileName))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file has mode %v, error %v, want 0600", info.Mode(), err)
	}
}

func TestYesterdaysKeyIsHandedOutFor45Minutes(t *testing.T) {
	dir := t.TempDir()
	k := open(t, dir)
	old, none := keysAt(t, k, midnight.Add(-time.Hour))
	if none != nil {
		t.Error("on the first day there is a key of yesterday")
	}
	for name, k := range map[string]*KeyFile{"running on": k, "restarted": open(t, dir)} {
		today, yesterday := keysAt(t, k, midnight)
		if today == old {
			t.Errorf("%s: the key did not change at midnight", name)
		}
		if yesterday == nil || *yesterday != old {
			t.Errorf("%s: yesterday's key is %v at midnight, want that of the day before", name, yesterday)
		}
		if _, yesterday = keysAt(t, k, midnight.Add(45*time.Minute-1)); yesterday == nil {
			t.Errorf("%s: yesterday's key is missing in the 45th minute", name)
		}
		if _, yesterday = keysAt(t, k, midnight.Add(45*time.Minute)); yesterday != nil {
			t.Errorf("%s: yesterday's key is still given after 45 minutes", name)
		}
		if before, _ := keysAt(t, k, midnight.Add(-1)); before != old {
			t.Errorf("%s: a time just before midnight does not get the key of its day", name)
		}
	}
}

func TestTheFirstKeyOfAllIsMadeAtMidnight(t *testing.T) {
	k := open(t, t.TempDir())
	after, _ := keysAt(t, k, midnight)
	if before, _ := keysAt(t, k, midnight.Add(-1)); before != after {
		t.Error("a time just before the first key's day gets another key")
	}
	if again, _ := keysAt(t, k, midnight); again != after {
		t.Error("and the first key is lost")
	}
}

func TestKeysAreDestroyedAfterTheNextDay(t *testing.T) {
	t.Run("by the next report", func(t *testing.T) {
		dir := t.TempDir()
		k := open(t, dir)
		old, _ := keysAt(t, k, midnight.Add(-1))
		keysAt(t, k, midnight)
		if !holds(file(t, dir), old) {
			t.Error("the key is gone after one day")
		}
		keysAt(t, k, midnight.Add(24*time.Hour))
		if holds(file(t, dir), old) {
			t.Error("the key is still in the file after two days")
		}
	})
	t.Run("though nobody reports", func(t *testing.T) {
		dir := t.TempDir()
		k := open(t, dir)
		old, _ := keysAt(t, k, midnight.Add(-1))
		for _, now := range []time.Time{midnight.Add(-1), midnight, midnight.Add(24*time.Hour - 1)} {
			if err := k.Forget(now); err != nil {
				t.Fatal(err)
			}
			if !holds(file(t, dir), old) {
				t.Errorf("the key is gone at %v already", now)
			}
		}
		if err := k.Forget(midnight.Add(24 * time.Hour)); err != nil {
			t.Fatal(err)
		}
		if got := string(file(t, dir)); got != "{}" {
			t.Errorf("after two days the file is %s, want it empty", got)
		}
		if next, yesterday := keysAt(t, k, midnight.Add(24*time.Hour)); next == old || yesterday != nil {
			t.Error("the old key is still in use")
		}
	})
	t.Run("the older of two though nobody reports", func(t *testing.T) {
		dir := t.TempDir()
		k := open(t, dir)
		old, _ := keysAt(t, k, midnight.Add(-1))
		young, _ := keysAt(t, k, midnight)
		if err := k.Forget(midnight.Add(24 * time.Hour)); err != nil {
			t.Fatal(err)
		}
		if f := file(t, dir); holds(f, old) || !holds(f, young) {
			t.Error("want the key of two days ago gone, and yesterday's kept")
		}
		if _, yesterday := keysAt(t, k, midnight.Add(24*time.Hour)); yesterday == nil || *yesterday != young {
			t.Errorf("yesterday's key is %v after Forget, want the one of yesterday", yesterday)
		}
	})
	t.Run("after a long stop", func(t *testing.T) {
		dir := t.TempDir()
		old, _ := keysAt(t, open(t, dir), midnight)
		k := open(t, dir)
		if _, yesterday := keysAt(t, k, midnight.AddDate(0, 0, 2)); yesterday != nil {
			t.Error("a key of two days ago is given as yesterday's")
		}
		if holds(file(t, dir), old) {
			t.Error("the key is still in the file")
		}
	})
	t.Run("after a crash while the file was written", func(t *testing.T) {
		dir := t.TempDir()
		half := filepath.Join(dir, KeyFileName+".new")
		if err := os.WriteFile(half, []byte("{"), 0o644); err != nil {
			t.Fatal(err)
		}
		keysAt(t, open(t, dir), midnight)
		if _, err := os.Stat(half); !os.IsNotExist(err) {
			t.Errorf("what the crash left is still there (%v)", err)
		}
		if info, _ := os.Stat(filepath.Join(dir, KeyFileName)); info.Mode().Perm() != 0o600 {
			t.Errorf("the file has mode %v, want 0600", info.Mode())
		}
	})
}

func TestForgetMakesNoKey(t *testing.T) {
	dir := t.TempDir()
	if err := open(t, dir).Forget(noon); err != nil {
		t.Fatal(err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 0 {
		t.Errorf("Forget without keys wrote %v", entries)
	}
}

func TestAClockThatGoesBackLosesFutureKeys(t *testing.T) {
	dir := t.TempDir()
	k := open(t, dir)
	future, _ := keysAt(t, k, midnight.AddDate(10, 0, 0))
	today, yesterday := keysAt(t, k, midnight)
	if today == future || yesterday != nil || holds(file(t, dir), future) {
		t.Error("a key of the future is still in use")
	}
}

func TestAWrongKeyFileIsRefused(t *testing.T) {
	for _, c := range []struct {
		name, text string
		mode       os.FileMode
		want       string
	}{
		{"readable by others", "{}", 0o644, "chmod 600"},
		{"not JSON", "{", 0o600, "damaged"},
		{"no date", `{"monday":"00"}`, 0o600, "not a date"},
		{"a short key", `{"2022-10-25":"00ff"}`, 0o600, "the key of 2022-10-25 is damaged"},
		{"a long key", `{"2022-10-25":"` + strings.Repeat("00", 33) + `"}`, 0o600, "the key of 2022-10-25 is damaged"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, KeyFileName)
			if err := os.WriteFile(path, []byte(c.text), c.mode); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, c.mode); err != nil {
				t.Fatal(err)
			}
			_, err := OpenKeyFile(dir)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("error %v, want it to name the file and %q", err, c.want)
			}
		})
	}
}

func TestKeysFailsWithoutTheFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	k := open(t, dir)
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	if _, _, err := k.Keys(noon); err == nil {
		t.Error("a key is handed out that was never stored")
	}
}

func TestConcurrentCallsGetTheSameKey(t *testing.T) {
	dir := t.TempDir()
	k := open(t, dir)
	keysAt(t, k, midnight.Add(-1))
	var mu sync.Mutex
	seen := map[report.DayKey]bool{}
	var wg sync.WaitGroup
	for n := range 16 {
		wg.Go(func() {
			today, _, err := k.Keys(midnight.Add(time.Duration(n%2) - 1)) // on both sides of it
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			seen[*today] = true
		})
	}
	wg.Wait()
	if len(seen) != 2 {
		t.Errorf("%d different keys around midnight, want 2", len(seen))
	}
}

func TestKeysDoesNotAllocate(t *testing.T) {
	k := open(t, t.TempDir())
	keysAt(t, k, noon)
	if got := testing.AllocsPerRun(100, func() { k.Keys(noon) }); got != 0 {
		t.Errorf("Keys takes %v allocations, want none", got)
	}
}

func BenchmarkKeys(b *testing.B) {
	k, err := OpenKeyFile(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		k.Keys(noon)
	}
}
