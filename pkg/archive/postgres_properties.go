package archive

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
)

// Identity returns the random name of this archive, which is made when it is
// first asked for and never changes.
func (p *Postgres) Identity(ctx context.Context) (string, error) {
	id, err := p.property(ctx, "identity", rand.Text())
	if err != nil {
		return "", fmt.Errorf("read the identity of the archive: %w", err)
	}
	return id, nil
}

// property returns a property of the archive, which it first sets to initial
// unless it is set.
func (p *Postgres) property(ctx context.Context, name, initial string) (value string, err error) {
	db := p.writeDB.WithContext(ctx)
	err = db.Exec(`INSERT INTO properties (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING`, name, initial).Error
	if err == nil {
		err = db.Raw(`SELECT value FROM properties WHERE name = ?`, name).Scan(&value).Error
	}
	return value, err
}

// Mark reserves the archive for simulated or for real reports. The first call
// decides; a call that disagrees with it returns an error.
func (p *Postgres) Mark(ctx context.Context, simulated bool) error {
	wanted := "real"
	if simulated {
		wanted = "simulated"
	}
	marked, err := p.property(ctx, "reports", wanted)
	switch {
	case err != nil:
		return fmt.Errorf("mark the archive: %w", err)
	case marked == wanted:
		return nil
	case simulated:
		return errors.New("the reports in the database are real: set OUTCRY_DATABASE_URL to another one for a simulation")
	}
	return errors.New("the reports in the database are simulated: set OUTCRY_SIMULATED=true, or OUTCRY_DATABASE_URL to another one")
}
