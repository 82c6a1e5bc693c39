package archive

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// exclusionRow is a row of exclusions.
type exclusionRow struct {
	ID           int64 `gorm:"primaryKey;autoIncrement:false"`
	Service      string
	First, Past  window.Minute
	Countries    string
	Symptom      string
	Sender, Mask int64
	Body         string
	N            int64
	IsOver       int64
}

func (exclusionRow) TableName() string { return "exclusions" }

// lateReports is how long after its end an exclusion still finds reports: those
// that name a minute up to report.MaxDelay back.
const lateReports = 2 * report.MaxDelay

// Exclude takes what e names out of the counts: reports are marked, and rollups of
// quarters that are final are counted again. It may be called again with the same
// exclusion: what was taken out stays so.
func (a *Archive) Exclude(ctx context.Context, e window.Exclusion) error {
	row, err := exclusionToRow(e)
	if err != nil {
		return fmt.Errorf("exclude reports of %s: %w", e.Service, err)
	}
	if err := a.writeDB.WithContext(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&row).Error; err != nil {
		return fmt.Errorf("exclude reports of %s: %w", e.Service, err)
	}
	return a.markExcluded(ctx, e, quartersOf(e))
}

// quartersOf returns the quarters that e may change. They are all counted again when it
// begins and when it ends, because a process may have been killed in between.
func quartersOf(e window.Exclusion) []window.Minute {
	var all []window.Minute
	for q := window.MinuteOf(e.From) / quarter * quarter; q < window.MinuteOf(e.To); q += quarter {
		all = append(all, q)
	}
	return all
}

