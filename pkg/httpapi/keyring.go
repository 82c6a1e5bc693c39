package httpapi

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"github.com/outcry/outcry/pkg/apikey"
	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/streak"
)

const (
	// keyLifetime is how long a look-up is cached, and so how long a revoked key
	// still works.
	keyLifetime = 30 * time.Second
	// lookUpTimeout bounds a look-up, which the request waits for.
	lookUpTimeout = 3 * time.Second
	// maxCachedKeys bounds the valid keys, and separately the invalid ones, that
	// are cached.
	maxCachedKeys = 1024
)

var errInvalidKey = fault.New(fault.Unauthorized, "the key is not known or was revoked")

// keyring looks up keys and caches the results. While the archive fails, it
// accepts the valid keys that it has cached, whatever their age.
type keyring struct {
	source Keys
	wrong  *WrongKeys
	streak *streak.Streak

	mu      sync.Mutex
	valid   map[string]keyEntry // by hash
	invalid map[string]time.Time
}

type keyEntry struct {
	key archive.Key
	at  time.Time
}

func newKeyring(source Keys, wrong *WrongKeys, log *slog.Logger) *keyring {
	return &keyring{source: source, wrong: wrong, streak: streak.New(log, slog.LevelError, "keys cannot be looked up", "keys can be looked up again"),
		valid: map[string]keyEntry{}, invalid: map[string]time.Time{}}
}

// lookUp returns the key with this secret, which a client at addr sent. The error
// is fault.Unauthorized if there is none or it was revoked, fault.Limited if the
// client sent too many such keys lately, and fault.Unavailable if the archive
// fails.
func (k *keyring) lookUp(ctx context.Context, secret string, addr netip.Addr, now time.Time) (archive.Key, error) {
	if key, ok := k.cached(secret, now); ok {
		return key, nil
	}
	if err := k.wrong.check(addr, now); err != nil {
		return archive.Key{}, err
	}
	key, err := k.find(ctx, secret, now)
	if errors.Is(err, errInvalidKey) {
		k.wrong.note(addr, now)
	}
	return key, err
}

// cached returns the key with this secret if it was found valid lately.
func (k *keyring) cached(secret string, now time.Time) (archive.Key, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	entry, ok := k.valid[string(apikey.Hash(secret))]
	return entry.key, ok && now.Sub(entry.at) < keyLifetime
}

// find is lookUp without the limit.
func (k *keyring) find(ctx context.Context, secret string, now time.Time) (archive.Key, error) {
	if _, ok := apikey.Parse(secret); !ok {
		return archive.Key{}, errInvalidKey
	}
	hash := apikey.Hash(secret)
	k.mu.Lock()
	entry, isValid := k.valid[string(hash)]
	checkedAt, isInvalid := k.invalid[string(hash)]
	k.mu.Unlock()
	if isInvalid && now.Sub(checkedAt) < keyLifetime {
		return archive.Key{}, errInvalidKey
	}
	limited, cancel := context.WithTimeout(ctx, lookUpTimeout)
	defer cancel()
	key, err := k.source.KeyByHash(limited, hash)
	switch {
	case ctx.Err() != nil: // the client has gone, which says nothing about the archive
	case fault.KindOf(err) == fault.NotFound:
		k.streak.Note(nil)
	default:
		k.streak.Note(err)
	}
	switch {
	case err == nil && key.Revoked.IsZero():
		k.mu.Lock()
		defer k.mu.Unlock()
		remember(k.valid, string(hash), keyEntry{key, now})
		delete(k.invalid, string(hash))
		return key, nil
	case err == nil || fault.KindOf(err) == fault.NotFound:
		k.mu.Lock()
		defer k.mu.Unlock()
		remember(k.invalid, string(hash), now)
		delete(k.valid, string(hash))
		return archive.Key{}, errInvalidKey
	case isValid:
		return entry.key, nil
	default:
		var f *fault.Error
		if errors.As(err, &f) {
			return archive.Key{}, err
		}
		return archive.Key{}, &fault.Error{Kind: fault.Unavailable, Msg: "keys cannot be looked up right now; send it again in a moment", Err: err}
	}
}

// remember puts v into m. If m is full, it is cleared first.
func remember[V any](m map[string]V, hash string, v V) {
	if len(m) >= maxCachedKeys {
		clear(m)
	}
	m[hash] = v
}
