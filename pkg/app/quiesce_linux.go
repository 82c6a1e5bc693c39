package app

import (
	"errors"
	"fmt"
	"net"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// handshakes is how long a connection may take from its first packet until it can
// be accepted.
const handshakes = 100 * time.Millisecond

// refuseNew makes the kernel drop the first packet of every further connection, and
// returns when all earlier ones have been accepted: closing a listener resets those
// that wait. Clients try again after a second, and reach whatever listens then.
func refuseNew(l *net.TCPListener) error {
	raw, err := l.SyscallConn()
	if err != nil {
		return err
	}
	const flags, syn, ack = 13, 0x02, 0x10 // of a TCP header
	filter := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_B | unix.BPF_ABS, K: flags},
		{Code: unix.BPF_ALU | unix.BPF_AND | unix.BPF_K, K: syn | ack},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: syn, Jf: 1},
		{Code: unix.BPF_RET | unix.BPF_K, K: 0},
		{Code: unix.BPF_RET | unix.BPF_K, K: 1 << 18},
	}
	var setErr error
	if err := raw.Control(func(fd uintptr) {
		setErr = unix.SetsockoptSockFprog(int(fd), syscall.SOL_SOCKET, unix.SO_ATTACH_FILTER, &unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]})
	}); err != nil || setErr != nil {
		return fmt.Errorf("filter new connections: %w", errors.Join(err, setErr))
	}
	time.Sleep(handshakes)
	for end := time.Now().Add(time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		waiting, err := unacceptedOf(raw)
		if err != nil || waiting == 0 {
			return err
		}
	}
	return errors.New("connections still wait to be accepted after a second")
}

// unacceptedOf returns how many connections of a listener wait to be accepted.
func unacceptedOf(raw syscall.RawConn) (waiting uint32, err error) {
	var getErr error
	err = raw.Control(func(fd uintptr) {
		var info *unix.TCPInfo
		if info, getErr = unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO); getErr == nil {
			waiting = info.Unacked // of a listener: the length of its queue
		}
	})
	return waiting, errors.Join(err, getErr)
}
