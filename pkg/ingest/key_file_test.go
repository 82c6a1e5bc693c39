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

// newTestKeyFile opens the key file in dir.
func newTestKeyFile(t *testing.T, dir string) *KeyFile {
	t.Helper()
	k, err := OpenKeyFile(dir)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// keysAt returns the keys that k gives at now.
func keysAt(t *testing.T, k *KeyFile, now time.Time) (today report.DayKey, yesterday *report.DayKey) {
	t.Helper()
	current, yesterday, err := k.Keys(now)
	if err != nil {
		t.Fatalf("Keys(%v): %v", now, err)
	}
	return *current, yesterday
}

// readKeyFile returns the text of the key file in dir.
func readKeyFile(t *testing.T, dir string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, KeyFileName))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// holds reports whether the text of a key file holds key.
func holds(file []byte, key report.DayKey) bool {
	return bytes.Contains(file, []byte(hex.EncodeToString(key[:])))
}

var midnight = time.Date(2022, 10, 26, 0, 0, 0, 0, time.UTC)

func TestAKeyIsUsedForOneDay(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	k := newTestKeyFile(t, dir)
	morning, _ := keysAt(t, k, midnight.Add(-24*time.Hour))
	if morning == (report.DayKey{}) {
		t.Fatalf("Keys(%v) gives the zero key, want a random one", midnight.Add(-24*time.Hour))
	}
	if evening, _ := keysAt(t, k, midnight.Add(-1)); evening != morning {
		t.Error("Keys gives different keys in the morning and the evening of a day, want the same")
	}
	if reopened, _ := keysAt(t, newTestKeyFile(t, dir), midnight.Add(-1)); reopened != morning {
		t.Error("Keys gives another key after a restart, want the same")
	}
	info, err := os.Stat(filepath.Join(dir, KeyFileName))
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the file has mode %v, want 0600", info.Mode())
	}
}

func TestYesterdaysKeyIsGivenFor45Minutes(t *testing.T) {
	dir := t.TempDir()
	k := newTestKeyFile(t, dir)
	old, none := keysAt(t, k, midnight.Add(-time.Hour))
	if none != nil {
		t.Error("Keys gives a key of yesterday on the first day, want none")
	}
	for name, k := range map[string]*KeyFile{"without a restart": k, "after a restart": newTestKeyFile(t, dir)} {
		today, yesterday := keysAt(t, k, midnight)
		if today == old {
			t.Errorf("%s: Keys gives the same key before and at midnight, want another one", name)
		}
		if yesterday == nil || *yesterday != old {
			t.Errorf("%s: Keys at midnight gives %v as yesterday's key, want %v", name, yesterday, old)
		}
		if _, yesterday = keysAt(t, k, midnight.Add(45*time.Minute-1)); yesterday == nil {
			t.Errorf("%s: Keys gives no key of yesterday in the 45th minute, want it", name)
		}
		if _, yesterday = keysAt(t, k, midnight.Add(45*time.Minute)); yesterday != nil {
			t.Errorf("%s: Keys gives a key of yesterday after 45 minutes, want none", name)
		}
		if before, _ := keysAt(t, k, midnight.Add(-1)); before != old {
			t.Errorf("%s: Keys just before midnight gives %v, want the key of that day, %v", name, before, old)
		}
	}
}

func TestTheFirstKeyAlsoServesTimesJustBeforeItsDay(t *testing.T) {
	k := newTestKeyFile(t, t.TempDir())
	after, _ := keysAt(t, k, midnight)
	if before, _ := keysAt(t, k, midnight.Add(-1)); before != after {
		t.Errorf("Keys just before midnight gives %v, want the first key, %v", before, after)
	}
	if again, _ := keysAt(t, k, midnight); again != after {
		t.Errorf("Keys at midnight gives %v after that, want the first key, %v", again, after)
	}
}

