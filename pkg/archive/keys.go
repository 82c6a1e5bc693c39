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

// Key is an API key without its secret, of which only a hash is kept.
type Key struct {
	ID      string
	Name    string
	Scope   string // app, server or admin
	Origins []string
	Prefix  string // the first characters of the secret, to recognise it by
	Hash    []byte
	Created time.Time
	Revoked time.Time // zero while it is valid
}

type keyRow struct {
	ID, Name, Scope, Origins, Prefix string
	Hash                             []byte
	Created, Revoked                 int64
}

func (keyRow) TableName() string { return "api_keys" }

// CreateKey keeps a new key.
func (a *Archive) CreateKey(ctx context.Context, k Key) error {
	origins, err := json.Marshal(k.Origins)
	if err != nil {
		return fmt.Errorf("create key %s: %w", k.ID, err)
	}
	row := keyRow{
		ID: k.ID, Name: k.Name, Scope: k.Scope, Origins: string(origins), Prefix: k.Prefix,
		Hash: k.Hash, Created: millis(k.Created), Revoked: millis(k.Revoked),
	}
	if err := a.writer.WithContext(ctx).Create(&row).Error; err != nil {
		return fmt.Errorf("create key %s: %w", k.ID, err)
	}
	return nil
}

// Keys returns all keys, revoked ones too, oldest first.
func (a *Archive) Keys(ctx context.Context) ([]Key, error) {
	var rows []keyRow
	if err := a.reader.WithContext(ctx).Order("created, id").Find(&rows).Error; err != nil {
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

// RevokeKey ends a key at the given time; a key that is already revoked stays
// as it is. A key that there is not gives an error of kind fault.NotFound.
func (a *Archive) RevokeKey(ctx context.Context, id string, at time.Time) error {
	done := a.writer.WithContext(ctx).Exec(
		`UPDATE api_keys SET revoked = CASE revoked WHEN 0 THEN ? ELSE revoked END WHERE id = ?`, millis(at), id)
	if done.Error != nil {
		return fmt.Errorf("revoke key %s: %w", id, done.Error)
	}
	if done.RowsAffected == 0 {
		return fault.New(fault.NotFound, "there is no key %q", id)
	}
	return nil
}

// KeyByHash returns the key of a hashed secret, revoked or not, or an error of
// kind fault.NotFound.
func (a *Archive) KeyByHash(ctx context.Context, hash []byte) (Key, error) {
	var row keyRow
	err := a.reader.WithContext(ctx).Where("hash = ?", hash).Take(&row).Error
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
