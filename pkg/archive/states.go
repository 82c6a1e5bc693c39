package archive

import (
	"context"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

type stateRow struct {
	Cell  string `gorm:"primaryKey"`
	State []byte
}

func (stateRow) TableName() string { return "detector_states" }

// SaveStates keeps what the detector knows of its cells, by their names; nil
// forgets a cell. All of it is kept, or nothing.
func (a *Archive) SaveStates(ctx context.Context, states map[string][]byte) error {
	var rows []stateRow
	var gone []string
	for cell, state := range states {
		if state == nil {
			gone = append(gone, cell)
		} else {
			rows = append(rows, stateRow{cell, state})
		}
	}
	const batch = 500 // below the number of values a statement may have
	// Two orders of the same cells would wait for each other.
	err := a.exclusively(ctx, func(tx *gorm.DB) error {
		for ; len(gone) > 0; gone = gone[min(batch, len(gone)):] {
			if err := tx.Where("cell IN ?", gone[:min(batch, len(gone))]).Delete(&stateRow{}).Error; err != nil {
				return err
			}
		}
		if len(rows) == 0 {
			return nil
		}
		return tx.Clauses(clause.OnConflict{UpdateAll: true}).CreateInBatches(rows, batch).Error
	})
	if err != nil {
		return fmt.Errorf("save %d detector states: %w", len(states), err)
	}
	return nil
}

// States returns what SaveStates kept.
func (a *Archive) States(ctx context.Context) (map[string][]byte, error) {
	var rows []stateRow
	if err := a.reader.WithContext(ctx).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read detector states: %w", err)
	}
	states := make(map[string][]byte, len(rows))
	for _, r := range rows {
		states[r.Cell] = r.State
	}
	return states, nil
}
