package report

import (
	"crypto/hmac"
	"crypto/sha256"
	"strings"

	"github.com/google/uuid"

	"github.com/outcry/outcry/pkg/fault"
)

// Claim is what is remembered of a request with an idempotency key: which key it
// was, and a fingerprint of what was asked for. Neither can be traced to the key
// or to what was sent: the fingerprint is keyed with the key, which is not stored.
type Claim struct {
	Key  [16]byte
	Body [8]byte
}

// IsZero reports whether the request had no idempotency key.
func (c Claim) IsZero() bool { return c == Claim{} }

// The length of idempotency keys in bytes. Shorter ones may be those of several
// clients.
const (
	minIdempotencyKey = 16
	maxIdempotencyKey = 255
)

// WithIdempotencyKey returns s with the claim of the key in a header, and, if it
// has no ID, with one that is made from the key: a resend then counts once. Owner
// is the API key that the request came with, whose keys are apart from those of
// others; "" for none. The error names the header.
func (s Submission) WithIdempotencyKey(header, owner string) (Submission, error) {
	key := strings.TrimSpace(header)
	if n := len(key); n >= 2 && key[0] == '"' && key[n-1] == '"' { // a string of structured fields
		key = key[1 : n-1]
	}
	isText := strings.IndexFunc(key, func(r rune) bool { return r <= ' ' || r > '~' || r == '"' }) < 0
	if len(key) < minIdempotencyKey || len(key) > maxIdempotencyKey || !isText {
		return s, fault.Field("Idempotency-Key", "must be %d to %d visible characters of ASCII that no other client uses, such as a UUID", minIdempotencyKey, maxIdempotencyKey)
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{"outcry idempotency", owner, s.Service, key}, "\x00")))
	copy(s.Claim.Key[:], sum[:])
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(strings.Join([]string{s.Kind.String(), s.Symptom, s.Country, s.ID, s.OccurredAt, s.Device}, "\x00"))) // it never fails
	copy(s.Claim.Body[:], mac.Sum(nil))
	if s.ID == "" {
		id := uuid.UUID(sum[16:])
		id[6], id[8] = id[6]&0x0f|0x80, id[8]&0x3f|0x80 // version 8: made by a rule of our own
		s.ID = id.String()
	}
	return s, nil
}
