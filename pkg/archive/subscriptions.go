package archive

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/notify"
)

// subscriptionRow is a row of subscriptions: the columns that queries use, and the
// rest as JSON in Body.
type subscriptionRow struct {
	ID, Channel, Owner, State, Service, Lookup string
	Created, Expires                           int64
	Body                                       string
	Sealed                                     []byte
}

func (subscriptionRow) TableName() string { return "subscriptions" }

// subscriptionBody is the stored JSON of what no query needs of a subscription.
type subscriptionBody struct {
	Name             string            `json:"name,omitempty"`
	Filter           notify.Filter     `json:"filter"`
	Language         string            `json:"language,omitempty"`
	Distance         time.Duration     `json:"distance,omitempty"`
	Details          bool              `json:"details,omitempty"`
	EndsWithIncident bool              `json:"ends_with_incident,omitempty"`
	Settings         map[string]string `json:"settings,omitempty"`
	Hint             string            `json:"hint,omitempty"`
	EndedAt          time.Time         `json:"ended_at,omitzero"`
	Why              string            `json:"why,omitempty"`
}

// AddSubscription stores a new subscription. Of the known incidents it counts as
// told that they have begun.
func (a *Archive) AddSubscription(ctx context.Context, s notify.Subscription, known ...incident.Incident) error {
	row, err := subscriptionToRow(s)
	if err != nil {
		return fmt.Errorf("store subscription %s: %w", s.ID, err)
	}
	err = a.locked(ctx, outboxLock, func(tx *gorm.DB) error {
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		for i := range known {
			t := tellingRow{Subscription: s.ID, Incident: known[i].ID, Updated: row.Created}
			if err := t.setTold(notify.Known(&s, &known[i], s.Created)); err != nil {
				return err
			}
			if err := tx.Create(&t).Error; err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("store subscription %s: %w", s.ID, err)
	}
	return nil
}

// UpdateSubscription changes a subscription: change gets it as it is and changes
// it. Without one of that ID the error is of kind fault.NotFound. An error of change
// is returned as it is.
func (a *Archive) UpdateSubscription(ctx context.Context, id string, change func(*notify.Subscription) error) (s notify.Subscription, err error) {
	err = a.locked(ctx, outboxLock, func(tx *gorm.DB) error {
		if s, err = takeSubscription(tx, id); err != nil {
			return err
		}
		if err := change(&s); err != nil {
			return err
		}
		row, err := subscriptionToRow(s)
		if err != nil {
			return err
		}
		return tx.Where("id = ?", id).Select("*").Updates(&row).Error
	})
	return s, err
}

// Subscription returns a subscription. Without one of that ID the error is of kind
// fault.NotFound.
func (a *Archive) Subscription(ctx context.Context, id string) (notify.Subscription, error) {
	return takeSubscription(a.readDB.WithContext(ctx), id)
}

func takeSubscription(db *gorm.DB, id string) (notify.Subscription, error) {
	var row subscriptionRow
	err := db.Where("id = ?", id).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return notify.Subscription{}, fault.New(fault.NotFound, "there is no such subscription")
	}
	if err != nil {
		return notify.Subscription{}, fmt.Errorf("read subscription %s: %w", id, err)
	}
	return row.subscription()
}

// SubscriptionFilter selects subscriptions. A zero field selects all.
type SubscriptionFilter struct {
	Channel string
	Owner   string
	Lookup  string
	After   string // the ID that a page follows
	Limit   int    // 0 stands for 100
}

// Subscriptions returns the subscriptions that f selects, in the order of their
// IDs.
func (a *Archive) Subscriptions(ctx context.Context, f SubscriptionFilter) ([]notify.Subscription, error) {
	const defaultPage = 100
	q := a.readDB.WithContext(ctx).Where("id > ?", f.After)
	for column, value := range map[string]string{"channel": f.Channel, "owner": f.Owner, "lookup": f.Lookup} {
		if value != "" {
			q = q.Where(column+" = ?", value)
		}
	}
	if f.Limit <= 0 {
		f.Limit = defaultPage
	}
	var rows []subscriptionRow
	if err := q.Order("id").Limit(f.Limit).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read subscriptions: %w", err)
	}
	return subscriptionsOf(rows)
}

