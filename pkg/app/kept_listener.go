package app

import (
	"context"
	"fmt"
	"net"
	"time"
)

// keptListener is a listener that several servers use one after the other. Closing
// it only wakes those who wait for a connection, so that clients who connect between
// two servers wait instead of being refused.
type keptListener struct{ *net.TCPListener }

// listen begins to listen at addr, or goes on after Close.
func (l *keptListener) listen(addr string) (net.Listener, error) {
	if l.TCPListener != nil {
		return l, l.SetDeadline(time.Time{})
	}
	var config net.ListenConfig
	config.SetMultipathTCP(false) // refuseNew needs a filter, which multipath sockets do not have
	listener, err := config.Listen(context.Background(), "tcp", addr)
	if err != nil {
		return nil, err
	}
	tcp, ok := listener.(*net.TCPListener)
	if !ok {
		return nil, fmt.Errorf("%T is no TCP listener", listener)
	}
	l.TCPListener = tcp
	return l, nil
}

// Close makes Accept return an error.
func (l *keptListener) Close() error { return l.SetDeadline(time.Unix(1, 0)) }

// end closes the listener for good.
func (l *keptListener) end() error {
	if l.TCPListener == nil {
		return nil
	}
	return l.TCPListener.Close()
}
