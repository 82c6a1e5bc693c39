package archive

import (
	"context"
	"fmt"
	"time"
)

// CountReports returns how many problems and recoveries of a service the
// archive has in the minutes that start in [from, to).
func (a *Archive) CountReports(ctx context.Context, service string, from, to time.Time) (int64, error) {
	var n int64
	err := a.reader.WithContext(ctx).Raw(`SELECT COUNT(*) FROM reports WHERE minute >= ? AND minute < ?
		AND cell IN (SELECT c.id FROM cells c JOIN services s ON s.id = c.service WHERE s.slug = ?)`,
		minuteFrom(from), minuteFrom(to), service).Scan(&n).Error
	if err != nil {
		return 0, fmt.Errorf("count reports of %s: %w", service, err)
	}
	return n, nil
}
