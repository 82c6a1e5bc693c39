package archive

import (
	"context"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// stateRow is a row of detector_states.
type stateRow struct {
	Cell  string `gorm:"primaryKey"`
	State []byte
}

func (stateRow) TableName() string { return "detector_states" }

// SaveStates stores the detector's states of cells, by the names of the cells,
// all or nothing. A nil state deletes that of its cell.
func (a *Archive) SaveStates(ctx context.Context, states map[string][]byte) error {
	var rows []stateRow
	var deleted []string
	for cell, state := range states {
		if state == nil {
			deleted = append(deleted, cell)
		} else {
			rows = append(rows, stateRow{cell, state})
		}
	}
	const batch = 500 // fewer than the values that a statement may have
	// exclusively, because two processes that write the same cells in different
	// orders would wait for each other.
	err := a.exclusively(ctx, func(tx *gorm.DB) error {
		for ; len(deleted) > 0; deleted = deleted[min(batch, len(deleted)):] {
			if err := tx.Where("cell IN ?", deleted[:min(batch, len(deleted))]).Delete(&stateRow{}).Error; err != nil {
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

// States returns the stored states of all cells, by their names.
func (a *Archive) States(ctx context.Context) (map[string][]byte, error) {
	var rows []stateRow
	if err := a.readDB.WithContext(ctx).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read detector states: %w", err)
	}
	states := make(map[string][]byte, len(rows))
	for _, r := range rows {
		states[r.Cell] = r.State
	}
	return states, nil
}
