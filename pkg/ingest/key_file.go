package ingest

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/outcry/outcry/pkg/report"
)

// KeyFileName is the name of a KeyFile in the data folder. The file is a JSON
// object of keys in hexadecimal by date.
const KeyFileName = "day-keys.json"

// KeyFile is the DayKeys of a process that shares nothing with others. It holds
// the keys of days in memory and in one file of mode 0600. Keys makes them, and
// Forget destroys them when the next day is over. So a clock that jumps destroys
// no key: Forget is called with times that can be believed. A file system that
// keeps old versions of files keeps old keys too.
type KeyFile struct {
	path   string
	newest atomic.Pointer[KeyPair] // the pair in use; it does not change once it is stored here
	mu     sync.Mutex              // held while newest, byDay or the file changes
	byDay  map[Day]*report.DayKey  // all that the file holds
	err    error                   // why the key of a day could not be taken into use last
}

// maxKeys bounds the keys of a KeyFile, whose clock names a new day again and
// again without ever being steady.
const maxKeys = 32

var _ DayKeys = (*KeyFile)(nil)

// OpenKeyFile opens the KeyFile in dir, which is made if it is missing. It is an
// error if other users of the machine may read the file.
func OpenKeyFile(dir string) (*KeyFile, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	f := &KeyFile{path: filepath.Join(dir, KeyFileName)}
	var err error
	if f.byDay, err = readKeys(f.path); err != nil {
		return nil, fmt.Errorf("read the day keys: %w", err)
	}
	f.newest.Store(&KeyPair{Day: -1})
	return f, nil
}

// Keys returns the key of the UTC day of now and, in the first 45 minutes of it,
// the key of the day before if there is one. The first call of a day makes and
// stores its key. A call with a time just before midnight may come after one
// with a time after it.
func (f *KeyFile) Keys(now time.Time) (today, yesterday *report.DayKey, err error) {
	day := DayOf(now)
	p := f.newest.Load()
	if !p.serves(day) {
		if p, err = f.changeDay(day); err != nil {
			return nil, nil, err
		}
	}
	today, yesterday = p.At(now)
	return today, yesterday, nil
}

// serves reports whether p has the keys of a day.
func (p *KeyPair) serves(day Day) bool { return p.Today != nil && (p.Day == day || p.Day == day+1) }

// Forget destroys the keys that are out of date at now, and those that a clock made
// which was ahead. It makes no key.
func (f *KeyFile) Forget(now time.Time) error {
	day := DayOf(now)
	f.mu.Lock()
	defer f.mu.Unlock()
	kept := maps.Clone(f.byDay)
	maps.DeleteFunc(kept, func(d Day, _ *report.DayKey) bool { return d < day-1 || d > day+1 })
	if len(kept) == len(f.byDay) {
		return nil
	}
	if err := writeKeys(f.path, kept); err != nil {
		return fmt.Errorf("store the day keys: %w", err)
	}
	f.byDay = kept
	if p := f.newest.Load(); !p.serves(day) {
		f.newest.Store(&KeyPair{Day: -1})
	}
	return nil
}

// Mend writes the file again if it is gone or holds other keys than those in use, and
// reports whether it did.
func (f *KeyFile) Mend() (mended bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	stored, err := readKeys(f.path)
	sameKey := func(a, b *report.DayKey) bool { return *a == *b }
	if err == nil && maps.EqualFunc(stored, f.byDay, sameKey) {
		return false, nil
	}
	if err := writeKeys(f.path, f.byDay); err != nil {
		return false, fmt.Errorf("write the day keys again: %w", err)
	}
	return true, nil
}

// changeDay takes the keys of a day into use, and makes and stores its key if there
// is none. It returns the pair in use, which is of the next day if another
// goroutine was faster.
func (f *KeyFile) changeDay(day Day) (p *KeyPair, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	defer func() { f.err = err }()
	if p := f.newest.Load(); p.serves(day) {
		return p, nil
	}
	if f.byDay[day] == nil {
		if len(f.byDay) >= maxKeys {
			return nil, fmt.Errorf("store the day keys: the clock has named %d days since it was last steady; set it right", len(f.byDay))
		}
		made := maps.Clone(f.byDay)
		made[day] = new(report.DayKey)
		rand.Read(made[day][:]) // never fails, by its contract
		if err := writeKeys(f.path, made); err != nil {
			return nil, fmt.Errorf("store the day keys: %w", err)
		}
		f.byDay = made
	}
	p = &KeyPair{Day: day, Today: f.byDay[day], Yesterday: f.byDay[day-1]}
	f.newest.Store(p)
	return p, nil
}

// Retry takes the key of the day of now into use if that failed before. It returns why
// it still fails: then no report can be counted.
func (f *KeyFile) Retry(now time.Time) error {
	f.mu.Lock()
	failed := f.err != nil
	f.mu.Unlock()
	if !failed {
		return nil
	}
	_, _, err := f.Keys(now)
	return err
}

// readKeys returns the keys in the file by their days. Without a file there are
// none.
func readKeys(path string) (map[Day]*report.DayKey, error) {
	keys := map[Day]*report.DayKey{}
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return keys, nil
	}
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s may be read by others (mode %#o); its keys would betray who reported: chmod 600 it", path, info.Mode().Perm())
	}
	var keysByDate map[string]string
	if err := json.Unmarshal(b, &keysByDate); err != nil {
		return nil, fmt.Errorf("%s is damaged; remove it to go on with new keys: %w", path, err)
	}
	for date, text := range keysByDate {
		t, err := time.Parse(time.DateOnly, date)
		if err != nil {
			return nil, fmt.Errorf("%s: %q is not a date", path, date)
		}
		secret, err := hex.DecodeString(text)
		if err != nil || len(secret) != len(report.DayKey{}) {
			return nil, fmt.Errorf("%s: the key of %s is damaged; remove the file to go on with new keys", path, date)
		}
		keys[DayOf(t)] = (*report.DayKey)(secret)
	}
	return keys, nil
}

// writeKeys replaces the file and flushes it to disk. It removes what a crash
// left of an earlier write first, so that no old key stays behind.
func writeKeys(path string, keys map[Day]*report.DayKey) error {
	keysByDate := map[string]string{}
	for day, key := range keys {
		keysByDate[day.String()] = hex.EncodeToString(key[:])
	}
	b, err := json.Marshal(keysByDate)
	if err != nil {
		return err
	}
	if err := os.Remove(path + ".new"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return syncDir(filepath.Dir(path))
}

// syncDir flushes a rename in dir to disk.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
