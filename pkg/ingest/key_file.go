package ingest

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
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
// the keys of today and yesterday in memory and in one file of mode 0600. The
// key of a day is destroyed when the next day is over, by the first call of Keys
// or Forget after that. A file system that keeps old versions of files keeps
// old keys too.
type KeyFile struct {
	path   string
	newest atomic.Pointer[KeyPair] // a pair does not change once it is stored here
	mu     sync.Mutex              // held while the file changes
}

var _ DayKeys = (*KeyFile)(nil)

// OpenKeyFile opens the KeyFile in dir, which is made if it is missing. It is an
// error if other users of the machine may read the file.
func OpenKeyFile(dir string) (*KeyFile, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	f := &KeyFile{path: filepath.Join(dir, KeyFileName)}
	p, err := readKeyPair(f.path)
	if err != nil {
		return nil, fmt.Errorf("read the day keys: %w", err)
	}
	f.newest.Store(p)
	return f, nil
}

// Keys returns the key of the UTC day of now and, in the first 45 minutes of it,
// the key of the day before if there is one. The first call of a day makes and
// stores its key. A call with a time just before midnight may come after one
// with a time after it. A clock that goes back further loses the keys of the
// days after now.
func (f *KeyFile) Keys(now time.Time) (today, yesterday *report.DayKey, err error) {
	day := DayOf(now)
	p := f.newest.Load()
	if p.Today == nil || p.Day != day && p.Day != day+1 {
		if p, err = f.changeDay(day, true); err != nil {
			return nil, nil, err
		}
	}
	today, yesterday = p.At(now)
	return today, yesterday, nil
}

// Forget destroys the keys that are out of date at now. It makes no key.
func (f *KeyFile) Forget(now time.Time) error {
	day := DayOf(now)
	if p := f.newest.Load(); p.Day >= day || p.Today == nil && p.Yesterday == nil {
		return nil
	}
	_, err := f.changeDay(day, false)
	return err
}

// changeDay makes day the newest day, with a key if create is set, and stores
// the pair. It returns the pair in force, which is of the next day if another
// goroutine was faster.
func (f *KeyFile) changeDay(day Day, create bool) (*KeyPair, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	old := f.newest.Load()
	if old.Today != nil && (old.Day == day || old.Day == day+1) || old.Day == day && !create {
		return old, nil
	}
	next := &KeyPair{Day: day}
	switch old.Day {
	case day:
		next.Yesterday = old.Yesterday
	case day - 1:
		next.Yesterday = old.Today
	}
	if create {
		next.Today = new(report.DayKey)
		rand.Read(next.Today[:]) // never fails, by its contract
	}
	if err := writeKeyPair(f.path, next); err != nil {
		return nil, fmt.Errorf("store the day keys: %w", err)
	}
	f.newest.Store(next)
	return next, nil
}

// readKeyPair returns the newest day in the file and the day before it. Without
// a file it returns a day of long ago without keys.
func readKeyPair(path string) (*KeyPair, error) {
	p := &KeyPair{Day: -1}
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return p, nil
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
	keys := map[Day]*report.DayKey{}
	for date, text := range keysByDate {
		t, err := time.Parse(time.DateOnly, date)
		if err != nil {
			return nil, fmt.Errorf("%s: %q is not a date", path, date)
		}
		secret, err := hex.DecodeString(text)
		if err != nil || len(secret) != len(report.DayKey{}) {
			return nil, fmt.Errorf("%s: the key of %s is damaged; remove the file to go on with new keys", path, date)
		}
		day := DayOf(t)
		keys[day] = (*report.DayKey)(secret)
		p.Day = max(p.Day, day)
	}
	p.Today, p.Yesterday = keys[p.Day], keys[p.Day-1]
	return p, nil
}

// writeKeyPair replaces the file and flushes it to disk. It removes what a crash
// left of an earlier write first, so that no old key stays behind.
func writeKeyPair(path string, p *KeyPair) error {
	keysByDate := map[string]string{}
	for day, key := range map[Day]*report.DayKey{p.Day: p.Today, p.Day - 1: p.Yesterday} {
		if key != nil {
			keysByDate[day.String()] = hex.EncodeToString(key[:])
		}
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
