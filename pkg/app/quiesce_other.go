//go:build !linux

package app

import "net"

// refuseNew does nothing: other systems have no way to refuse further connections
// without resetting those that wait to be accepted.
func refuseNew(*net.TCPListener) error { return nil }
