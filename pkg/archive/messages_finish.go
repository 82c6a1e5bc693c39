package archive

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/outcry/outcry/pkg/notify"
)

// Attempt is what became of one attempt to deliver a message.
type Attempt struct {
	Message string // its ID
	By      string // the process that claimed it
	Number  int
	At      time.Time
	Took    time.Duration
	Outcome notify.Outcome
	Random  float64 // in [0, 1): spreads the next attempts of many messages
}

// FinishAttempts notes what became of attempts, and what follows: the next attempt
// or the next message. An attempt whose message was deleted meanwhile, or whose
// claim is over because another process took it, changes nothing.
func (a *Archive) FinishAttempts(ctx context.Context, attempts []Attempt, now time.Time) error {
	err := a.locked(ctx, outboxLock, func(tx *gorm.DB) error {
		for i := range attempts {
			if err := finish(tx, &attempts[i], now); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("note %d deliveries: %w", len(attempts), err)
	}
	return nil
}

func finish(tx *gorm.DB, at *Attempt, now time.Time) error {
	var r messageRow
	err := tx.Where("id = ? AND claimed_by = ? AND state = 'waiting'", at.Message, at.By).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := tx.Create(&deliveryRow{
		Subscription: r.Subscription, Message: r.ID, Incident: r.Incident, Kind: r.Kind, Attempt: int64(at.Number), At: millis(at.At),
		Took: at.Took.Milliseconds(), Result: string(at.Outcome.Result), Status: int64(at.Outcome.Status), Detail: at.Outcome.Detail,
	}).Error; err != nil {
		return err
	}
	r.ClaimedBy, r.ClaimedUntil = "", 0
	r.Status, r.Detail = int64(at.Outcome.Status), at.Outcome.Detail
	switch at.Outcome.Result {
	case notify.Delivered:
		return finishMessage(tx, &r, MessageDelivered, now)
	case notify.Gone:
		if err := finishMessage(tx, &r, MessageDead, now); err != nil {
			return err
		}
		return endSubscription(tx, r.Subscription, at.Outcome.Detail, now)
	case notify.Failed:
		next, again := notify.Retry(int(r.Attempts), milliTime(r.First), now, at.Outcome.RetryAfter, at.Random)
		if again {
			r.Due = millis(next)
			return tx.Select("*").Updates(&r).Error
		}
	}
	return finishMessage(tx, &r, MessageDead, now)
}

// finishMessage ends a message as delivered or dead, and has the next one of its
// subscription and incident decided.
func finishMessage(tx *gorm.DB, r *messageRow, state string, now time.Time) error {
	r.State, r.Finished = state, millis(now)
	if err := tx.Select("*").Updates(r).Error; err != nil {
		return err
	}
	if r.Again == 1 || r.Incident == "" {
		return nil
	}
	var t tellingRow
	err := tx.Where("subscription = ? AND incident = ?", r.Subscription, r.Incident).Take(&t).Error
	if errors.Is(err, gorm.ErrRecordNotFound) || err == nil && t.Message != r.ID {
		return nil
	}
	if err != nil {
		return err
	}
	told, err := t.readTold()
	if err != nil {
		return err
	}
	var d notify.Decision
	if err := json.Unmarshal([]byte(r.Mark), &d.Mark); err != nil {
		return fmt.Errorf("read message %s: %w", r.ID, err)
	}
	if err := t.setTold(told.Note(d, r.Version, milliTime(r.Created), state == MessageDelivered)); err != nil {
		return err
	}
	if t.Message, t.Updated = "", millis(now); t.Pending > 0 {
		t.Due = millis(now) // Ripen decides
	}
	if err := tx.Select("*").Updates(&t).Error; err != nil {
		return err
	}
	isOver := d.Mark.Stage == notify.Over || d.Mark.Stage == notify.TakenBack
	if !isOver {
		return nil
	}
	s, err := takeSubscription(tx, r.Subscription)
	if err != nil || !s.EndsWithIncident {
		return err
	}
	return tx.Where("id = ?", s.ID).Delete(&subscriptionRow{}).Error
}
