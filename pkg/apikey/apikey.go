// Package apikey makes and parses keys of the API. A key is shown once, when it
// is made, and only its hash is stored. A plain SHA-256 is enough: 40 random
// characters cannot be guessed, so that the hash needs no salt and need not be
// slow.
//
// A key has the form outcry_SCOPE_RANDOM. People and scanners for leaked secrets
// recognize it by its prefix.
package apikey

import (
	"crypto/rand"
	"crypto/sha256"
	"strings"
)

// Scope is what the holder of a key may do.
type Scope string

// All scopes.
const (
	App    Scope = "app"    // may be shipped inside apps; gives no further rights to its senders
	Server Scope = "server" // secret; may report for other people
	Admin  Scope = "admin"  // secret; may do everything
)

// Scopes are all scopes.
var Scopes = []Scope{App, Server, Admin}

const (
	namespace    = "outcry_"
	alphabet     = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	randomLength = 40 // random characters, 238 bits
	prefixLength = 6  // random characters in a Prefix
)

// Key is a new key.
type Key struct {
	Secret string // the whole key; shown once and not stored
	Prefix string // its beginning, which names it in lists
	Hash   []byte // what is stored
}

// New returns a new random key.
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
	secret := namespace + string(scope) + "_" + string(random)
	return Key{Secret: secret, Prefix: secret[:len(secret)-randomLength+prefixLength], Hash: Hash(secret)}
}

// Hash returns the SHA-256 of a key, which is what is stored of it.
func Hash(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// Parse returns the scope that a key names. It reports false for text that does
// not have the form of a key. It does not check that the key exists.
func Parse(secret string) (Scope, bool) {
	rest, ok := strings.CutPrefix(secret, namespace)
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
