package limit

import (
	"net/http"
	"strconv"
	"time"
)

// Announce adds the decision to the headers RateLimit-Policy and RateLimit of the
// IETF draft. A sender without a limit has none.
func (d Decision) Announce(h http.Header) {
	if d.Limit == 0 {
		return
	}
	name := strconv.Quote(d.Policy())
	addItem(h, "RateLimit-Policy", name+";q="+strconv.Itoa(d.Limit)+";w="+seconds(d.Period))
	addItem(h, "RateLimit", name+";r="+strconv.Itoa(d.Remaining)+";t="+seconds(d.Reset))
}

// AnnounceRefusal sets these headers to those of the decision that refuses, and
// drops the allowances that do not.
func (d Decision) AnnounceRefusal(h http.Header) {
	if d.Limit == 0 {
		return
	}
	h.Del("RateLimit-Policy")
	h.Del("RateLimit")
	d.Announce(h)
}

// AnnounceOpen adds to these headers how many of most things that stay open one
// sender may still open.
func AnnounceOpen(h http.Header, name string, most, left int) {
	if most <= 0 {
		return
	}
	name = strconv.Quote(name)
	addItem(h, "RateLimit-Policy", name+";q="+strconv.Itoa(most)+`;qu="concurrent-requests"`)
	addItem(h, "RateLimit", name+";r="+strconv.Itoa(left))
}

// addItem adds an item to a list in a header.
func addItem(h http.Header, name, item string) {
	if before := h.Get(name); before != "" {
		item = before + ", " + item
	}
	h.Set(name, item)
}

// seconds formats d as whole seconds, rounded up, and at least 1.
func seconds(d time.Duration) string {
	return strconv.FormatInt(max(1, int64((d+time.Second-1)/time.Second)), 10)
}

// Refusal is the cause of an error of kind fault.Limited.
type Refusal struct{ Decision }

func (r Refusal) Error() string { return "the allowance " + r.Policy() + " is exhausted" }
