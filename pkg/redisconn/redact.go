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

// described is an error of the client without what must not be in a log: the
// texts of both sides may hold addresses.
type redacted struct {
	text  string
	cause error
}

func (d redacted) Error() string { return d.text }
func (d redacted) Unwrap() error { return d.cause }

// Describe returns err with a text that names no address and no password, or
// nil. Errors that are not the client's stay as they are.
func Redact(err error) error {
	var done redacted
	if errors.As(err, &done) || !isForeign(err) {
		return err
	}
	return redacted{describe(err), err}
}

// foreign tells whether err is of the client, of the network, or of Redis.
func isForeign(err error) bool {
	if err == nil {
		return false
	}
	var answer redis.Error
	return isNoAnswer(err) || errors.Is(err, context.Canceled) || errors.As(err, &answer)
}

// absent tells whether err says that no answer came.
func isNoAnswer(err error) bool {
	var network net.Error
	return errors.As(err, &network) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) ||
		strings.HasPrefix(err.Error(), "redis: ") && !errors.Is(err, redis.Nil)
}

func describe(err error) string {
	var answer redis.Error
	var network *net.OpError
	var lookup *net.DNSError
	switch {
	case errors.Is(err, context.Canceled):
		return "the call to Redis was given up"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return "Redis does not answer in time"
	case errors.As(err, &lookup):
		return "the host of Redis is not known"
	case errors.As(err, &network):
		return "no connection to Redis: " + network.Op + ": " + network.Err.Error()
	case errors.Is(err, io.EOF):
		return "Redis closed the connection"
	case errors.As(err, &answer):
		return refusal(answer.Error())
	}
	return "the call to Redis failed"
}

// refusal describes an error that Redis itself answered with.
func refusal(text string) string {
	code, rest, _ := strings.Cut(text, " ")
	switch code {
	case "WRONGPASS", "NOAUTH":
		return "Redis refuses the user or the password"
	case "NOPERM":
		return "the user of Redis may not do what Outcry needs"
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

// down tells whether err says that nobody is there who could answer, rather
// than what the answer is.
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
