//go:build watch

package frontend

import (
	"hash/fnv"
	"io/fs"
	"os"
	"strconv"
	"sync"
)

// Files are those of the folder frontend/ below the working directory, so that a
// developer sees a change without a rebuild. scripts/watch builds with this file.
var Files = os.DirFS("frontend").(interface {
	fs.ReadFileFS
	fs.ReadDirFS
})

// Watching is true where Files are read from the disk each time.
const Watching = true

var last struct {
	sync.Mutex
	state uint64
}

// Changed reports whether Files have changed since Changed was last called.
func Changed() bool {
	now := state()
	last.Lock()
	defer last.Unlock()
	before := last.state
	last.state = now
	return before != 0 && before != now
}

// state is a hash of the names, sizes and times of all files that are edited.
func state() uint64 {
	h := fnv.New64a()
	for _, dir := range []string{"templates", "locales", "static", "dist"} {
		// A file that goes away while it is looked at is a change as well.
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