func TestKeysAreDestroyedAfterTheNextDay(t *testing.T) {
	t.Run("though people report", func(t *testing.T) {
		dir := t.TempDir()
		k := newTestKeyFile(t, dir)
		old, _ := keysAt(t, k, midnight.Add(-1))
		keysAt(t, k, midnight)
		young, _ := keysAt(t, k, midnight.Add(24*time.Hour))
		if err := k.Forget(midnight.Add(24 * time.Hour)); err != nil {
			t.Fatal(err)
		}
		if f := readKeyFile(t, dir); holds(f, old) || !holds(f, young) {
			t.Errorf("after two days the file holds the key of then: %v, and that of today: %v; want false and true", holds(f, old), holds(f, young))
		}
		if again, _ := keysAt(t, k, midnight.Add(24*time.Hour)); again != young {
			t.Error("Keys gives another key after Forget, want the same")
		}
	})
	t.Run("though nobody reports", func(t *testing.T) {
		dir := t.TempDir()
		k := newTestKeyFile(t, dir)
		old, _ := keysAt(t, k, midnight.Add(-1))
		for _, now := range []time.Time{midnight.Add(-1), midnight, midnight.Add(24*time.Hour - 1)} {
			if err := k.Forget(now); err != nil {
				t.Fatal(err)
			}
			if !holds(readKeyFile(t, dir), old) {
				t.Errorf("Forget(%v) removes the key, want it kept", now)
			}
		}
		if err := k.Forget(midnight.Add(24 * time.Hour)); err != nil {
			t.Fatal(err)
		}
		if got := string(readKeyFile(t, dir)); got != "{}" {
			t.Errorf("after two days the file is %s, want {}", got)
		}
		if next, yesterday := keysAt(t, k, midnight.Add(24*time.Hour)); next == old || yesterday != nil {
			t.Errorf("Keys gives %v and yesterday's %v, want a new key and none of yesterday", next, yesterday)
		}
	})
	t.Run("the older of two though nobody reports", func(t *testing.T) {
		dir := t.TempDir()
		k := newTestKeyFile(t, dir)
		old, _ := keysAt(t, k, midnight.Add(-1))
		young, _ := keysAt(t, k, midnight)
		if err := k.Forget(midnight.Add(24 * time.Hour)); err != nil {
			t.Fatal(err)
		}
		if f := readKeyFile(t, dir); holds(f, old) || !holds(f, young) {
			t.Errorf("after Forget the file holds the key of two days ago: %v, and yesterday's: %v; want false and true", holds(f, old), holds(f, young))
		}
		if _, yesterday := keysAt(t, k, midnight.Add(24*time.Hour)); yesterday == nil || *yesterday != young {
			t.Errorf("Keys gives %v as yesterday's key after Forget, want %v", yesterday, young)
		}
	})
	t.Run("after a long stop", func(t *testing.T) {
		dir := t.TempDir()
		old, _ := keysAt(t, newTestKeyFile(t, dir), midnight)
		k := newTestKeyFile(t, dir)
		if _, yesterday := keysAt(t, k, midnight.AddDate(0, 0, 2)); yesterday != nil {
			t.Errorf("Keys gives %v as yesterday's key after two days, want none", yesterday)
		}
		if err := k.Forget(midnight.AddDate(0, 0, 2)); err != nil {
			t.Fatal(err)
		}
		if holds(readKeyFile(t, dir), old) {
			t.Error("the file holds the key of two days ago, want it removed")
		}
	})
	t.Run("after a crash while the file was written", func(t *testing.T) {
		dir := t.TempDir()
		half := filepath.Join(dir, KeyFileName+".new")
		if err := os.WriteFile(half, []byte("{"), 0o644); err != nil {
			t.Fatal(err)
		}
		keysAt(t, newTestKeyFile(t, dir), midnight)
		if _, err := os.Stat(half); !os.IsNotExist(err) {
			t.Errorf("Stat(%s) = %v after a restart, want that it does not exist", half, err)
		}
		if info, _ := os.Stat(filepath.Join(dir, KeyFileName)); info.Mode().Perm() != 0o600 {
			t.Errorf("the file has mode %v, want 0600", info.Mode())
		}
	})
}

