package app

import (
	"log"
	"log/slog"
	"regexp"
	"strings"
)

// address matches what looks like a network address: the HTTP server puts the
// client's into its messages, and no address may reach a log.
var address = regexp.MustCompile(`\[?[0-9a-fA-F:.%]*[0-9a-fA-F]+[:.][0-9a-fA-F:.]+\]?(:\d+)?`)

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
	s.log.Debug("the HTTP server noticed", "message", address.ReplaceAllString(text, "[address]"))
	return len(message), nil
}
