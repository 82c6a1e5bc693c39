package redisconn

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strings"

	"github.com/redis/go-redis/v9"
)

// redacted is an error with a text that may be logged. Texts of the client and of
// Redis may hold addresses.
type redacted struct {
	text  string
	cause error
}

func (d redacted) Error() string { return d.text }
func (d redacted) Unwrap() error { return d.cause }

// Redact returns err with a text without address and password. It returns nil, and
// errors that come from neither the client, the network nor Redis, unchanged.
func Redact(err error) error {
	var done redacted
	if errors.As(err, &done) || !isForeign(err) {
		return err
	}
	return redacted{describe(err), err}
}

// isForeign reports whether err comes from the client, the network or Redis.
func isForeign(err error) bool {
	if err == nil {
		return false
	}
	var answer redis.Error
	return isNoAnswer(err) || errors.Is(err, context.Canceled) || errors.As(err, &answer)
}

// isNoAnswer reports whether err means that no answer came.
func isNoAnswer(err error) bool {
	var network net.Error
	return errors.As(err, &network) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) ||
		strings.HasPrefix(err.Error(), "redis: ") && !errors.Is(err, redis.Nil)
}

// describe returns the text of a redacted error.
func describe(err error) string {
	var answer redis.Error
	var network *net.OpError
	var lookup *net.DNSError
	switch {
	case errors.Is(err, context.Canceled):
		return "the call to Redis was canceled"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return "Redis does not answer in time"
	case errors.As(err, &lookup):
		return "the host of Redis was not found"
	case errors.As(err, &network):
		return "no connection to Redis: " + network.Op + ": " + network.Err.Error()
	case errors.Is(err, io.EOF):
		return "Redis closed the connection"
	case errors.As(err, &answer):
		return refusal(answer.Error())
	}
	return "the call to Redis failed"
}

// refusal returns the text of an error that Redis answered with.
func refusal(text string) string {
	code, rest, _ := strings.Cut(text, " ")
	switch code {
	case "WRONGPASS", "NOAUTH":
		return "Redis refuses the user or the password"
	case "NOPERM":
		return "the user of Redis lacks a permission that Outcry needs"
	case "MOVED", "ASK":
		return "the key is at another node (" + code + "); is this a Redis Cluster?"
	case "OOM":
		return "the memory of Redis is full"
	case "ERR":
		if strings.Contains(rest, "cluster support disabled") {
			return "cluster support disabled"
		}
		return "Redis answers: " + rest
	}
	return "Redis answers " + code
}

// isUnreachable reports whether err means that no node can serve the call now,
// rather than that a node refused it.
func isUnreachable(err error) bool {
	if err == nil || errors.Is(err, context.Canceled) {
		return false
	}
	var answer redis.Error
	if !errors.As(err, &answer) {
		return isNoAnswer(err)
	}
	switch code, _, _ := strings.Cut(answer.Error(), " "); code {
	case "LOADING", "CLUSTERDOWN", "MASTERDOWN", "TRYAGAIN", "READONLY":
		return true
	}
	return false
}
