package archive

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/notify"
)

// outboxPage bounds the subscriptions that one transaction looks at. Other writers
// wait for it.
const outboxPage = 200

// outboxRow is a row of outbox: a version of an incident that people may have to be
// told about.
type outboxRow struct {
	Seq      int64 `gorm:"primaryKey;autoIncrement"`
	Incident string
	Version  int64
	Service  string
	At       int64
	Body     string
	After    string
	Done     int64
}

func (outboxRow) TableName() string { return "outbox" }

// tellingRow is a row of tellings.
type tellingRow struct {
	Subscription string `gorm:"primaryKey"`
	Incident     string `gorm:"primaryKey"`
	Told         string
	Pending, Due int64
	Message      string
	Updated      int64
}

func (tellingRow) TableName() string { return "tellings" }

func (t *tellingRow) readTold() (told notify.Told, err error) {
	if t.Told == "" {
		return told, nil
	}
	if err = json.Unmarshal([]byte(t.Told), &told); err != nil {
		err = fmt.Errorf("read what subscription %s was told about %s: %w", t.Subscription, t.Incident, err)
	}
	return told, err
}

func (t *tellingRow) setTold(told notify.Told) error {
	b, err := json.Marshal(told)
	t.Told = string(b)
	return err
}

// addToOutbox stores a version of an incident, in the transaction that stores the
// incident itself.
func addToOutbox(tx *gorm.DB, r incidentRow, at time.Time) error {
	return tx.Create(&outboxRow{Incident: r.ID, Version: r.Version, Service: r.Service, At: millis(at), Body: r.Body}).Error
}

func (r *outboxRow) readIncident() (incident.Incident, error) {
	return incidentRow{ID: r.Incident, Body: r.Body}.incident()
}

// AboutFunc returns what filters must know of a service.
type AboutFunc func(service string) notify.About

// FanOut looks through the next subscriptions for the oldest version of an incident
// in the outbox, and stores what they are to be told about it. It reports whether
// there is more to do. Versions are handled one after the other, so that each
// subscription learns of them in their order.
func (a *Archive) FanOut(ctx context.Context, about AboutFunc, now time.Time) (more bool, err error) {
	const openRow = `SELECT * FROM outbox WHERE done = 0 ORDER BY seq LIMIT 1`
	var open []outboxRow
	if err := a.readDB.WithContext(ctx).Raw(openRow).Scan(&open).Error; err != nil || len(open) == 0 {
		return false, wrapOutbox(err)
	}
	err = a.locked(ctx, outboxLock, func(tx *gorm.DB) error {
		open = nil
		if err := tx.Raw(openRow).Scan(&open).Error; err != nil || len(open) == 0 {
			return err
		}
		return fanOut(tx, &open[0], about, now)
	})
	return err == nil, wrapOutbox(err)
}

func wrapOutbox(err error) error {
	if err != nil {
		return fmt.Errorf("work through the outbox: %w", err)
	}
	return nil
}

// fanOut looks through one page of subscriptions for a version of an incident.
func fanOut(tx *gorm.DB, version *outboxRow, about AboutFunc, now time.Time) error {
	in, err := version.readIncident()
	if err != nil {
		return err
	}
	var rows []subscriptionRow
	err = tx.Where("state = 'active' AND service IN ? AND id > ? AND (expires = 0 OR expires > ?)", []string{"", version.Service}, version.After, millis(now)).
		Order("id").Limit(outboxPage).Find(&rows).Error
	if err != nil {
		return err
	}
	page, err := subscriptionsOf(rows)
	if err != nil {
		return err
	}
	tellings, err := tellingsOf(tx, version.Incident, page)
	if err != nil {
		return err
	}
	w := outboxWriter{now: now}
	for i := range page {
		t := tellings[page[i].ID]
		isNew := t == nil
		if isNew {
			t = &tellingRow{Subscription: page[i].ID, Incident: in.ID}
		}
		if err := w.decide(&page[i], t, &in, about(in.Service)); err != nil {
			return err
		}
		if !isNew || t.Message != "" || t.Pending != 0 {
			w.tellings = append(w.tellings, *t)
		}
	}
	if err := w.write(tx); err != nil {
		return err
	}
	if len(page) < outboxPage {
		return tx.Exec(`UPDATE outbox SET done = 1 WHERE seq = ?`, version.Seq).Error
	}
	return tx.Exec(`UPDATE outbox SET after = ? WHERE seq = ?`, page[len(page)-1].ID, version.Seq).Error
}

