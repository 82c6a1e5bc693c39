package archive

import (
	"context"
	"errors"
	"fmt"
)

// Mark keeps fiction and truth apart: an archive belongs to simulated servers
// from the first start on, or to real ones.
func (p *Postgres) Mark(ctx context.Context, simulated bool) error {
	mine := "real"
	if simulated {
		mine = "simulated"
	}
	db := p.writer.WithContext(ctx)
	var theirs string
	err := db.Exec(`INSERT INTO properties (name, value) VALUES ('reports', ?) ON CONFLICT DO NOTHING`, mine).Error
	if err == nil {
		err = db.Raw(`SELECT value FROM properties WHERE name = 'reports'`).Scan(&theirs).Error
	}
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
