package archive

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/publish"
)

// incidentRow is a row of incidents: the columns that are searched, and all.
type incidentRow struct {
	ID      string `gorm:"primaryKey"`
	Service string
	Version int64
	State   string
	Onset   int64
	Body    string
}

func (incidentRow) TableName() string { return "incidents" }

type countryRow struct {
	Incident string
	Country  string
}

func (countryRow) TableName() string { return "incident_countries" }

type timelineRow struct {
	Seq      int64 `gorm:"primaryKey"`
	Incident string
	Version  int64
	Change   string
	Body     string
}

func (timelineRow) TableName() string { return "timeline" }

// body is an incident as it is written: field by field, so that what it is for
// others, in an API for instance, changes nothing here. Its slices carry their
// levels.
type body struct {
	plain
	Countries []slice
	Symptoms  []slice
}

type plain incident.Incident

type slice struct {
	ID       string
	Level    detect.Level
	Observed int64
	Expected float64
}

// SaveIncident writes inc if its version is larger than the one the archive
// has, together with new entries of its timeline and the events that tell of
// it, all or nothing. It returns the events with their IDs. With an old
// version nothing happens, and no event is returned: it was told before.
func (a *Archive) SaveIncident(ctx context.Context, inc incident.Incident, timeline []incident.Event, events []publish.Event) ([]publish.Event, error) {
	row, err := incidentToRow(inc)
	if err != nil {
		return nil, fmt.Errorf("save incident %s: %w", inc.ID, err)
	}
	var told []publish.Event
	err = a.exclusively(ctx, func(tx *gorm.DB) error {
		saved := tx.Clauses(clause.OnConflict{
			Columns:   []clause.Column{{Name: "id"}},
			DoUpdates: clause.AssignmentColumns([]string{"service", "version", "state", "onset", "body"}),
			Where:     clause.Where{Exprs: []clause.Expression{gorm.Expr("excluded.version > incidents.version")}},
		}).Create(&row)
		if saved.Error != nil || saved.RowsAffected == 0 {
			return saved.Error
		}
		if err := saveCountries(tx, inc); err != nil {
			return err
		}
		if err := saveTimeline(tx, timeline); err != nil {
			return err
		}
		told, err = appendEvents(tx, events)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("save incident %s: %w", inc.ID, err)
	}
	return told, nil
}

func saveCountries(tx *gorm.DB, inc incident.Incident) error {
	if err := tx.Where("incident = ?", inc.ID).Delete(&countryRow{}).Error; err != nil {
		return err
	}
	rows := make([]countryRow, len(inc.Countries))
	for i, c := range inc.Countries {
		rows[i] = countryRow{inc.ID, c.ID}
	}
	if len(rows) == 0 {
		return nil
	}
	return tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&rows).Error
}

func saveTimeline(tx *gorm.DB, timeline []incident.Event) error {
	for _, e := range timeline {
		e.At = e.At.UTC()
		b, err := json.Marshal(e)
		if err != nil {
			return err
		}
		row := timelineRow{Incident: e.Incident, Version: e.Version, Change: string(e.Change), Body: string(b)}
		if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row).Error; err != nil {
			return err
		}
	}
	return nil
}

// Incident returns an incident with its timeline, oldest entry first, or an
// error of kind fault.NotFound.
func (a *Archive) Incident(ctx context.Context, id string) (incident.Incident, []incident.Event, error) {
	db := a.reader.WithContext(ctx)
	var row incidentRow
	err := db.Where("id = ?", id).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return incident.Incident{}, nil, fault.New(fault.NotFound, "there is no such incident")
	}
	if err != nil {
		return incident.Incident{}, nil, fmt.Errorf("read incident %s: %w", id, err)
	}
	inc, err := row.incident()
	if err != nil {
		return incident.Incident{}, nil, err
	}
	var rows []timelineRow
	if err := db.Where("incident = ?", id).Order("version, seq").Find(&rows).Error; err != nil {
		return incident.Incident{}, nil, fmt.Errorf("read timeline of %s: %w", id, err)
	}
	timeline := make([]incident.Event, len(rows))
	for i, r := range rows {
		if err := json.Unmarshal([]byte(r.Body), &timeline[i]); err != nil {
			return incident.Incident{}, nil, fmt.Errorf("read timeline of %s: %w", id, err)
		}
	}
	return inc, timeline, nil
}

