package app

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// releaseMemory gives back what only the start of the program needed: objects, and
// pages of the program's file. The kernel maps those pages again when they are used.
func releaseMemory() error {
	debug.FreeOSMemory()
	path, err := os.Executable()
	if err != nil {
		return err
	}
	mappings, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		return err
	}
	var failures []error
	for _, m := range untouchedMappings(mappings, path) {
		if _, _, errno := unix.Syscall(unix.SYS_MADVISE, m.start, m.end-m.start, unix.MADV_DONTNEED); errno != 0 {
			failures = append(failures, fmt.Errorf("release a part of the program's file: %w", errno))
		}
	}
	return errors.Join(failures...)
}

// mapping is a range of addresses.
type mapping struct{ start, end uintptr }

// untouchedMappings returns the mappings of a file that cannot be written to and
// that nothing was written to before that, from the text of /proc/self/smaps.
func untouchedMappings(smaps []byte, path string) (found []mapping) {
	var m mapping
	isCandidate := false
	lines := bufio.NewScanner(bytes.NewReader(smaps))
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if from, to, isHead := strings.Cut(fields[0], "-"); isHead && len(fields) >= 5 {
			start, startErr := strconv.ParseUint(from, 16, strconv.IntSize)
			end, endErr := strconv.ParseUint(to, 16, strconv.IntSize)
			isReadOnly := fields[1] == "r-xp" || fields[1] == "r--p"
			isCandidate = startErr == nil && endErr == nil && isReadOnly && len(fields) == 6 && fields[5] == path
			m = mapping{uintptr(start), uintptr(end)}
			continue
		}
		if isCandidate && fields[0] == "Anonymous:" {
			if len(fields) > 1 && fields[1] == "0" {
				found = append(found, m)
			}
			isCandidate = false
		}
	}
	return found
}
