// Package apikey makes and recognizes keys of the API. A key is shown once,
// when it is made; what is kept of it is its hash. The hash needs no salt and
// no slowness, because nobody guesses 40 random characters.
//
// A key reads outcry_SCOPE_RANDOM, so that scanners for leaked secrets, and
// people, see what it is.
package apikey

import (
	"crypto/rand"
	"crypto/sha256"
	"strings"
)

// Scope is what a key may do.
type Scope string

const (
	App    Scope = "app"    // may be shipped inside apps; its sender is judged like anyone
	Server Scope = "server" // secret; speaks for others
	Admin  Scope = "admin"  // secret; may do everything
)

// Scopes are all there are.
var Scopes = []Scope{App, Server, Admin}

const (
	product      = "outcry_"
	alphabet     = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	randomLength = 40 // random characters, 238 bits
	shownLength  = 6  // random characters that tell keys apart in a list
)

// Key is a new key.
type Key struct {
	Secret string // all of it; to be shown once and forgotten
	Prefix string // its beginning, to tell it apart in lists
	Hash   []byte // what is kept
}

// New makes a key.
func New(scope Scope) Key {
	random := make([]byte, 0, randomLength)
	for len(random) < randomLength {
		var draw [64]byte
		rand.Read(draw[:]) // never fails, by the contract of crypto/rand
		for _, b := range draw {
			// 248 is a multiple of 62: every character is as likely as any other.
			if b < 248 && len(random) < randomLength {
				random = append(random, alphabet[b%62])
			}
		}
	}
	secret := product + string(scope) + "_" + string(random)
	return Key{Secret: secret, Prefix: secret[:len(secret)-randomLength+shownLength], Hash: Hash(secret)}
}

// Hash returns what is kept of a key.
func Hash(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// Parse returns the scope that a key claims, and whether it has the form of a
// key at all. Whether there is such a key only its hash tells.
func Parse(secret string) (Scope, bool) {
	rest, ok := strings.CutPrefix(secret, product)
	if !ok {
		return "", false
	}
	for _, scope := range Scopes {
		random, ok := strings.CutPrefix(rest, string(scope)+"_")
		if ok && len(random) == randomLength && strings.Trim(random, alphabet) == "" {
			return scope, true
		}
	}
	return "", false
}
