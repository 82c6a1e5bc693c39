package archive

import (
	"context"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/outcry/outcry/pkg/admin"
)

// wishRow is a row of wishes.
type wishRow struct {
	Name   string `gorm:"primaryKey"`
	Shown  string
	N      int64
	First  int64
	Latest int64
}

func (wishRow) TableName() string { return "wishes" }

// maxWishes bounds the services that are asked for. When there are more, the one that
// was asked for least, and longest ago, is forgotten.
const maxWishes = 2000

// AddWish counts a service that a visitor asked for.
func (a *Archive) AddWish(ctx context.Context, w admin.Wish) error {
	row := wishRow{Name: w.Key, Shown: w.Name, N: w.Count, First: millis(w.First), Latest: millis(w.Last)}
	err := a.writeDB.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		again := clause.OnConflict{Columns: []clause.Column{{Name: "name"}}, DoUpdates: clause.Assignments(map[string]any{
			"n": gorm.Expr("wishes.n + ?", w.Count), "latest": millis(w.Last),
		})}
		if err := tx.Clauses(again).Create(&row).Error; err != nil {
			return err
		}
		var all int64
		if err := tx.Model(&wishRow{}).Count(&all).Error; err != nil || all <= maxWishes {
			return err
		}
		return tx.Exec("DELETE FROM wishes WHERE name IN (SELECT name FROM wishes WHERE name <> ? ORDER BY n, latest, name LIMIT ?)", w.Key, all-maxWishes).Error
	})
	if err != nil {
		return fmt.Errorf("count a service that was asked for: %w", err)
	}
	return nil
}

// Wishes returns the services that were asked for most often, and at most limit.
func (a *Archive) Wishes(ctx context.Context, limit int) ([]admin.Wish, error) {
	var rows []wishRow
	if err := a.readDB.WithContext(ctx).Order("n DESC, latest DESC, name").Limit(limit).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read the services that were asked for: %w", err)
	}
	wishes := make([]admin.Wish, len(rows))
	for i, r := range rows {
		wishes[i] = admin.Wish{Key: r.Name, Name: r.Shown, Count: r.N, First: milliTime(r.First), Last: milliTime(r.Latest)}
	}
	return wishes, nil
}