// IncidentFilter selects incidents; zero fields select all.
type IncidentFilter struct {
	Service  string
	Country  string           // one that explains the incident
	States   []incident.State // any of them
	From, To time.Time        // onset in [From, To)
	Before   string           // the cursor that the previous page returned
	Limit    int              // 0: 25
}

const defaultLimit = 25

// Incidents returns one page of incidents, newest onset first, and the cursor
// of the next page, which is empty on the last one. A cursor that is none is a
// *fault.Error.
func (a *Archive) Incidents(ctx context.Context, f IncidentFilter) (incidents []incident.Incident, next string, err error) {
	q := a.reader.WithContext(ctx).Model(&incidentRow{})
	if f.Service != "" {
		q = q.Where("service = ?", f.Service)
	}
	if f.Country != "" {
		q = q.Where("id IN (SELECT incident FROM incident_countries WHERE country = ?)", f.Country)
	}
	if len(f.States) > 0 {
		q = q.Where("state IN ?", f.States)
	}
	if !f.From.IsZero() {
		q = q.Where("onset >= ?", millis(f.From))
	}
	if !f.To.IsZero() {
		q = q.Where("onset < ?", millis(f.To))
	}
	if f.Before != "" {
		onset, id, err := readCursor(f.Before)
		if err != nil {
			return nil, "", err
		}
		q = q.Where("(onset < ? OR (onset = ? AND id < ?))", onset, onset, id)
	}
	limit := f.Limit
	if limit <= 0 {
		limit = defaultLimit
	}
	var rows []incidentRow
	if err := q.Order("onset DESC, id DESC").Limit(limit + 1).Find(&rows).Error; err != nil {
		return nil, "", fmt.Errorf("read incidents: %w", err)
	}
	if len(rows) > limit {
		rows = rows[:limit]
		next = cursor(rows[limit-1])
	}
	incidents = make([]incident.Incident, len(rows))
	for i, r := range rows {
		if incidents[i], err = r.incident(); err != nil {
			return nil, "", err
		}
	}
	return incidents, next, nil
}

// cursor names the place behind a row: its onset and ID.
func cursor(r incidentRow) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d %s", r.Onset, r.ID))
}

func readCursor(s string) (onset int64, id string, err error) {
	b, err := base64.RawURLEncoding.DecodeString(s)
	at, id, found := strings.Cut(string(b), " ")
	if err == nil && found {
		onset, err = strconv.ParseInt(at, 10, 64)
	}
	if err != nil || !found {
		return 0, "", fault.Field("cursor", "is not one that a previous page returned")
	}
	return onset, id, nil
}

func incidentToRow(inc incident.Incident) (incidentRow, error) {
	b, err := json.Marshal(body{plain(inc), toSlices(inc.Countries), toSlices(inc.Symptoms)})
	return incidentRow{
		ID: inc.ID, Service: inc.Service, Version: inc.Version,
		State: string(inc.State), Onset: millis(inc.Onset), Body: string(b),
	}, err
}

func (r incidentRow) incident() (incident.Incident, error) {
	var b body
	if err := json.Unmarshal([]byte(r.Body), &b); err != nil {
		return incident.Incident{}, fmt.Errorf("read incident %s: %w", r.ID, err)
	}
	inc := incident.Incident(b.plain)
	inc.Countries, inc.Symptoms = fromSlices(b.Countries), fromSlices(b.Symptoms)
	return inc, nil
}

func toSlices(in []incident.Segment) []slice {
	if in == nil {
		return nil
	}
	out := make([]slice, len(in))
	for i, s := range in {
		out[i] = slice(s)
	}
	return out
}

func fromSlices(in []slice) []incident.Segment {
	if in == nil {
		return nil
	}
	out := make([]incident.Segment, len(in))
	for i, s := range in {
		out[i] = incident.Segment(s)
	}
	return out
}
