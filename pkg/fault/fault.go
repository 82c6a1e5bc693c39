// Package fault names the kinds of failure a client may be told about.
//
// A function attaches a kind where a caller must tell cases apart; everything
// else is a plain error and therefore a fault of ours, which is logged and
// shown to clients only as an internal error.
package fault

import (
	"errors"
	"fmt"
	"time"
)

// Kind says what sort of failure an Error is. The zero Kind is Internal.
type Kind uint8

// The kinds, each with the HTTP status it becomes.
const (
	Internal     Kind = iota // 500: a fault of ours
	Malformed                // 400: the body cannot be read at all
	Unauthorized             // 401: a key is needed, or the key is not known
	Forbidden                // 403: the key or the origin may not do this
	NotFound                 // 404: there is no such thing
	TooLarge                 // 413: the body is larger than allowed
	Unsupported              // 415: the body has another media type
	Invalid                  // 422: well-formed, but a field has a wrong value
	Limited                  // 429: too many, try later
	Unavailable              // 503: cannot be done now, try later
)

// Error is a failure that a client may be told about.
type Error struct {
	Kind       Kind
	Field      string        // the field that is wrong, when there is one
	Msg        string        // what happened and what to do, for the client
	RetryAfter time.Duration // when trying again makes sense; 0 says nothing
	Err        error         // the cause, for our own log only
}

// New returns an Error of kind k with a message for the client.
func New(k Kind, format string, args ...any) *Error {
	return &Error{Kind: k, Msg: fmt.Sprintf(format, args...)}
}

// Field returns an Invalid error that names the field with the wrong value.
func Field(field, format string, args ...any) *Error {
	return &Error{Kind: Invalid, Field: field, Msg: fmt.Sprintf(format, args...)}
}

// Error describes e with its cause, for a log.
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
