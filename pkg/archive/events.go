package archive

import (
	"context"
	"encoding/json"
	"fmt"

	"gorm.io/gorm"

	"github.com/outcry/outcry/pkg/publish"
)

type eventRow struct {
	ID        int64 `gorm:"primaryKey;autoIncrement"`
	Name      string
	Service   string
	Countries string
	At        int64
	Data      []byte
}

func (eventRow) TableName() string { return "events" }

// appendEvents keeps events for those who resume, and returns them with their
// IDs. Its transaction excludes others: one with a larger ID must not be there
// first, or whoever resumes from it misses the smaller one.
func appendEvents(tx *gorm.DB, events []publish.Event) ([]publish.Event, error) {
	kept := make([]publish.Event, len(events))
	for i, e := range events {
		countries, err := json.Marshal(e.Countries)
		if err != nil {
			return nil, err
		}
		row := eventRow{Name: e.Name, Service: e.Service, Countries: string(countries), At: millis(e.At), Data: e.Data}
		if row.Data == nil {
			row.Data = []byte{}
		}
		if err := tx.Create(&row).Error; err != nil {
			return nil, err
		}
		kept[i] = e
		kept[i].ID = row.ID
	}
	return kept, nil
}

// Events returns up to limit events after the one with ID after, oldest first.
// It says missed when events after that one are no longer kept, or when no
// event of that ID was ever told here: the reader must start from scratch.
func (a *Archive) Events(ctx context.Context, after int64, limit int) (events []publish.Event, missed bool, err error) {
	var kept struct{ First, Last int64 }
	var rows []eventRow
	err = a.reader.WithContext(ctx).Transaction(func(tx *gorm.DB) error { // one look at both
		if err := tx.Raw(`SELECT COALESCE(MIN(id), 1) AS first, COALESCE(MAX(id), 0) AS last FROM events`).Scan(&kept).Error; err != nil {
			return err
		}
		return tx.Where("id > ?", after).Order("id").Limit(limit).Find(&rows).Error
	}, a.engine.snapshot())
	if err != nil {
		return nil, false, fmt.Errorf("read events after %d: %w", after, err)
	}
	events = make([]publish.Event, len(rows))
	for i, r := range rows {
		e := publish.Event{ID: r.ID, Name: r.Name, Service: r.Service, At: milliTime(r.At)}
		if err := json.Unmarshal([]byte(r.Countries), &e.Countries); err != nil {
			return nil, false, fmt.Errorf("read event %d: %w", r.ID, err)
		}
		if len(r.Data) > 0 {
			e.Data = r.Data
		}
		events[i] = e
	}
	return events, after < kept.First-1 || after > kept.Last, nil
}
