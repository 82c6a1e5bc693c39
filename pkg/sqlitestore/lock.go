package sqlitestore

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// lockName returns the path of the file that is locked for the archive at path.
func lockName(path string) string { return strings.TrimSuffix(path, filepath.Ext(path)) + ".lock" }

// lockBeside locks a file beside the archive at path, outcry.lock beside
// outcry.db, so that no other store counts into the archive. The lock ends when
// the returned file is closed or the process ends. The file is not deleted.
func lockBeside(path string) (*os.File, error) {
	name := lockName(path)
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	for err = syscall.EINTR; errors.Is(err, syscall.EINTR); {
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

// Lock keeps every store out of the archive at path until the returned file is closed.
func Lock(path string) (io.Closer, error) { return lockBeside(path) }
