// Package cluster holds what the processes of one installation share: the keys
// of the day, rate limits, which process leads, and what it concludes.
//
// DayKeys and Limiter are the forms for one process alone, in a file and in
// memory. All others are on Redis.
package cluster

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

	"github.com/outcry/outcry/pkg/ingest"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

const (
	// KeyFile is the name of the file in the data folder.
	KeyFile = "day-keys.json"
	// yesterdayFor is how long after midnight yesterday's key is handed out: a
	// report may name a minute report.Late back, and be a repeat of one that
	// names a minute less than window.Cooldown before that.
	yesterdayFor = window.Cooldown + report.Late
)

// DayKeys are the secrets of today and yesterday, in memory and in one file of
// mode 0600. The key of a day is destroyed when the next day is over, by the
// first call of Keys or Forget after that. A file system that keeps old
// versions of a file keeps old keys too.
type DayKeys struct {
	path   string
	newest atomic.Pointer[keyPair]
	mu     sync.Mutex // held while the file changes
}

var _ ingest.DayKeys = (*DayKeys)(nil)

// keyPair is what the file holds: the keys of a UTC day and the day before,
// each nil if there was none. It is not changed once it is shared.
type keyPair struct {
	day              int64 // days since the Unix epoch
	today, yesterday *report.DayKey
}

// OpenDayKeys returns the keys in dir, which is made if it is missing. Others
// must not be able to read the file.
func OpenDayKeys(dir string) (*DayKeys, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	k := &DayKeys{path: filepath.Join(dir, KeyFile)}
	p, err := readKeys(k.path)
	if err != nil {
		return nil, fmt.Errorf("read the day keys: %w", err)
	}
	k.newest.Store(p)
	return k, nil
}

// Keys returns the key of the UTC day of now, which the first call of a day
// makes and stores, and in the first 45 minutes yesterday's, if there was one.
// After midnight a time just before it still gets the key of its day. A clock
// that goes back further loses the keys of the days that have not come.
func (k *DayKeys) Keys(now time.Time) (today, yesterday *report.DayKey, err error) {
	day, since := dayOf(now)
	p := k.newest.Load()
	if p.today == nil || p.day != day && p.day != day+1 {
		if p, err = k.turn(day, true); err != nil {
			return nil, nil, err
		}
	}
	if p.day == day+1 { // now was read just before midnight
		if p.yesterday != nil {
			return p.yesterday, nil, nil
		}
		return p.today, nil, nil
	}
	if since < yesterdayFor {
		yesterday = p.yesterday
	}
	return p.today, yesterday, nil
}

// Forget destroys the keys that are out of date at now, also when nobody
// reports.
func (k *DayKeys) Forget(now time.Time) error {
	day, _ := dayOf(now)
	if p := k.newest.Load(); p.day >= day || p.today == nil && p.yesterday == nil {
		return nil
	}
	_, err := k.turn(day, false)
	return err
}

// dayOf returns the UTC day of t, and how much of it has passed.
func dayOf(t time.Time) (day int64, since time.Duration) {
	const seconds = 24 * 60 * 60
	s := t.Unix()
	return s / seconds, time.Duration(s%seconds) * time.Second
}

// turn makes day the newest day, with a key if create says so, and stores what
// is left. It returns the pair in force, which is already the one of the next
// day when another goroutine was faster.
func (k *DayKeys) turn(day int64, create bool) (*keyPair, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	old := k.newest.Load()
	if old.today != nil && (old.day == day || old.day == day+1) || old.day == day && !create {
		return old, nil
	}
	next := &keyPair{day: day}
	switch old.day {
	case day:
		next.yesterday = old.yesterday
	case day - 1:
		next.yesterday = old.today
	}
	if create {
		next.today = new(report.DayKey)
		rand.Read(next.today[:]) // never fails, by its contract
	}
	if err := next.write(k.path); err != nil {
		return nil, fmt.Errorf("store the day keys: %w", err)
	}
	k.newest.Store(next)
	return next, nil
}

// The file is a JSON object of keys in hexadecimal by date.

func date(day int64) string { return time.Unix(day*24*60*60, 0).UTC().Format(time.DateOnly) }

// readKeys returns the newest day in the file with the day before; a day long
// ago without keys if there is no file.
func readKeys(path string) (*keyPair, error) {
	p := &keyPair{day: -1}
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
	var file map[string]string
	if err := json.Unmarshal(b, &file); err != nil {
		return nil, fmt.Errorf("%s is damaged; remove it to go on with new keys: %w", path, err)
	}
	keys := map[int64]*report.DayKey{}
	for name, text := range file {
		t, err := time.Parse(time.DateOnly, name)
		if err != nil {
			return nil, fmt.Errorf("%s: %q is not a date", path, name)
		}
		secret, err := hex.DecodeString(text)
		if err != nil || len(secret) != len(report.DayKey{}) {
			return nil, fmt.Errorf("%s: the key of %s is damaged; remove the file to go on with new keys", path, name)
		}
		day, _ := dayOf(t)
		keys[day] = (*report.DayKey)(secret)
		p.day = max(p.day, day)
	}
	p.today, p.yesterday = keys[p.day], keys[p.day-1]
	return p, nil
}

// write replaces the file by one that holds p and is on disk. What a crash
// left half-way is removed first, so that no old key stays behind.
func (p *keyPair) write(path string) error {
	file := map[string]string{}
	for day, key := range map[int64]*report.DayKey{p.day: p.today, p.day - 1: p.yesterday} {
		if key != nil {
			file[date(day)] = hex.EncodeToString(key[:])
		}
	}
	b, err := json.Marshal(file)
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

// syncDir makes a rename in dir last.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