// ExcludeLate takes out of the counts what arrived late and is named by an exclusion
// that ended not long before archivedUpTo, up to which all reports are archived.
func (a *Archive) ExcludeLate(ctx context.Context, archivedUpTo time.Time) error {
	var rows []exclusionRow
	since := window.MinuteOf(archivedUpTo.Add(-lateReports))
	if err := a.readDB.WithContext(ctx).Where("past > ? AND is_over = 0", since).Order("id").Find(&rows).Error; err != nil {
		return fmt.Errorf("read the latest exclusions: %w", err)
	}
	for _, r := range rows {
		e, err := r.exclusion()
		if err == nil {
			err = a.markExcluded(ctx, e, nil)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Include puts what an exclusion took out back into the counts.
func (a *Archive) Include(ctx context.Context, id int64) error {
	e, err := a.Exclusion(ctx, id)
	if err == nil {
		err = a.writeDB.WithContext(ctx).Exec(`UPDATE exclusions SET is_over = 1, n = 0 WHERE id = ?`, id).Error
	}
	if err == nil {
		err = a.recountQuarters(ctx, quartersOf(e), 1, func(tx *gorm.DB) ([]quarterCount, bool, error) {
			return a.engine.unmarkReports(tx, id)
		}, nil)
	}
	if err != nil {
		return fmt.Errorf("include what exclusion %d took out: %w", id, err)
	}
	return nil
}

// quarterCount is how many reports of a cell in a quarter were marked or unmarked.
type quarterCount struct {
	Cell  int64
	Start window.Minute
	N     int64
}

// markExcluded marks the reports that e names and takes them out of the rollups.
func (a *Archive) markExcluded(ctx context.Context, e window.Exclusion, quarters []window.Minute) error {
	err := a.recountQuarters(ctx, quarters, -1, func(tx *gorm.DB) ([]quarterCount, bool, error) {
		return a.engine.markReports(tx, e)
	}, func(tx *gorm.DB, n int64) error {
		return tx.Exec(`UPDATE exclusions SET n = n + ? WHERE id = ?`, n, e.ID).Error
	})
	if err != nil {
		return fmt.Errorf("exclude reports of %s: %w", e.Service, err)
	}
	return nil
}

// recountQuarters has mark mark reports, batch by batch, until there are no more. In
// the same transaction it changes the rollups of quarters that are final: by each
// count times sign. note is called with how many reports were marked. What is set aside
// is then computed anew in the quarters that changed, and in quarters.
func (a *Archive) recountQuarters(ctx context.Context, quarters []window.Minute, sign int64, mark func(*gorm.DB) ([]quarterCount, bool, error), note func(*gorm.DB, int64) error) error {
	a.quarters.Lock()
	defer a.quarters.Unlock()
	changed := map[window.Minute]bool{}
	for _, start := range quarters {
		changed[start] = true
	}
	for more := true; more; {
		err := a.exclusively(ctx, func(tx *gorm.DB) error {
			counts, isCut, err := mark(tx)
			if err != nil {
				return err
			}
			more = isCut
			var total int64
			for _, c := range counts {
				total += c.N
				if err := addToRollup(tx, c, sign); err != nil {
					return err
				}
				changed[c.Start] = true
			}
			if total > 0 && note != nil {
				return note(tx, total)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	for start := range changed {
		if err := a.exclusively(ctx, func(tx *gorm.DB) error { return a.setAsideAgain(tx, start) }); err != nil {
			return err
		}
	}
	return nil
}

// addToRollup adds a count times sign to the rollup of its cell and quarter, if that
// is final.
func addToRollup(tx *gorm.DB, c quarterCount, sign int64) error {
	isFinal, err := isFinalQuarter(tx, c.Start)
	if err != nil || !isFinal {
		return err
	}
	return tx.Exec(`INSERT INTO rollups (service, start, width, cell, n) SELECT service, ?, ?, id, ? FROM cells WHERE id = ?
		ON CONFLICT (service, start, width, cell) DO UPDATE SET n = rollups.n + excluded.n`, c.Start, quarter, sign*c.N, c.Cell).Error
}

// isFinalQuarter reports whether the rollups of a quarter were set, and not merged since.
func isFinalQuarter(tx *gorm.DB, start window.Minute) (bool, error) {
	var spans int64
	err := tx.Raw(`SELECT COUNT(*) FROM spans WHERE start = ? AND width = ?`, start, quarter).Scan(&spans).Error
	return spans > 0, err
}

// setAsideAgain computes anew what is set aside in a quarter, if it is final, and drops
// the rollups that are empty now.
func (a *Archive) setAsideAgain(tx *gorm.DB, start window.Minute) error {
	if isFinal, err := isFinalQuarter(tx, start); err != nil || !isFinal {
		return err
	}
	aside, err := a.aside(tx, start, start+quarter)
	if err != nil {
		return err
	}
	if err := tx.Exec(`DELETE FROM rollups WHERE start = ? AND width = ? AND n <= 0`, start, quarter).Error; err != nil {
		return err
	}
	if err := tx.Exec(`UPDATE rollups SET aside = 0 WHERE start = ? AND width = ? AND aside > 0`, start, quarter).Error; err != nil {
		return err
	}
	for cell, n := range aside {
		if err := tx.Exec(`UPDATE rollups SET aside = ? WHERE cell = ? AND start = ? AND width = ?`, n, cell, start, quarter).Error; err != nil {
			return err
		}
	}
	return nil
}

// Exclusions returns the exclusions of minutes from since on that are not over, oldest
// action first.
func (a *Archive) Exclusions(ctx context.Context, since time.Time) ([]window.Exclusion, error) {
	var rows []exclusionRow
	if err := a.readDB.WithContext(ctx).Where("past > ? AND is_over = 0", window.MinuteOf(since)).Order("id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read the exclusions: %w", err)
	}
	all := make([]window.Exclusion, len(rows))
	for i, r := range rows {
		var err error
		if all[i], err = r.exclusion(); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Exclusion returns what an action excluded, also if it was put back. The error is of
// kind fault.NotFound if that is nothing.
func (a *Archive) Exclusion(ctx context.Context, id int64) (window.Exclusion, error) {
	var row exclusionRow
	err := a.readDB.WithContext(ctx).Where("id = ?", id).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return window.Exclusion{}, fault.New(fault.NotFound, "action %d excludes nothing", id)
	}
	if err != nil {
		return window.Exclusion{}, fmt.Errorf("read exclusion %d: %w", id, err)
	}
	return row.exclusion()
}

// Excluded returns what exclusions took out of the counts of minutes from since on,
// by service, and of the networks that arrived from then on.
func (a *Archive) Excluded(ctx context.Context, since time.Time) (map[string]*window.Excluded, error) {
	var rows []struct {
		Slug, Country, Symptom string
		Kind                   report.Kind
		Minute                 window.Minute
		Slice                  window.Slice
		Network, N             int64
		IsNew                  bool
	}
	slice := window.SliceWidth.Milliseconds()
	err := a.readDB.WithContext(ctx).Raw(`SELECT s.slug, c.kind, c.country, c.symptom, r.minute, r.slice, r.network, r.is_new, r.n
		FROM (SELECT cell, minute, received / ? AS slice, network, received - CAST(minute AS BIGINT) * 60000 < ? AS is_new, COUNT(*) AS n FROM reports
			WHERE exclusion IS NOT NULL AND minute >= ? GROUP BY 1, 2, 3, 4, 5) AS r
		JOIN cells c ON c.id = r.cell JOIN services s ON s.id = c.service`,
		slice, (2 * window.Width).Milliseconds(), window.FirstMinute(since)).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read what was excluded: %w", err)
	}
	all := map[string]*window.Excluded{}
	for _, r := range rows {
		e := all[r.Slug]
		if e == nil {
			e = &window.Excluded{Problems: map[window.Minute]map[window.Cell]int64{}, Recoveries: map[window.Minute]map[window.Cell]int64{}}
			all[r.Slug] = e
		}
		by := e.Recoveries
		if r.Kind == report.Problem {
			by = e.Problems
			if r.IsNew { // as window.HasNetwork
				e.Arrivals = append(e.Arrivals, window.Arrival{Slice: r.Slice, Country: r.Country, Network: report.Network(r.Network), N: r.N})
			}
		}
		if by[r.Minute] == nil {
			by[r.Minute] = map[window.Cell]int64{}
		}
		by[r.Minute][window.Cell{Country: r.Country, Symptom: r.Symptom}] += r.N
	}
	return all, nil
}

func exclusionToRow(e window.Exclusion) (exclusionRow, error) {
	countries, err := json.Marshal(e.Countries)
	if err != nil {
		return exclusionRow{}, err
	}
	text, err := json.Marshal(e.Text)
	return exclusionRow{
		ID: e.ID, Service: e.Service, First: window.MinuteOf(e.From), Past: window.MinuteOf(e.To), Countries: string(countries),
		Symptom: e.Symptom, Sender: int64(e.Sender.Bits), Mask: int64(e.Sender.Mask), Body: string(text),
	}, err
}

func (r exclusionRow) exclusion() (window.Exclusion, error) {
	e := window.Exclusion{
		ID: r.ID, Service: r.Service, From: r.First.Start(), To: r.Past.Start(), Symptom: r.Symptom,
		Sender: report.Sender{Bits: report.Network(r.Sender), Mask: report.Network(r.Mask)}, Reports: r.N, IsOver: r.IsOver != 0,
	}
	for body, into := range map[string]any{r.Countries: &e.Countries, r.Body: &e.Text} {
		if err := json.Unmarshal([]byte(body), into); err != nil {
			return e, fmt.Errorf("read exclusion %d: %w", r.ID, err)
		}
	}
	return e, nil
}
