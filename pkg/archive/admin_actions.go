package archive

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/outcry/outcry/pkg/admin"
	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/incident"
)

// actionRow is a row of admin_actions.
type actionRow struct {
	ID                        int64 `gorm:"primaryKey;autoIncrement"`
	At                        int64
	KeyID, KeyName, KeyPrefix string
	State                     string
	Done                      int64
	Message                   string
	Body                      string
}

func (actionRow) TableName() string { return "admin_actions" }

// AddAction stores an entry of the audit trail, and returns it with its ID.
func (a *Archive) AddAction(ctx context.Context, e admin.Entry) (admin.Entry, error) {
	body, err := json.Marshal(e.Action)
	if err != nil {
		return e, fmt.Errorf("store an action: %w", err)
	}
	row := actionRow{
		At: millis(e.At), KeyID: e.Key.ID, KeyName: e.Key.Name, KeyPrefix: e.Key.Prefix,
		State: string(e.State), Done: millis(e.Done), Message: e.Message, Body: string(body),
	}
	if err := a.writeDB.WithContext(ctx).Create(&row).Error; err != nil {
		return e, fmt.Errorf("store an action: %w", err)
	}
	e.ID = row.ID
	return e, nil
}

// Action returns an entry of the audit trail. The error is of kind fault.NotFound
// if there is none with this ID.
func (a *Archive) Action(ctx context.Context, id int64) (admin.Entry, error) {
	var row actionRow
	err := a.readDB.WithContext(ctx).Where("id = ?", id).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return admin.Entry{}, fault.New(fault.NotFound, "there is no action %d", id)
	}
	if err != nil {
		return admin.Entry{}, fmt.Errorf("read action %d: %w", id, err)
	}
	return row.entry()
}

// Actions returns up to limit entries of the audit trail with IDs below before,
// latest first. A before of 0 is no bound.
func (a *Archive) Actions(ctx context.Context, before int64, limit int) ([]admin.Entry, error) {
	q := a.readDB.WithContext(ctx).Order("id DESC").Limit(limit)
	if before > 0 {
		q = q.Where("id < ?", before)
	}
	return readActions(q)
}

// maxWaiting bounds the actions that one tick applies.
const maxWaiting = 100

// WaitingActions returns the actions that are to be applied next, oldest first.
func (a *Archive) WaitingActions(ctx context.Context) ([]admin.Entry, error) {
	return readActions(a.readDB.WithContext(ctx).Where("state = 'waiting'").Order("id").Limit(maxWaiting))
}

// FinishAction notes that an action that waited was applied or refused at a time.
func (a *Archive) FinishAction(ctx context.Context, id int64, state admin.State, message string, at time.Time) error {
	err := a.writeDB.WithContext(ctx).Exec(`UPDATE admin_actions SET state = ?, message = ?, done = ? WHERE id = ? AND state = 'waiting'`,
		string(state), message, millis(at), id).Error
	if err != nil {
		return fmt.Errorf("note that action %d was %s: %w", id, state, err)
	}
	return nil
}

func readActions(q *gorm.DB) ([]admin.Entry, error) {
	var rows []actionRow
	if err := q.Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read the audit trail: %w", err)
	}
	entries := make([]admin.Entry, len(rows))
	for i, r := range rows {
		var err error
		if entries[i], err = r.entry(); err != nil {
			return nil, err
		}
	}
	return entries, nil
}

func (r actionRow) entry() (admin.Entry, error) {
	e := admin.Entry{
		ID: r.ID, At: milliTime(r.At), Key: admin.Key{ID: r.KeyID, Name: r.KeyName, Prefix: r.KeyPrefix},
		State: admin.State(r.State), Done: milliTime(r.Done), Message: r.Message,
	}
	if err := json.Unmarshal([]byte(r.Body), &e.Action); err != nil {
		return e, fmt.Errorf("read action %d: %w", r.ID, err)
	}
	return e, nil
}

// Neighbours returns the incidents of a service with the latest onset before a
// time and with the earliest one after it, without retracted ones; nil if there
// is none.
func (a *Archive) Neighbours(ctx context.Context, service string, onset time.Time) (before, after *incident.Incident, err error) {
	one := func(where, order string) (*incident.Incident, error) {
		var rows []incidentRow
		err := a.readDB.WithContext(ctx).Where("service = ? AND state <> ?", service, Retracted).
			Where(where, millis(onset)).Order(order).Limit(1).Find(&rows).Error
		if err != nil {
			return nil, fmt.Errorf("read the incidents of %s: %w", service, err)
		}
		if len(rows) == 0 {
			return nil, nil
		}
		inc, err := rows[0].incident()
		return &inc, err
	}
	if before, err = one("onset < ?", "onset DESC"); err != nil {
		return nil, nil, err
	}
	after, err = one("onset > ?", "onset")
	return before, after, err
}
