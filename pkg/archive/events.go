package archive

import (
	"context"
	"encoding/json"
	"fmt"

	"gorm.io/gorm"

	"github.com/outcry/outcry/pkg/publish"
)

// eventRow is a row of events.
type eventRow struct {
	ID        int64 `gorm:"primaryKey;autoIncrement"`
	Name      string
	Service   string
	Countries string
	At        int64
	Data      []byte
}

func (eventRow) TableName() string { return "events" }

// appendEvents stores events for readers that resume, and returns them with
// their IDs. Run it in a transaction of exclusively: if an event with a larger
// ID were committed first, a reader that resumes from it would miss this one.
func appendEvents(tx *gorm.DB, events []publish.Event) ([]publish.Event, error) {
	stored := make([]publish.Event, len(events))
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
		stored[i] = e
		stored[i].ID = row.ID
	}
	return stored, nil
}

// Events returns up to limit events after the one with ID after, oldest first.
// It reports missed when events after that one are no longer stored, or when
// this archive never had an event with that ID. Then the reader must read the
// current state before it goes on.
func (a *Archive) Events(ctx context.Context, after int64, limit int) (events []publish.Event, missed bool, err error) {
	var stored struct{ First, Last int64 }
	var rows []eventRow
	err = a.readDB.WithContext(ctx).Transaction(func(tx *gorm.DB) error { // one state for both reads
		if err := tx.Raw(`SELECT COALESCE(MIN(id), 1) AS first, COALESCE(MAX(id), 0) AS last FROM events`).Scan(&stored).Error; err != nil {
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
	return events, after < stored.First-1 || after > stored.Last, nil
}