// tellingsOf returns what subscriptions were told about an incident, by their IDs.
func tellingsOf(tx *gorm.DB, incidentID string, page []notify.Subscription) (map[string]*tellingRow, error) {
	ids := make([]string, len(page))
	for i, s := range page {
		ids[i] = s.ID
	}
	byID := map[string]*tellingRow{}
	if len(ids) == 0 {
		return byID, nil
	}
	var rows []tellingRow
	if err := tx.Where("incident = ? AND subscription IN ?", incidentID, ids).Find(&rows).Error; err != nil {
		return nil, err
	}
	for i := range rows {
		byID[rows[i].Subscription] = &rows[i]
	}
	return byID, nil
}

// outboxWriter collects what one transaction changes.
type outboxWriter struct {
	now      time.Time
	tellings []tellingRow
	messages []messageRow
}

// decide changes t by what s is to be told about a version of an incident. While a
// message waits, the version is only noted: what is to be told is decided once the
// message has been delivered or given up.
func (w *outboxWriter) decide(s *notify.Subscription, t *tellingRow, in *incident.Incident, about notify.About) error {
	told, err := t.readTold()
	if err != nil {
		return err
	}
	t.Updated = millis(w.now)
	if t.Message != "" {
		t.Pending, t.Due = in.Version, 0
		return nil
	}
	d := notify.Decide(s, told, in, about, w.now)
	switch {
	case d.Kind == "":
		t.Pending, t.Due = 0, 0
	case d.Due.After(w.now):
		t.Pending, t.Due = in.Version, millis(d.Due)
	default:
		row, err := newMessage(s.ID, in, d, w.now)
		if err != nil {
			return err
		}
		w.messages = append(w.messages, row)
		t.Pending, t.Due, t.Message = 0, 0, row.ID
	}
	return nil
}

// write stores what was collected.
func (w *outboxWriter) write(tx *gorm.DB) error {
	if len(w.messages) > 0 {
		if err := tx.Create(&w.messages).Error; err != nil {
			return err
		}
	}
	if len(w.tellings) == 0 {
		return nil
	}
	return tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&w.tellings).Error
}

// Ripen decides on changes that had to keep their distance to the message before,
// and on those that came while it waited. It reports whether there is more to do.
func (a *Archive) Ripen(ctx context.Context, about AboutFunc, now time.Time) (more bool, err error) {
	const dueRows = `SELECT * FROM tellings WHERE due > 0 AND due <= ? ORDER BY due LIMIT ?`
	var rows []tellingRow
	if err := a.readDB.WithContext(ctx).Raw(dueRows, millis(now), outboxPage).Scan(&rows).Error; err != nil || len(rows) == 0 {
		return false, wrapOutbox(err)
	}
	err = a.locked(ctx, outboxLock, func(tx *gorm.DB) error {
		rows = nil
		if err := tx.Raw(dueRows, millis(now), outboxPage).Scan(&rows).Error; err != nil {
			return err
		}
		return ripen(tx, rows, about, now)
	})
	return err == nil && len(rows) == outboxPage, wrapOutbox(err)
}

func ripen(tx *gorm.DB, rows []tellingRow, about AboutFunc, now time.Time) error {
	w := outboxWriter{now: now}
	versions := map[string]*incident.Incident{}
	for i := range rows {
		t := &rows[i]
		s, err := takeSubscription(tx, t.Subscription)
		if err != nil {
			return err
		}
		in, err := readVersion(tx, versions, t.Incident, t.Pending)
		if errors.Is(err, gorm.ErrRecordNotFound) {
			t.Pending, t.Due = 0, 0 // lost, and nothing else must wait for it
			w.tellings = append(w.tellings, *t)
			continue
		}
		if err != nil {
			return err
		}
		if err := w.decide(&s, t, in, about(in.Service)); err != nil {
			return err
		}
		w.tellings = append(w.tellings, *t)
	}
	return w.write(tx)
}

// readVersion returns a version of an incident from the outbox. The map keeps those
// that were read.
func readVersion(tx *gorm.DB, read map[string]*incident.Incident, id string, version int64) (*incident.Incident, error) {
	name := fmt.Sprintf("%s@%d", id, version)
	if in := read[name]; in != nil {
		return in, nil
	}
	var row outboxRow
	if err := tx.Where("incident = ? AND version = ?", id, version).Take(&row).Error; err != nil {
		return nil, fmt.Errorf("read version %d of %s: %w", version, id, err)
	}
	in, err := row.readIncident()
	if err != nil {
		return nil, err
	}
	read[name] = &in
	return &in, nil
}
