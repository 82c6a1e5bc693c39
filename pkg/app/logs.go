package app

import (
	"log"
	"log/slog"
	"net/netip"
	"strings"
)

// serverLog returns an error log for an http.Server. It writes messages at level
// debug, because they are about broken connections and clients that do not speak
// HTTP, and without network addresses.
func serverLog(l *slog.Logger) *log.Logger {
	return log.New(scrubber{l}, "", 0)
}

// scrubber is a writer that logs each message without addresses.
type scrubber struct{ log *slog.Logger }

func (s scrubber) Write(message []byte) (int, error) {
	text := strings.TrimSpace(string(message))
	// The lines after the first are the stack of a panic, which holds arguments.
	text, _, _ = strings.Cut(text, "\n")
	s.log.Debug("the HTTP server noticed", "message", withoutAddresses(text))
	return len(message), nil
}

// withoutAddresses replaces every word of text that is a network address, with
// or without a port: the HTTP server names clients in its messages.
func withoutAddresses(text string) string {
	words := strings.Fields(text)
	for i, w := range words {
		bare := strings.TrimRight(w, ":,;.")
		_, errPort := netip.ParseAddrPort(bare)
		_, errAddr := netip.ParseAddr(strings.Trim(bare, "[]"))
		if errPort == nil || errAddr == nil {
			words[i] = "[address]" + w[len(bare):]
		}
	}
	return strings.Join(words, " ")
}
