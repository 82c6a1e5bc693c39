//go:build !linux

package doctor

import "syscall"

// diskOf returns the bytes of the disk of a folder. Both are zero if the system does
// not say. The kind of the file system is not known here.
func diskOf(dir string) (free, total uint64, network string) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, 0, ""
	}
	return s.Bavail * uint64(s.Bsize), s.Blocks * uint64(s.Bsize), ""
}
