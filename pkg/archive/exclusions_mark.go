package archive

import (
	"gorm.io/gorm"

	"github.com/outcry/outcry/pkg/window"
)

// markBatch bounds the reports that one transaction of SQLite marks, and so how long
// counting waits.
const markBatch = 2_000

// excludedCells selects the cells of what an exclusion names, and excludedRows their
// reports that still count. The arguments of both are those of excludedArgs.
const (
	excludedCells = `SELECT c.id FROM cells c JOIN services s ON s.id = c.service
		WHERE s.slug = @service AND (@symptom = '' OR c.symptom = @symptom) AND (@all OR c.country IN @countries)`
	excludedRows = `cell IN (` + excludedCells + `) AND day BETWEEN @first_day AND @last_day AND minute >= @first AND minute < @past
		AND exclusion IS NULL AND network & @mask = @sender
		AND EXISTS (SELECT 1 FROM exclusions WHERE id = @id AND is_over = 0)` // it may have been included meanwhile
)

func excludedArgs(e window.Exclusion) map[string]any {
	first, past := window.MinuteOf(e.From), window.MinuteOf(e.To)
	countries := e.Countries
	if len(countries) == 0 {
		countries = []string{""} // an empty list would be no SQL
	}
	return map[string]any{
		"id": e.ID, "service": e.Service, "symptom": e.Symptom, "all": len(e.Countries) == 0, "countries": countries,
		"first_day": first.Day(), "last_day": past.Day(), "first": first, "past": past,
		"sender": int64(e.Sender.Bits), "mask": int64(e.Sender.Mask), "batch": markBatch,
	}
}

func (sqliteEngine) markReports(tx *gorm.DB, e window.Exclusion) ([]quarterCount, bool, error) {
	return sqliteMark(tx, `UPDATE reports SET exclusion = @id WHERE seq IN
		(SELECT seq FROM reports WHERE `+excludedRows+` LIMIT @batch) RETURNING cell, minute`, excludedArgs(e))
}

func (sqliteEngine) unmarkReports(tx *gorm.DB, id int64) ([]quarterCount, bool, error) {
	return sqliteMark(tx, `UPDATE reports SET exclusion = NULL WHERE seq IN
		(SELECT seq FROM reports WHERE exclusion = @id LIMIT @batch) RETURNING cell, minute`, map[string]any{"id": id, "batch": markBatch})
}

// sqliteMark runs a statement that returns the cell and minute of each report that it
// changed, and reports whether there may be more.
func sqliteMark(tx *gorm.DB, statement string, args map[string]any) ([]quarterCount, bool, error) {
	var rows []struct {
		Cell   int64
		Minute window.Minute
	}
	if err := tx.Raw(statement, args).Scan(&rows).Error; err != nil {
		return nil, false, err
	}
	by := map[quarterCount]int64{}
	for _, r := range rows {
		by[quarterCount{Cell: r.Cell, Start: r.Minute / quarter * quarter}]++
	}
	counts := make([]quarterCount, 0, len(by))
	for c, n := range by {
		c.N = n
		counts = append(counts, c)
	}
	return counts, len(rows) == markBatch, nil
}

func (postgresEngine) markReports(tx *gorm.DB, e window.Exclusion) ([]quarterCount, bool, error) {
	return postgresMark(tx, `UPDATE reports SET exclusion = @id WHERE `+excludedRows, excludedArgs(e))
}

func (postgresEngine) unmarkReports(tx *gorm.DB, id int64) ([]quarterCount, bool, error) {
	return postgresMark(tx, `UPDATE reports SET exclusion = NULL WHERE exclusion = @id`, map[string]any{"id": id})
}

// postgresMark runs an update of all reports at once: nobody waits for the rows.
func postgresMark(tx *gorm.DB, update string, args map[string]any) (counts []quarterCount, more bool, err error) {
	args["quarter"] = quarter
	err = tx.Raw(`WITH marked AS (`+update+` RETURNING cell, minute)
		SELECT cell, minute / @quarter * @quarter AS start, COUNT(*) AS n FROM marked GROUP BY 1, 2`, args).Scan(&counts).Error
	return counts, false, err
}
