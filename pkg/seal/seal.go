// Package seal encrypts what an installation stores of people and of its partners:
// addresses, push endpoints and the secrets of webhooks. It uses AES-256-GCM with
// a random nonce. Every sealed value is bound to a place, so that a value that was
// copied to another row cannot be opened there.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
)

const (
	// MinLength is the fewest characters of the text that a Key is made from.
	MinLength = 32
	// format is the first byte of every sealed value.
	format  = 1
	keySize = 32 // bytes
)

// ErrOpen is the error of a value that cannot be opened: it was sealed with another
// key or at another place, or it is damaged.
var ErrOpen = errors.New("the value cannot be opened: it was sealed with another OUTCRY_SECRET, or it is damaged")

// Key is the secret of an installation. Its methods may be called concurrently.
type Key struct {
	root   []byte
	sealer cipher.AEAD
}

// New returns the key that is made from a secret text of at least MinLength
// characters.
func New(secret string) (*Key, error) {
	if len(secret) < MinLength {
		return nil, fmt.Errorf("the secret has %d characters; it needs at least %d", len(secret), MinLength)
	}
	k := &Key{root: []byte(secret)}
	block, err := aes.NewCipher(k.Derive("seal"))
	if err != nil {
		return nil, err
	}
	k.sealer, err = cipher.NewGCMWithRandomNonce(block)
	return k, err
}

// Derive returns the 32 bytes of a key for one purpose. Keys of different purposes
// tell nothing of each other.
func (k *Key) Derive(purpose string) []byte {
	derived, err := hkdf.Key(sha256.New, k.root, nil, "outcry "+purpose, keySize)
	if err != nil {
		panic("seal: " + err.Error()) // only for a key that is too long
	}
	return derived
}

// MAC returns the keyed hash of a text for one purpose: the same for the same
// text, and not to be guessed without the key.
func (k *Key) MAC(purpose, text string) []byte {
	mac := hmac.New(sha256.New, k.Derive("mac "+purpose))
	mac.Write([]byte(text)) // never fails
	return mac.Sum(nil)
}

// Seal encrypts a value for a place, such as the name of its row.
func (k *Key) Seal(place string, value []byte) []byte {
	return k.sealer.Seal([]byte{format}, nil, value, []byte(place))
}

// Open decrypts a value that was sealed for a place. The error is ErrOpen.
func (k *Key) Open(place string, sealed []byte) ([]byte, error) {
	if len(sealed) == 0 || sealed[0] != format {
		return nil, ErrOpen
	}
	value, err := k.sealer.Open(nil, nil, sealed[1:], []byte(place))
	if err != nil {
		return nil, ErrOpen
	}
	return value, nil
}
