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

// States of a message.
const (
	MessageWaiting   = "waiting" // for its next attempt
	MessageDelivered = "delivered"
	MessageDead      = "dead" // given up
)

// messageRow is a row of messages.
type messageRow struct {
	ID           string `gorm:"primaryKey"`
	Subscription string
	Incident     string
	Version      int64
	Kind         string
	Mark         string
	State        string
	Again        int64
	Created, Due int64
	First        int64
	Attempts     int64
	ClaimedBy    string
	ClaimedUntil int64
	Finished     int64
	Status       int64
	Detail       string
}

func (messageRow) TableName() string { return "messages" }

// newMessage returns the message of a decision about a version of an incident.
func newMessage(subscription string, in *incident.Incident, d notify.Decision, now time.Time) (messageRow, error) {
	mark, err := json.Marshal(d.Mark)
	return messageRow{
		ID: notify.MessageID(subscription, notify.VersionOf(in)), Subscription: subscription, Incident: in.ID, Version: in.Version,
		Kind: string(d.Kind), Mark: string(mark), State: MessageWaiting, Created: millis(now), Due: millis(now),
	}, err
}

// maxAsked bounds the messages of a subscription that somebody asked for and that
// wait: tests, and what is to be sent again.
const maxAsked = 20

// QueueMessage stores a message about no incident, such as a test, and returns its
// ID. The thing makes its ID: the same thing is sent once.
func (a *Archive) QueueMessage(ctx context.Context, subscription string, kind notify.Kind, thing string, now time.Time) (id string, err error) {
	id = notify.MessageID(subscription, thing)
	row := messageRow{ID: id, Subscription: subscription, Kind: string(kind), Mark: "{}", State: MessageWaiting, Again: 1, Created: millis(now), Due: millis(now)}
	err = a.locked(ctx, outboxLock, func(tx *gorm.DB) error {
		if err := checkAsked(tx, subscription); err != nil {
			return err
		}
		return tx.Create(&row).Error
	})
	return id, err
}

// Redeliver makes a message that was delivered or given up wait again. Without one
// of that ID the error is of kind fault.NotFound.
func (a *Archive) Redeliver(ctx context.Context, subscription, id string, now time.Time) error {
	return a.locked(ctx, outboxLock, func(tx *gorm.DB) error {
		if err := checkAsked(tx, subscription); err != nil {
			return err
		}
		var row messageRow
		err := tx.Where("id = ? AND subscription = ?", id, subscription).Take(&row).Error
		if errors.Is(err, gorm.ErrRecordNotFound) {
			return fault.New(fault.NotFound, "there is no such message")
		}
		if err != nil {
			return fmt.Errorf("read message %s: %w", id, err)
		}
		if row.State == MessageWaiting {
			return tx.Exec(`UPDATE messages SET due = ? WHERE id = ?`, millis(now), id).Error
		}
		return tx.Exec(`UPDATE messages SET state = 'waiting', again = 1, due = ?, first = 0, attempts = 0, finished = 0, claimed_by = '', claimed_until = 0
			WHERE id = ?`, millis(now), id).Error
	})
}

// checkAsked returns an error if a subscription does not exist, has ended, or
// already waits for enough messages that somebody asked for.
func checkAsked(tx *gorm.DB, subscription string) error {
	s, err := takeSubscription(tx, subscription)
	if err != nil {
		return err
	}
	if s.State == notify.Ended {
		return fault.Field("id", "is that of a subscription that has ended: %s", s.Why)
	}
	var n int64
	if err := tx.Raw(`SELECT COUNT(*) FROM messages WHERE subscription = ? AND state = 'waiting' AND again = 1`, subscription).Scan(&n).Error; err != nil {
		return fmt.Errorf("count the messages of %s: %w", subscription, err)
	}
	if n >= maxAsked {
		return &fault.Error{Kind: fault.Limited, Msg: fmt.Sprintf("%d messages that were asked for already wait for this receiver", n), RetryAfter: time.Minute}
	}
	return nil
}

// Claim is who claims messages, how many, and for how long.
type Claim struct {
	By      string // the process
	Now     time.Time
	Until   time.Time // when the claim ends, if the process does not finish the message before
	Limit   int
	Retries int // how many of them may have failed before
}

// Claimed is a message that a process may try to deliver.
type Claimed struct {
	Subscription notify.Subscription
	Message      notify.Message // without Simulated
	Attempt      int
}

