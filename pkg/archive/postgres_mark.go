package archive

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
)

// Identity returns what tells this archive from all others, from its first use on.
func (p *Postgres) Identity(ctx context.Context) (string, error) {
	id, err := p.property(ctx, "identity", rand.Text())
	if err != nil {
		return "", fmt.Errorf("name the archive: %w", err)
	}
	return id, nil
}

// property sets a property of the archive unless it is set, and returns it.
func (p *Postgres) property(ctx context.Context, name, first string) (value string, err error) {
	db := p.writer.WithContext(ctx)
	err = db.Exec(`INSERT INTO properties (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING`, name, first).Error
	if err == nil {
		err = db.Raw(`SELECT value FROM properties WHERE name = ?`, name).Scan(&value).Error
	}
	return value, err
}

// Mark keeps fiction and truth apart: an archive belongs to simulated servers
// from the first start on, or to real ones.
func (p *Postgres) Mark(ctx context.Context, simulated bool) error {
	mine := "real"
	if simulated {
		mine = "simulated"
	}
	theirs, err := p.property(ctx, "reports", mine)
	switch {
	case err != nil:
		return fmt.Errorf("mark the archive: %w", err)
	case theirs == mine:
		return nil
	case simulated:
		return errors.New("the reports in the database are real: set OUTCRY_DATABASE_URL to another one for a simulation")
	}
	return errors.New("the reports in the database are simulated: set OUTCRY_SIMULATED=true, or OUTCRY_DATABASE_URL to another one")
}