// CountSubscriptions returns how many subscriptions of a channel an owner has. An
// empty owner stands for all.
func (a *Archive) CountSubscriptions(ctx context.Context, channel, owner string) (int64, error) {
	q := a.readDB.WithContext(ctx).Model(&subscriptionRow{}).Where("channel = ?", channel)
	if owner != "" {
		q = q.Where("owner = ?", owner)
	}
	var n int64
	if err := q.Count(&n).Error; err != nil {
		return 0, fmt.Errorf("count subscriptions: %w", err)
	}
	return n, nil
}

// DeleteSubscription deletes a subscription with everything about it: what waits for
// it is not delivered any more. Without one of that ID the error is of kind
// fault.NotFound.
func (a *Archive) DeleteSubscription(ctx context.Context, id string) error {
	return a.locked(ctx, outboxLock, func(tx *gorm.DB) error {
		done := tx.Where("id = ?", id).Delete(&subscriptionRow{})
		if done.Error != nil {
			return fmt.Errorf("delete subscription %s: %w", id, done.Error)
		}
		if done.RowsAffected == 0 {
			return fault.New(fault.NotFound, "there is no such subscription")
		}
		return nil
	})
}

// endSubscription ends a subscription whose receiver is gone: its address and what
// waits for it are deleted.
func endSubscription(tx *gorm.DB, id, why string, now time.Time) error {
	s, err := takeSubscription(tx, id)
	if err != nil {
		return err
	}
	s.State, s.EndedAt, s.Why, s.Sealed, s.Lookup = notify.Ended, now.UTC(), why, nil, ""
	row, err := subscriptionToRow(s)
	if err != nil {
		return err
	}
	if err := tx.Where("id = ?", id).Select("*").Updates(&row).Error; err != nil {
		return err
	}
	if err := tx.Exec(`DELETE FROM messages WHERE subscription = ? AND state = 'waiting'`, id).Error; err != nil {
		return err
	}
	return tx.Exec(`DELETE FROM tellings WHERE subscription = ?`, id).Error
}

func subscriptionToRow(s notify.Subscription) (subscriptionRow, error) {
	body, err := json.Marshal(subscriptionBody{
		Name: s.Name, Filter: s.Filter, Language: s.Language, Distance: s.Distance, Details: s.Details, EndsWithIncident: s.EndsWithIncident,
		Settings: s.Settings, Hint: s.Hint, EndedAt: s.EndedAt, Why: s.Why,
	})
	row := subscriptionRow{
		ID: s.ID, Channel: s.Channel, Owner: s.Owner, State: string(s.State), Service: s.Filter.Service(), Lookup: s.Lookup,
		Created: millis(s.Created), Expires: millis(s.Expires), Body: string(body), Sealed: s.Sealed,
	}
	if row.Sealed == nil {
		row.Sealed = []byte{}
	}
	return row, err
}

func (r subscriptionRow) subscription() (notify.Subscription, error) {
	var b subscriptionBody
	if err := json.Unmarshal([]byte(r.Body), &b); err != nil {
		return notify.Subscription{}, fmt.Errorf("read subscription %s: %w", r.ID, err)
	}
	return notify.Subscription{
		ID: r.ID, Channel: r.Channel, Owner: r.Owner, Name: b.Name, State: notify.State(r.State), Filter: b.Filter, Language: b.Language,
		Distance: b.Distance, Details: b.Details, EndsWithIncident: b.EndsWithIncident, Settings: b.Settings, Hint: b.Hint,
		Lookup: r.Lookup, Sealed: r.Sealed, Created: milliTime(r.Created), Expires: milliTime(r.Expires), EndedAt: b.EndedAt, Why: b.Why,
	}, nil
}

func subscriptionsOf(rows []subscriptionRow) ([]notify.Subscription, error) {
	list := make([]notify.Subscription, len(rows))
	for i, r := range rows {
		var err error
		if list[i], err = r.subscription(); err != nil {
			return nil, err
		}
	}
	return list, nil
}
