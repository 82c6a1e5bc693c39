package sqlitestore

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// lock makes this store the only one that counts into the archive at path. The
// lock is on a file beside it, outcry.lock beside outcry.db, and ends with the
// file that is returned: when that is closed, or with the process, however it
// ends. The file itself stays.
func lock(path string) (*os.File, error) {
	name := strings.TrimSuffix(path, filepath.Ext(path)) + ".lock"
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	for err = syscall.EINTR; err == syscall.EINTR; {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	}
	switch {
	case errors.Is(err, syscall.EWOULDBLOCK):
		err = fmt.Errorf("another Outcry runs on the folder %s: stop it, or give this one a data folder of its own", filepath.Dir(path))
	case err != nil:
		err = fmt.Errorf("lock %s: %w", name, err)
	default:
		return f, nil
	}
	return nil, errors.Join(err, f.Close())
}
