package archive

import (
	"context"
	"fmt"
	"time"

	"github.com/outcry/outcry/pkg/notify"
)

// deliveryRow is a row of deliveries.
type deliveryRow struct {
	ID           int64 `gorm:"primaryKey;autoIncrement"`
	Subscription string
	Message      string
	Incident     string
	Kind         string
	Attempt      int64
	At           int64
	Took         int64
	Result       string
	Status       int64
	Detail       string
}

func (deliveryRow) TableName() string { return "deliveries" }

// Delivery is an entry of the log of deliveries: one attempt.
type Delivery struct {
	ID       int64
	Message  string // its ID
	Incident string // the ID; empty if the message is about none
	Kind     notify.Kind
	Attempt  int
	At       time.Time
	Took     time.Duration
	Outcome  notify.Outcome
}

// Deliveries returns up to limit attempts of a subscription with IDs below before,
// latest first. A before of 0 is no bound.
func (a *Archive) Deliveries(ctx context.Context, subscription string, before int64, limit int) ([]Delivery, error) {
	q := a.readDB.WithContext(ctx).Where("subscription = ?", subscription).Order("id DESC").Limit(limit)
	if before > 0 {
		q = q.Where("id < ?", before)
	}
	var rows []deliveryRow
	if err := q.Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read the deliveries of %s: %w", subscription, err)
	}
	list := make([]Delivery, len(rows))
	for i, r := range rows {
		list[i] = Delivery{
			ID: r.ID, Message: r.Message, Incident: r.Incident, Kind: notify.Kind(r.Kind), Attempt: int(r.Attempt), At: milliTime(r.At),
			Took: time.Duration(r.Took) * time.Millisecond, Outcome: notify.Outcome{Result: notify.Result(r.Result), Status: int(r.Status), Detail: r.Detail},
		}
	}
	return list, nil
}

// StoredMessage is a message of a subscription as the archive has it.
type StoredMessage struct {
	ID       string
	Incident string // the ID; empty if it is about none
	Kind     notify.Kind
	State    string // MessageWaiting, MessageDelivered or MessageDead
	Created  time.Time
	Due      time.Time // the next attempt, while it waits
	Finished time.Time // zero while it waits
	Attempts int
	Status   int // of the last attempt
	Detail   string
}

// Messages returns up to limit messages of a subscription in a state, latest first.
// An empty state selects all.
func (a *Archive) Messages(ctx context.Context, subscription, state string, limit int) ([]StoredMessage, error) {
	q := a.readDB.WithContext(ctx).Where("subscription = ?", subscription).Order("created DESC, id").Limit(limit)
	if state != "" {
		q = q.Where("state = ?", state)
	}
	var rows []messageRow
	if err := q.Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read the messages of %s: %w", subscription, err)
	}
	list := make([]StoredMessage, len(rows))
	for i, r := range rows {
		list[i] = StoredMessage{
			ID: r.ID, Incident: r.Incident, Kind: notify.Kind(r.Kind), State: r.State, Created: milliTime(r.Created), Finished: milliTime(r.Finished),
			Attempts: int(r.Attempts), Status: int(r.Status), Detail: r.Detail,
		}
		if r.State == MessageWaiting {
			list[i].Due = milliTime(r.Due)
		}
	}
	return list, nil
}

// OutboxStats are numbers about the messages of all subscriptions.
type OutboxStats struct {
	Waiting int64
	Dead    int64     // given up and still kept
	Oldest  time.Time // when the longest waiting message was made; zero without one
}

// OutboxStats returns how many messages wait and how many were given up.
func (a *Archive) OutboxStats(ctx context.Context) (s OutboxStats, err error) {
	var row struct{ Waiting, Dead, Oldest int64 }
	err = a.readDB.WithContext(ctx).Raw(`SELECT
		(SELECT COUNT(*) FROM messages WHERE state = 'waiting') AS waiting,
		(SELECT COUNT(*) FROM messages WHERE state = 'dead' AND finished > 0) AS dead,
		(SELECT COALESCE(MIN(created), 0) FROM messages WHERE state = 'waiting') AS oldest`).Scan(&row).Error
	if err != nil {
		return s, fmt.Errorf("count the messages: %w", err)
	}
	return OutboxStats{row.Waiting, row.Dead, milliTime(row.Oldest)}, nil
}