func TestForgetMakesNoKey(t *testing.T) {
	dir := t.TempDir()
	if err := newTestKeyFile(t, dir).Forget(noon); err != nil {
		t.Fatal(err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 0 {
		t.Errorf("Forget without keys leaves %v in the folder, want nothing", entries)
	}
}

func TestAClockThatJumpsDestroysNoKey(t *testing.T) {
	dir := t.TempDir()
	k := newTestKeyFile(t, dir)
	before, _ := keysAt(t, k, midnight.Add(-time.Hour))
	today, _ := keysAt(t, k, midnight)
	future, _ := keysAt(t, k, midnight.AddDate(0, 0, 10))
	if future == today || future == before {
		t.Error("the key of another day is given ten days later, want one of its own")
	}
	for name, k := range map[string]*KeyFile{"without a restart": k, "after a restart": newTestKeyFile(t, dir)} {
		back, yesterday := keysAt(t, k, midnight)
		if back != today || yesterday == nil || *yesterday != before {
			t.Errorf("%s: after the clock went back other keys are given, want those of before", name)
		}
		if hourAgo, _ := keysAt(t, k, midnight.Add(-time.Hour)); hourAgo != before {
			t.Errorf("%s: an hour back, on the day before, another key is given, want that of the day", name)
		}
	}
	if err := k.Forget(midnight); err != nil {
		t.Fatal(err)
	}
	if f := readKeyFile(t, dir); holds(f, future) || !holds(f, today) || !holds(f, before) {
		t.Errorf("after Forget the file holds the future key: %v, today's: %v, yesterday's: %v; want false, true, true", holds(f, future), holds(f, today), holds(f, before))
	}
}

func TestTheKeysOfAnUnsteadyClockAreBounded(t *testing.T) {
	k := newTestKeyFile(t, t.TempDir())
	for day := range maxKeys {
		keysAt(t, k, midnight.AddDate(0, 0, 10*day))
	}
	if _, _, err := k.Keys(midnight.AddDate(1, 0, 0)); err == nil {
		t.Errorf("Keys makes more than %d keys", maxKeys)
	}
	if _, _, err := k.Keys(midnight); err != nil {
		t.Errorf("Keys of a day that has a key = %v, want nil", err)
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
				t.Errorf("OpenKeyFile of %s = %v, want an error with %q and %q", c.text, err, path, c.want)
			}
		})
	}
}

func TestKeysGivesNoKeyThatCannotBeStored(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	k := newTestKeyFile(t, dir)
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	if _, _, err := k.Keys(noon); err == nil {
		t.Errorf("Keys(%v) without the folder gives no error, want one", noon)
	}
}

func TestConcurrentCallsGetTheSameKeyOfADay(t *testing.T) {
	dir := t.TempDir()
	k := newTestKeyFile(t, dir)
	keysAt(t, k, midnight.Add(-1))
	var mu sync.Mutex
	seen := map[report.DayKey]bool{}
	var wg sync.WaitGroup
	for n := range 16 {
		wg.Go(func() {
			today, _, err := k.Keys(midnight.Add(time.Duration(n%2) - 1)) // just before midnight, and at midnight
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
		t.Errorf("concurrent calls of Keys gave %d different keys around midnight, want 2", len(seen))
	}
}

func TestKeysDoesNotAllocate(t *testing.T) {
	k := newTestKeyFile(t, t.TempDir())
	keysAt(t, k, noon)
	if got := testing.AllocsPerRun(100, func() { k.Keys(noon) }); got != 0 {
		t.Errorf("Keys makes %v allocations, want 0", got)
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
