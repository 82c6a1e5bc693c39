package archive

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
	"time"

	"gorm.io/gorm"

	"github.com/outcry/outcry/pkg/window"
)

const (
	// daysAhead is how many days after today get their partition in advance, so
	// that no report waits for one at midnight.
	daysAhead = 2
	// dropWait bounds how long the drop of a day waits for statements that still
	// read it, since others wait behind it. Retain tries again when it runs next.
	dropWait = "2s"
)

// partitionDays caches the days for which the table of reports has a partition.
type partitionDays struct {
	mu   sync.Mutex
	days map[int64]bool
}

func newPartitionDays() *partitionDays { return &partitionDays{days: map[int64]bool{}} }

// missing returns those of days that are not in the cache.
func (p *partitionDays) missing(days map[int64]bool) []int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	var missing []int64
	for day := range days {
		if !p.days[day] {
			missing = append(missing, day)
		}
	}
	return missing
}

// set replaces the cache.
func (p *partitionDays) set(days map[int64]bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.days = days
}

// Prepare makes the partitions of reports from yesterday to the day after
// tomorrow. Reports of another day also get a partition, but they, and other
// writers, wait for it.
func (p *Postgres) Prepare(ctx context.Context, now time.Time) error {
	days := map[int64]bool{}
	today := window.MinuteOf(now).Day()
	for day := today - 1; day <= today+daysAhead; day++ {
		days[day] = true
	}
	return p.makeDays(ctx, days)
}

// makeDays makes the partitions of days that have none.
func (p *Postgres) makeDays(ctx context.Context, days map[int64]bool) error {
	missing := p.days.missing(days)
	if len(missing) == 0 {
		return nil
	}
	var existing map[int64]bool
	err := p.exclusively(ctx, func(tx *gorm.DB) (err error) {
		if existing, err = daysOf(tx); err != nil {
			return err
		}
		for _, day := range missing {
			if existing[day] {
				continue
			}
			// Attaching a table does not block readers and writers of the other
			// partitions; creating it as a partition would. With the check, Postgres
			// need not read the table to attach it.
			name := dayTable(day)
			for _, statement := range []string{
				fmt.Sprintf(`CREATE TABLE %s (LIKE reports, CHECK (day = %d))`, name, day),
				fmt.Sprintf(`ALTER TABLE reports ATTACH PARTITION %s FOR VALUES IN (%d)`, name, day),
			} {
				if err := tx.Exec(statement).Error; err != nil {
					return err
				}
			}
			existing[day] = true
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("make partitions of reports: %w", err)
	}
	p.days.set(existing)
	return nil
}

// dropReports drops the days that end before a minute.
func (postgresEngine) dropReports(ctx context.Context, a *Archive, before window.Minute) error {
	return a.exclusively(ctx, func(tx *gorm.DB) error {
		days, err := daysOf(tx)
		if err != nil {
			return err
		}
		if err := tx.Exec(`SET LOCAL lock_timeout = '` + dropWait + `'`).Error; err != nil {
			return err
		}
		for day := range days {
			if window.FirstOfDay(day+1) > before {
				continue
			}
			if err := tx.Exec(`DROP TABLE ` + dayTable(day)).Error; err != nil {
				return fmt.Errorf("drop the reports of %s: %w", window.FirstOfDay(day).Start().Format(time.DateOnly), err)
			}
		}
		return nil
	})
}

// dayTable returns the name of the partition of a day.
func dayTable(day int64) string { return fmt.Sprintf("reports_%d", day) }

// daysOf returns the days that have a partition.
func daysOf(tx *gorm.DB) (map[int64]bool, error) {
	var days []int64
	err := tx.Raw(`SELECT substr(c.relname, @after)::bigint FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
		WHERE i.inhparent = 'reports'::regclass`, sql.Named("after", len("reports_")+1)).Scan(&days).Error
	if err != nil {
		return nil, fmt.Errorf("list partitions: %w", err)
	}
	existing := make(map[int64]bool, len(days))
	for _, day := range days {
		existing[day] = true
	}
	return existing, nil
}
