package archive

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/outcry/outcry/pkg/fault"
)

// Key is an API key. Instead of its secret it has a hash of it.
type Key struct {
	ID      string
	Name    string
	Scope   string // app, server or admin
	Origins []string
	Prefix  string // the first characters of the secret, by which people recognise it
	Hash    []byte
	Created time.Time
	Revoked time.Time // zero while the key is valid
}

// keyRow is a row of api_keys.
type keyRow struct {
	ID, Name, Scope, Origins, Prefix string
	Hash                             []byte
	Created, Revoked                 int64
}

func (keyRow) TableName() string { return "api_keys" }

// CreateKey stores a new key.
func (a *Archive) CreateKey(ctx context.Context, k Key) error {
	origins, err := json.Marshal(k.Origins)
	if err != nil {
		return fmt.Errorf("create key %s: %w", k.ID, err)
	}
	row := keyRow{
		ID: k.ID, Name: k.Name, Scope: k.Scope, Origins: string(origins), Prefix: k.Prefix,
		Hash: k.Hash, Created: millis(k.Created), Revoked: millis(k.Revoked),
	}
	if err := a.writeDB.WithContext(ctx).Create(&row).Error; err != nil {
		return fmt.Errorf("create key %s: %w", k.ID, err)
	}
	return nil
}

// Keys returns all keys, revoked ones too, oldest first.
func (a *Archive) Keys(ctx context.Context) ([]Key, error) {
	var rows []keyRow
	if err := a.readDB.WithContext(ctx).Order("created, id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read keys: %w", err)
	}
	keys := make([]Key, len(rows))
	for i, r := range rows {
		var err error
		if keys[i], err = r.key(); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

// RevokeKey makes a key invalid from the given time on. It does not change a key
// that was revoked before. Without a key of that ID the error is of kind
// fault.NotFound.
func (a *Archive) RevokeKey(ctx context.Context, id string, at time.Time) error {
	done := a.writeDB.WithContext(ctx).Exec(
		`UPDATE api_keys SET revoked = CASE revoked WHEN 0 THEN ? ELSE revoked END WHERE id = ?`, millis(at), id)
	if done.Error != nil {
		return fmt.Errorf("revoke key %s: %w", id, done.Error)
	}
	if done.RowsAffected == 0 {
		return fault.New(fault.NotFound, "there is no key %q", id)
	}
	return nil
}

// KeyByHash returns the key whose secret has the given hash, even if it is
// revoked. Without such a key the error is of kind fault.NotFound.
func (a *Archive) KeyByHash(ctx context.Context, hash []byte) (Key, error) {
	var row keyRow
	err := a.readDB.WithContext(ctx).Where("hash = ?", hash).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Key{}, fault.New(fault.NotFound, "there is no such key")
	}
	if err != nil {
		return Key{}, fmt.Errorf("read a key: %w", err)
	}
	return row.key()
}

func (r keyRow) key() (Key, error) {
	k := Key{
		ID: r.ID, Name: r.Name, Scope: r.Scope, Prefix: r.Prefix, Hash: r.Hash,
		Created: milliTime(r.Created), Revoked: milliTime(r.Revoked),
	}
	if err := json.Unmarshal([]byte(r.Origins), &k.Origins); err != nil {
		return Key{}, fmt.Errorf("read key %s: %w", r.ID, err)
	}
	return k, nil
}
