package doctor

import "syscall"

// networkFileSystems are the kinds that the system calls by these numbers.
var networkFileSystems = map[int64]string{
	0x6969: "NFS", 0x517B: "SMB", 0xFE534D42: "SMB", 0xFF534D42: "CIFS", 0x00C36400: "Ceph", 0x01021997: "9P", 0x5346414F: "AFS", 0x6B414653: "AFS", 0x65735546: "FUSE",
}

// diskOf returns the bytes of the disk of a folder, and the kind of its file system if
// that is a network file system. All are zero if the system does not say.
func diskOf(dir string) (free, total uint64, network string) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, 0, ""
	}
	size := uint64(s.Bsize)
	return s.Bavail * size, s.Blocks * size, networkFileSystems[int64(s.Type)]
}
