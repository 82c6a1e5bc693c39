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

// incidentRow is a row of incidents: the columns that queries use, and the whole
// incident as JSON in Body.
type incidentRow struct {
	ID      string `gorm:"primaryKey"`
	Service string
	Version int64
	State   string
	Onset   int64
	Event   string
	Body    string
}

func (incidentRow) TableName() string { return "incidents" }

// countryRow is a row of incident_countries: a country that explains an incident.
type countryRow struct {
	Incident string
	Country  string
}

func (countryRow) TableName() string { return "incident_countries" }

// timelineRow is a row of timeline: an incident.Event as JSON in Body.
type timelineRow struct {
	Seq      int64 `gorm:"primaryKey"`
	Incident string
	Version  int64
	Change   string
	Body     string
}

func (timelineRow) TableName() string { return "timeline" }

// incidentBody is the stored JSON of an incident. It has the fields of
// incident.Incident, but not its JSON encoding: what the API shows may change,
// what is stored may not.
type incidentBody struct {
	plainIncident
	Countries []sliceBody
	Symptoms  []sliceBody
}

// plainIncident is an incident without methods, and so without MarshalJSON.
type plainIncident incident.Incident

// sliceBody is the stored JSON of an incident.Slice.
type sliceBody struct {
	ID       string
	Level    detect.Level
	Observed int64
	Expected float64
}

// SaveIncident stores inc with new entries of its timeline, the events about it and
// its entry in the outbox, all or nothing, and returns the events with their IDs.
// If the archive has the same version of the incident or a later one, SaveIncident
// changes nothing and returns no events: they were stored with that version.
func (a *Archive) SaveIncident(ctx context.Context, inc incident.Incident, timeline []incident.Event, events []publish.Event) ([]publish.Event, error) {
	saved, err := a.SaveIncidents(ctx, []publish.Conclusion{{Incident: inc, Timeline: timeline, Events: events}})
	if err != nil {
		return nil, err
	}
	return saved[0], nil
}

// SaveIncidents does what SaveIncident does for several incidents in one transaction.
func (a *Archive) SaveIncidents(ctx context.Context, all []publish.Conclusion) (saved [][]publish.Event, err error) {
	err = a.exclusively(ctx, func(tx *gorm.DB) error {
		saved = make([][]publish.Event, len(all))
		for i, c := range all {
			stored, err := saveVersion(tx, c)
			if err != nil {
				return fmt.Errorf("save incident %s: %w", c.Incident.ID, err)
			}
			saved[i] = stored
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return saved, nil
}

// saveVersion stores a version of an incident if it is new.
func saveVersion(tx *gorm.DB, c publish.Conclusion) ([]publish.Event, error) {
	row, err := incidentToRow(c.Incident)
	if err != nil {
		return nil, err
	}
	if err := joinEvents(tx, row); err != nil {
		return nil, err
	}
	saved := tx.Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "id"}},
		DoUpdates: clause.AssignmentColumns([]string{"service", "version", "state", "onset", "event", "body"}),
		Where:     clause.Where{Exprs: []clause.Expression{gorm.Expr("excluded.version > incidents.version")}},
	}).Create(&row)
	if saved.Error != nil || saved.RowsAffected == 0 {
		return nil, saved.Error
	}
	if err := saveCountries(tx, c.Incident); err != nil {
		return nil, err
	}
	if err := saveTimeline(tx, c.Timeline); err != nil {
		return nil, err
	}
	if err := addToOutbox(tx, row, c.Incident.Updated); err != nil {
		return nil, err
	}
	return appendEvents(tx, c.Events)
}

