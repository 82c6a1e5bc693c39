package httpapi

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/outcry/outcry/pkg/apikey"
	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/streak"
)

const (
	// keyLife is how long a look-up is believed, and so how long a revoked key
	// may go on.
	keyLife = 30 * time.Second
	// lookTime bounds a look-up: whoever posts waits for it.
	lookTime = 3 * time.Second
	// keyRoom bounds the keys, and beside them the wrong keys, that are remembered.
	keyRoom = 1024
)

var errKey = fault.New(fault.Unauthorized, "the key is not known or was revoked")

// keyring remembers the latest look-ups of keys. While the archive is down it
// goes on believing what it knows.
type keyring struct {
	source Keys
	streak *streak.Streak

	mu      sync.Mutex
	known   map[string]keyEntry // by hash
	unknown map[string]time.Time
}

type keyEntry struct {
	key archive.Key
	at  time.Time
}

func newKeyring(source Keys, log *slog.Logger) *keyring {
	return &keyring{source: source, streak: streak.New(log, slog.LevelError, "keys cannot be looked up", "keys can be looked up again"),
		known: map[string]keyEntry{}, unknown: map[string]time.Time{}}
}

// lookUp returns the key with this secret. The error is fault.Unauthorized when
// there is none or it was revoked.
func (k *keyring) lookUp(ctx context.Context, secret string, now time.Time) (archive.Key, error) {
	if _, ok := apikey.Parse(secret); !ok {
		return archive.Key{}, errKey
	}
	hash := apikey.Hash(secret)
	k.mu.Lock()
	entry, known := k.known[string(hash)]
	refused, wrong := k.unknown[string(hash)]
	k.mu.Unlock()
	switch {
	case known && now.Sub(entry.at) < keyLife:
		return entry.key, nil
	case wrong && now.Sub(refused) < keyLife:
		return archive.Key{}, errKey
	}
	limited, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	key, err := k.source.KeyByHash(limited, hash)
	switch {
	case ctx.Err() != nil: // nobody waited for the answer
	case fault.KindOf(err) == fault.NotFound:
		k.streak.Note(nil)
	default:
		k.streak.Note(err)
	}
	switch {
	case err == nil && key.Revoked.IsZero():
		k.mu.Lock()
		defer k.mu.Unlock()
		remember(k.known, string(hash), keyEntry{key, now})
		delete(k.unknown, string(hash))
		return key, nil
	case err == nil || fault.KindOf(err) == fault.NotFound:
		k.mu.Lock()
		defer k.mu.Unlock()
		remember(k.unknown, string(hash), now)
		delete(k.known, string(hash))
		return archive.Key{}, errKey
	case known:
		return entry.key, nil
	default:
		var f *fault.Error
		if errors.As(err, &f) {
			return archive.Key{}, err
		}
		return archive.Key{}, &fault.Error{Kind: fault.Unavailable, Msg: "keys cannot be looked up right now; send it again in a moment", Err: err}
	}
}

// remember puts v into m, which starts over when it is full.
func remember[V any](m map[string]V, hash string, v V) {
	if len(m) >= keyRoom {
		clear(m)
	}
	m[hash] = v
}