// ClaimMessages returns messages that are due, at most one of a subscription, and
// none of a subscription for which a claim holds. It counts an attempt of each.
func (a *Archive) ClaimMessages(ctx context.Context, c Claim) (claimed []Claimed, err error) {
	var due int64
	if err := a.readDB.WithContext(ctx).Raw(`SELECT COUNT(*) FROM (SELECT 1 FROM messages WHERE state = 'waiting' AND due <= ? LIMIT 1) AS any_due`, millis(c.Now)).Scan(&due).Error; err != nil || due == 0 {
		return nil, wrapClaim(err)
	}
	err = a.locked(ctx, outboxLock, func(tx *gorm.DB) error {
		rows, err := claimable(tx, c)
		if err != nil {
			return err
		}
		versions := map[string]*incident.Incident{}
		for i := range rows {
			one, err := claimOne(tx, &rows[i], c, versions)
			if errors.Is(err, gorm.ErrRecordNotFound) { // no other message must wait for it
				rows[i].Detail = "what it says is not stored any more"
				if err := finishMessage(tx, &rows[i], MessageDead, c.Now); err != nil {
					return err
				}
				continue
			}
			if err != nil {
				return err
			}
			claimed = append(claimed, one)
		}
		return nil
	})
	if err != nil {
		return nil, wrapClaim(err)
	}
	return claimed, nil
}

func wrapClaim(err error) error {
	if err != nil {
		return fmt.Errorf("claim messages: %w", err)
	}
	return nil
}

// claimable returns the messages that c may claim.
func claimable(tx *gorm.DB, c Claim) ([]messageRow, error) {
	const (
		pages    = 4 // bounds the messages that are looked at
		perClaim = 4
	)
	var picked []messageRow
	taken := []string{""} // subscriptions; IN needs one
	for range pages {
		limit := perClaim * c.Limit
		var rows []messageRow
		q := tx.Where("state = 'waiting' AND due <= ? AND claimed_until <= ? AND subscription NOT IN ?", millis(c.Now), millis(c.Now), taken).
			Where("NOT EXISTS (SELECT 1 FROM messages AS other WHERE other.subscription = messages.subscription AND other.claimed_until > ?)", millis(c.Now))
		if c.Retries <= 0 {
			q = q.Where("attempts = 0")
		}
		if err := q.Order("due, created, id").Limit(limit).Find(&rows).Error; err != nil {
			return nil, err
		}
		isTaken := map[string]bool{}
		for _, r := range rows {
			isRetry := r.Attempts > 0
			if isTaken[r.Subscription] || isRetry && c.Retries <= 0 {
				continue
			}
			if isRetry {
				c.Retries--
			}
			isTaken[r.Subscription] = true
			taken = append(taken, r.Subscription)
			if picked = append(picked, r); len(picked) == c.Limit {
				return picked, nil
			}
		}
		if len(rows) < limit {
			break
		}
	}
	return picked, nil
}

// claimOne claims a message.
func claimOne(tx *gorm.DB, r *messageRow, c Claim, versions map[string]*incident.Incident) (one Claimed, err error) {
	if one.Subscription, err = takeSubscription(tx, r.Subscription); err != nil {
		return one, err
	}
	one.Message = notify.Message{ID: r.ID, Kind: notify.Kind(r.Kind), Created: milliTime(r.Created)}
	one.Attempt = int(r.Attempts) + 1
	if r.Incident != "" {
		in, err := readVersion(tx, versions, r.Incident, r.Version)
		if err != nil {
			return one, err
		}
		one.Message.Incident = *in
	}
	if r.First == 0 {
		r.First = millis(c.Now)
	}
	return one, tx.Exec(`UPDATE messages SET claimed_by = ?, claimed_until = ?, attempts = attempts + 1, first = ? WHERE id = ?`,
		c.By, millis(c.Until), r.First, r.ID).Error
}

// ReleaseClaims ends the claims of a process that has died, or of all processes if
// none is named.
func (a *Archive) ReleaseClaims(ctx context.Context, by string) error {
	q := a.writeDB.WithContext(ctx).Model(&messageRow{}).Where("claimed_until > 0")
	if by != "" {
		q = q.Where("claimed_by = ?", by)
	}
	if err := q.Updates(map[string]any{"claimed_by": "", "claimed_until": 0}).Error; err != nil {
		return fmt.Errorf("release claimed messages: %w", err)
	}
	return nil
}