// joinEvents moves what is over of the event that the incident of row belonged to so
// far to the one that it belongs to now.
func joinEvents(tx *gorm.DB, row incidentRow) error {
	if row.Event == "" {
		return nil
	}
	var before incidentRow
	if err := tx.Select("event").Where("id = ? AND version < ?", row.ID, row.Version).Limit(1).Find(&before).Error; err != nil {
		return err
	}
	if before.Event == "" || before.Event == row.Event {
		return nil
	}
	over := []incident.State{incident.Resolved, Retracted}
	return tx.Model(&incidentRow{}).Where("event = ? AND state IN ?", before.Event, over).Update("event", row.Event).Error
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
	db := a.readDB.WithContext(ctx)
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

// IncidentFilter selects incidents. A zero field selects all.
type IncidentFilter struct {
	Service  string
	Country  string           // one of the countries that explain the incident
	Event    string           // the event that it belongs to
	States   []incident.State // any of these; none leaves out the retracted ones
	From, To time.Time        // onset in [From, To)
	Before   string           // the cursor that the previous page returned
	Limit    int              // incidents a page; 0 stands for 25
}

const defaultLimit = 25

// Retracted is the state, in the archive only, of incidents that were retracted or
// merged into others. In the incident itself it is incident.Resolved.
const Retracted incident.State = "retracted"

// Incidents returns one page of incidents, newest onset first, and the cursor
// of the next page, which is empty on the last page. A wrong cursor gives a
// *fault.Error of kind fault.Invalid.
func (a *Archive) Incidents(ctx context.Context, f IncidentFilter) (incidents []incident.Incident, next string, err error) {
	q := a.readDB.WithContext(ctx).Model(&incidentRow{})
	if f.Service != "" {
		q = q.Where("service = ?", f.Service)
	}
	if f.Country != "" {
		q = q.Where("id IN (SELECT incident FROM incident_countries WHERE country = ?)", f.Country)
	}
	if f.Event != "" {
		q = q.Where("event = ?", f.Event)
	}
	if len(f.States) > 0 {
		q = q.Where("state IN ?", f.States)
	} else {
		q = q.Where("state <> ?", Retracted)
	}
	if !f.From.IsZero() {
		q = q.Where("onset >= ?", millis(f.From))
	}
	if !f.To.IsZero() {
		q = q.Where("onset < ?", millis(f.To))
	}
	if f.Before != "" {
		onset, id, err := parseCursor(f.Before)
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
		next = cursorAfter(rows[limit-1])
	}
	incidents = make([]incident.Incident, len(rows))
	for i, r := range rows {
		if incidents[i], err = r.incident(); err != nil {
			return nil, "", err
		}
	}
	return incidents, next, nil
}

// cursorAfter returns the cursor of the page that follows r: its onset and ID.
func cursorAfter(r incidentRow) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d %s", r.Onset, r.ID))
}

// IsCursor reports whether text has the form of a cursor.
func IsCursor(text string) bool {
	_, _, err := parseCursor(text)
	return err == nil
}

// parseCursor returns the onset and the ID in a cursor.
func parseCursor(s string) (onset int64, id string, err error) {
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
	b, err := json.Marshal(incidentBody{plainIncident(inc), toSlices(inc.Countries), toSlices(inc.Symptoms)})
	state := inc.State
	if inc.IsRetracted() {
		state = Retracted
	}
	return incidentRow{
		ID: inc.ID, Service: inc.Service, Version: inc.Version,
		State: string(state), Onset: millis(inc.Onset), Event: inc.Event, Body: string(b),
	}, err
}

func (r incidentRow) incident() (incident.Incident, error) {
	var body incidentBody
	if err := json.Unmarshal([]byte(r.Body), &body); err != nil {
		return incident.Incident{}, fmt.Errorf("read incident %s: %w", r.ID, err)
	}
	inc := incident.Incident(body.plainIncident)
	inc.Countries, inc.Symptoms = fromSlices(body.Countries), fromSlices(body.Symptoms)
	if r.Event != "" { // events may have been joined since
		inc.Event = r.Event
	}
	return inc, nil
}

func toSlices(in []incident.Segment) []sliceBody {
	if in == nil {
		return nil
	}
	out := make([]sliceBody, len(in))
	for i, s := range in {
		out[i] = sliceBody(s)
	}
	return out
}

func fromSlices(in []sliceBody) []incident.Segment {
	if in == nil {
		return nil
	}
	out := make([]incident.Segment, len(in))
	for i, s := range in {
		out[i] = incident.Segment(s)
	}
	return out
}
