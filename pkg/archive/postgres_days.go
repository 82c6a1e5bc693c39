package archive

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
	"time"

	"gorm.io/gorm"
)

const (
	minutesOfDay = int64(24 * time.Hour / time.Minute)
	// daysAhead is how many days beyond the current one have their partition, so
	// that midnight needs nobody.
	daysAhead = 2
	// dropWait is how long dropping a day may make others wait for a long
	// statement that still reads it; it is tried again later.
	dropWait = "2s"
)

// knownDays are the days whose partition this process has seen.
type knownDays struct {
	mu   sync.Mutex
	days map[int64]bool
}

func newKnownDays() *knownDays { return &knownDays{days: map[int64]bool{}} }

// lacking returns those of days that are not known.
func (k *knownDays) lacking(days map[int64]bool) []int64 {
	k.mu.Lock()
	defer k.mu.Unlock()
	var lacking []int64
	for day := range days {
		if !k.days[day] {
			lacking = append(lacking, day)
		}
	}
	return lacking
}

// set replaces what is known.
func (k *knownDays) set(days map[int64]bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.days = days
}

// Prepare makes the partitions of reports of the day of now and those after it.
// A report of another day makes its own, while others wait.
func (p *Postgres) Prepare(ctx context.Context, now time.Time) error {
	days := map[int64]bool{}
	today := minuteOf(now) / minutesOfDay
	for day := today - 1; day <= today+daysAhead; day++ {
		days[day] = true
	}
	return p.makeDays(ctx, days)
}

// makeDays makes the partitions of days that there are none of.
func (p *Postgres) makeDays(ctx context.Context, days map[int64]bool) error {
	lacking := p.days.lacking(days)
	if len(lacking) == 0 {
		return nil
	}
	var known map[int64]bool
	err := p.exclusively(ctx, func(tx *gorm.DB) (err error) {
		if known, err = daysOf(tx); err != nil {
			return err
		}
		for _, day := range lacking {
			if known[day] {
				continue
			}
			// To attach a table keeps nobody from reading and writing the others;
			// to create it as a partition would. Its check spares a look for rows.
			name := dayTable(day)
			for _, statement := range []string{
				fmt.Sprintf(`CREATE TABLE %s (LIKE reports, CHECK (day = %d))`, name, day),
				fmt.Sprintf(`ALTER TABLE reports ATTACH PARTITION %s FOR VALUES IN (%d)`, name, day),
			} {
				if err := tx.Exec(statement).Error; err != nil {
					return err
				}
			}
			known[day] = true
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("make partitions of reports: %w", err)
	}
	p.days.set(known)
	return nil
}

// dropReports drops the days that end before a minute.
func (postgresEngine) dropReports(ctx context.Context, a *Archive, before int64) error {
	return a.exclusively(ctx, func(tx *gorm.DB) error {
		days, err := daysOf(tx)
		if err != nil {
			return err
		}
		if err := tx.Exec(`SET LOCAL lock_timeout = '` + dropWait + `'`).Error; err != nil {
			return err
		}
		for day := range days {
			if (day+1)*minutesOfDay > before {
				continue
			}
			if err := tx.Exec(`DROP TABLE ` + dayTable(day)).Error; err != nil {
				return fmt.Errorf("drop the reports of %s: %w", minuteTime(day*minutesOfDay).Format(time.DateOnly), err)
			}
		}
		return nil
	})
}

func dayTable(day int64) string { return fmt.Sprintf("reports_%d", day) }

// daysOf lists the days that have a partition.
func daysOf(tx *gorm.DB) (map[int64]bool, error) {
	var days []int64
	err := tx.Raw(`SELECT substr(c.relname, @after)::bigint FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
		WHERE i.inhparent = 'reports'::regclass`, sql.Named("after", len("reports_")+1)).Scan(&days).Error
	if err != nil {
		return nil, fmt.Errorf("list partitions: %w", err)
	}
	known := make(map[int64]bool, len(days))
	for _, day := range days {
		known[day] = true
	}
	return known, nil
}
