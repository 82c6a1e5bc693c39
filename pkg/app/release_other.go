//go:build !linux

package app

import "runtime/debug"

// releaseMemory gives back the objects that only the start of the program needed.
func releaseMemory() error {
	debug.FreeOSMemory()
	return nil
}
