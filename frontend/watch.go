//go:build watch

package frontend

import (
	"hash/fnv"
	"io/fs"
	"os"
	"strconv"
	"sync"
)

// Files are the files in frontend/ of the working directory. They are read from
// the disk, so that a developer sees a change without a rebuild. scripts/watch
// builds with this file.
var Files = os.DirFS("frontend").(interface {
	fs.ReadFileFS
	fs.ReadDirFS
})

// Watching is true in builds that read Files from the disk each time.
const Watching = true

// last holds the fingerprint of the last call of Changed, 0 before the first.
var last struct {
	sync.Mutex
	fingerprint uint64
}

// Changed reports whether Files have changed since its last call. The first call
// returns false.
func Changed() bool {
	now := fingerprint()
	last.Lock()
	defer last.Unlock()
	before := last.fingerprint
	last.fingerprint = now
	return before != 0 && before != now
}

// fingerprint returns a hash of the names, sizes and modification times of all
// files that may change while a developer works.
func fingerprint() uint64 {
	h := fnv.New64a()
	for _, dir := range []string{"templates", "locales", "static", "snippets", "dist"} {
		// No error is fatal: a file that disappears meanwhile is a change like any other.
		fs.WalkDir(Files, dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return nil
			}
			if info, err := d.Info(); err == nil {
				h.Write([]byte(path + strconv.FormatInt(info.Size(), 10) + info.ModTime().String()))
			}
			return nil
		})
	}
	return h.Sum64()
}
