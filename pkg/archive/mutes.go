package archive

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/outcry/outcry/pkg/admin"
	"github.com/outcry/outcry/pkg/incident"
)

// muteRow is a row of mutes.
type muteRow struct {
	Service string `gorm:"primaryKey"`
	Until   int64
	Text    string
}

func (muteRow) TableName() string { return "mutes" }

// SetMute mutes a service until a time; a time that has passed ends its mute. It
// also deletes the mutes that were over at now.
func (a *Archive) SetMute(ctx context.Context, m admin.Mute, now time.Time) error {
	text, err := json.Marshal(m.Text)
	if err != nil {
		return fmt.Errorf("mute %s: %w", m.Service, err)
	}
	err = a.writeDB.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		row := muteRow{m.Service, millis(m.Until), string(text)}
		if err := tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&row).Error; err != nil {
			return err
		}
		return tx.Where("until <= ?", millis(now)).Delete(&muteRow{}).Error
	})
	if err != nil {
		return fmt.Errorf("mute %s: %w", m.Service, err)
	}
	return nil
}

// Mutes returns the mutes that are not over at now, by service.
func (a *Archive) Mutes(ctx context.Context, now time.Time) ([]admin.Mute, error) {
	var rows []muteRow
	if err := a.readDB.WithContext(ctx).Where("until > ?", millis(now)).Order("service").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read which services are muted: %w", err)
	}
	mutes := make([]admin.Mute, len(rows))
	for i, r := range rows {
		mutes[i] = admin.Mute{Service: r.Service, Mute: incident.Mute{Until: milliTime(r.Until)}}
		if err := json.Unmarshal([]byte(r.Text), &mutes[i].Text); err != nil {
			return nil, fmt.Errorf("read the mute of %s: %w", r.Service, err)
		}
	}
	return mutes, nil
}
