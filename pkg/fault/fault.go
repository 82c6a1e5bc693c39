// Package fault names the kinds of failure that a client may learn about.
//
// A function attaches a kind only where a caller must distinguish the cases.
// Every other error is a fault of ours: it is logged, and a client learns only
// that an internal error happened.
package fault

import (
	"errors"
	"fmt"
	"time"
)

// Kind is the kind of a failure. The zero Kind is Internal.
type Kind uint8

// The kinds, each with the HTTP status it becomes.
const (
	Internal     Kind = iota // 500: a fault of ours
	Malformed                // 400: the body cannot be read at all
	Unauthorized             // 401: a key is needed, or the key is unknown
	Forbidden                // 403: the key or the origin may not do this
	NotFound                 // 404: the thing does not exist
	TooLarge                 // 413: the body is larger than allowed
	Unsupported              // 415: the body has another media type
	Challenged               // 428: the sender must solve a challenge first
	Invalid                  // 422: well-formed, but a field has a wrong value
	Limited                  // 429: too many requests; try again later
	Unavailable              // 503: cannot be done now; try again later
)

// Error is a failure that a client may learn about.
type Error struct {
	Kind       Kind
	Field      string        // the field with the wrong value; may be empty
	Msg        string        // what happened and what to do, shown to the client
	RetryAfter time.Duration // when to try again; 0 if that is unknown
	Err        error         // the cause; logged, never shown to the client
}

// New returns an Error of kind k with a message for the client.
func New(k Kind, format string, args ...any) *Error {
	return &Error{Kind: k, Msg: fmt.Sprintf(format, args...)}
}

// Field returns an Invalid error that names the field with the wrong value.
func Field(field, format string, args ...any) *Error {
	return &Error{Kind: Invalid, Field: field, Msg: fmt.Sprintf(format, args...)}
}

// Error returns the message with its field and its cause, for the log.
func (e *Error) Error() string {
	s := e.Msg
	if e.Field != "" {
		s = e.Field + ": " + s
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// KindOf returns the kind of the first Error in err's chain, or Internal.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}
