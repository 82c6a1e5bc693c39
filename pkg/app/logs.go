package app

import (
	"log"
	"log/slog"
	"net/netip"
	"strings"
)

// serverLog is the error log of an http.Server: its messages at level debug,
// without addresses. They are about connections that broke or clients that do
// not speak HTTP, which is nothing of ours.
func serverLog(l *slog.Logger) *log.Logger {
	return log.New(scrubber{l}, "", 0)
}

type scrubber struct{ log *slog.Logger }

func (s scrubber) Write(message []byte) (int, error) {
	text := strings.TrimSpace(string(message))
	// A panic's trace holds arguments; its first line says enough.
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
