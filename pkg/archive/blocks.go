package archive

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/outcry/outcry/pkg/report"
)

// blockRow is a row of blocks.
type blockRow struct {
	Day   int64 `gorm:"primaryKey;autoIncrement:false"`
	V6    int64 `gorm:"primaryKey;autoIncrement:false"`
	Bits  int64 `gorm:"primaryKey;autoIncrement:false"`
	Hash  int64 `gorm:"primaryKey;autoIncrement:false"`
	Until int64
}

func (blockRow) TableName() string { return "blocks" }

// maxBlocks bounds the networks that are blocked at once: each costs a hash for
// every report.
const maxBlocks = 100

// SetBlock blocks a network; an Until that has passed ends its block. It also
// deletes the blocks that were over at now.
func (a *Archive) SetBlock(ctx context.Context, b report.Block, now time.Time) error {
	row := blockRow{Day: b.Day, Bits: int64(b.Bits), Hash: int64(b.Hash), Until: millis(b.Until)}
	if b.V6 {
		row.V6 = 1
	}
	err := a.writeDB.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&row).Error; err != nil {
			return err
		}
		return tx.Where("until <= ?", millis(now)).Delete(&blockRow{}).Error
	})
	if err != nil {
		return fmt.Errorf("block a network: %w", err)
	}
	return nil
}

// Blocks returns the networks that are blocked at now, those that end last first,
// and at most maxBlocks.
func (a *Archive) Blocks(ctx context.Context, now time.Time) ([]report.Block, error) {
	var rows []blockRow
	if err := a.readDB.WithContext(ctx).Where("until > ?", millis(now)).Order("until DESC, hash").Limit(maxBlocks).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read the blocked networks: %w", err)
	}
	blocks := make([]report.Block, len(rows))
	for i, r := range rows {
		blocks[i] = report.Block{Day: r.Day, V6: r.V6 == 1, Bits: int(r.Bits), Hash: uint64(r.Hash), Until: milliTime(r.Until)}
	}
	return blocks, nil
}
