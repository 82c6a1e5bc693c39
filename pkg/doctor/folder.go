package doctor

import (
	"context"
	"fmt"
	"io/fs"
)

// Folder describes the data folder.
type Folder struct {
	Exists      bool
	HasDatabase bool
	WriteErr    error       // why a file could not be made there
	Mode        fs.FileMode // of the folder
	SecretMode  fs.FileMode // of the file named secret; 0 without one
	Free, Total uint64      // bytes of the disk; Total is 0 where the system does not say
	Network     string      // the kind of network file system; empty for a local one
}

const (
	folderCheck = "data folder"
	diskCheck   = "disk"
	// fewBytes do not last for a day of reports; at littleBytes, SQLite may not be
	// able to copy its log into its file.
	fewBytes, littleBytes = 2 << 30, 200 << 20
)

// checkFolder reports a data folder that cannot be used, is open to others, or has no
// room.
func (e *exam) checkFolder(context.Context) {
	if e.config.Distributed() {
		return
	}
	dir, before := e.config.Data, len(e.findings)
	f, err := e.Folder(dir)
	if err != nil {
		e.fault(folderCheck, fmt.Sprintf("%s cannot be used: %v", dir, err), "make the folder, owned by the user that runs Outcry: install -d -o outcry -m 700 "+dir)
		return
	}
	if f.WriteErr != nil {
		e.fault(folderCheck, fmt.Sprintf("no file can be made in %s: %v", dir, f.WriteErr), "see whether the user that runs Outcry owns the folder (chown -R outcry "+dir+") and whether the file system is mounted read-only (mount -o remount,rw)")
	}
	if f.Exists && f.Mode.Perm()&0o077 != 0 {
		level, who := e.warn, "read"
		if f.Mode.Perm()&0o022 != 0 {
			level, who = e.fault, "change"
		}
		level(folderCheck, fmt.Sprintf("other users of this machine may %s %s (mode %#o), which holds the keys of pseudonyms", who, dir, f.Mode.Perm()), "run chmod 700 "+dir)
	}
	if f.Network != "" {
		e.fault(folderCheck, fmt.Sprintf("%s is on a network file system (%s), on which SQLite loses or damages data", dir, f.Network), "use a disk of this machine for OUTCRY_DATA, or Redis and Postgres")
	}
	e.sound(before, folderCheck, "%s", e.describeFolder(f))
	e.checkDisk(f)
}

// describeFolder words a folder that is in order.
func (e *exam) describeFolder(f Folder) string {
	if !f.Exists {
		return e.config.Data + " is made at the first start"
	}
	return e.config.Data + " can be written to, by its owner only"
}

// checkDisk reports a disk that is almost full.
func (e *exam) checkDisk(f Folder) {
	const do = "make room, or move OUTCRY_DATA to a larger disk; a shorter OUTCRY_RETENTION keeps fewer single reports"
	free := fmt.Sprintf("%d MB of %d are free", f.Free>>20, f.Total>>20)
	switch {
	case f.Total == 0:
		e.ok(diskCheck, "this system does not say how much is free")
	case f.Free < littleBytes:
		e.fault(diskCheck, free+": when it is full, every report is refused", do)
	case f.Free < fewBytes:
		e.warn(diskCheck, free, do)
	default:
		e.ok(diskCheck, "%s", free)
	}
}
