// Package proof makes a sender spend some time before a report is taken, in the time
// of an attack. A client with a script finds a number whose hash is known; a form
// without script shows when it was made and that nobody filled a field that people do
// not see. Nothing about either is stored.
//
// Challenges have the format of ALTCHA, version 1, so that its widgets can solve them.
package proof

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	// MaxNumber bounds the number to be found: 50,000 hashes take a phone about 0.2 s.
	MaxNumber = 50_000
	// lifetime is how long a challenge can be answered.
	lifetime = 5 * time.Minute
	// youngest and oldest bound the age of a form that is sent.
	youngest = 2 * time.Second
	oldest   = 12 * time.Hour

	algorithm = "SHA-256"
)

// MAC returns the keyed hash of a text for one sender, service and day.
type MAC func(text string) uint64

// Challenge asks for the number in [0, MaxNumber] for which the hexadecimal SHA-256 of
// Salt and the number in decimal digits is Challenge.
type Challenge struct {
	Algorithm string `json:"algorithm"`
	Challenge string `json:"challenge"`
	MaxNumber int    `json:"maxnumber"`
	Salt      string `json:"salt"`
	Signature string `json:"signature"`
}

// solution is a solved Challenge, as JSON in base64.
type solution struct {
	Algorithm string `json:"algorithm"`
	Challenge string `json:"challenge"`
	Number    int    `json:"number"`
	Salt      string `json:"salt"`
	Signature string `json:"signature"`
}

// New returns a challenge for the sender of mac that can be answered from now on.
func New(mac MAC, now time.Time) (Challenge, error) {
	number, err := rand.Int(rand.Reader, big.NewInt(MaxNumber+1))
	if err != nil {
		return Challenge{}, fmt.Errorf("draw the number of a challenge: %w", err)
	}
	salt := strings.ToLower(rand.Text()) + "?expires=" + strconv.FormatInt(now.Add(lifetime).Unix(), 10)
	hash := hashOf(salt, int(number.Int64()))
	return Challenge{Algorithm: algorithm, Challenge: hash, MaxNumber: MaxNumber, Salt: salt, Signature: sign(mac, hash)}, nil
}

// Check returns why payload, an answer, does not solve a challenge that New made for
// the sender of one of macs; nil if it does.
func Check(payload string, now time.Time, macs ...MAC) error {
	raw, err := base64.StdEncoding.DecodeString(payload)
	if err != nil {
		return errors.New("is not base64")
	}
	var s solution
	if err := json.Unmarshal(raw, &s); err != nil {
		return errors.New("is no solved challenge")
	}
	_, query, _ := strings.Cut(s.Salt, "?")
	values, err := url.ParseQuery(query)
	if err != nil {
		return errors.New("has a salt that cannot be read")
	}
	expires, err := strconv.ParseInt(values.Get("expires"), 10, 64)
	if err != nil || !now.Before(time.Unix(expires, 0)) {
		return errors.New("is too old; solve a new challenge")
	}
	if s.Algorithm != algorithm || s.Number < 0 || s.Number > MaxNumber || hashOf(s.Salt, s.Number) != s.Challenge {
		return errors.New("does not solve its challenge")
	}
	for _, mac := range macs {
		if sign(mac, s.Challenge) == s.Signature {
			return nil
		}
	}
	return errors.New("solves a challenge of another sender or service")
}

// Stamp returns what a form carries that is made at now.
func Stamp(mac MAC, now time.Time) string {
	at := strconv.FormatInt(now.Unix(), 10)
	return at + "." + sign(mac, at)
}

// CheckStamp reports whether a form with a stamp was made by this site, long enough ago
// for somebody to read it and not too long ago.
func CheckStamp(stamp string, now time.Time, macs ...MAC) bool {
	at, signature, _ := strings.Cut(stamp, ".")
	made, err := strconv.ParseInt(at, 10, 64)
	if err != nil {
		return false
	}
	if age := now.Sub(time.Unix(made, 0)); age < youngest || age > oldest {
		return false
	}
	for _, mac := range macs {
		if sign(mac, at) == signature {
			return true
		}
	}
	return false
}

// hashOf returns what a challenge with a salt and a number asks for.
func hashOf(salt string, number int) string {
	sum := sha256.Sum256([]byte(salt + strconv.Itoa(number)))
	return hex.EncodeToString(sum[:])
}

func sign(mac MAC, text string) string { return fmt.Sprintf("%016x", mac(text)) }
