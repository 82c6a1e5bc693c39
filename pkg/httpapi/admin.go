package httpapi

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/api"
	"github.com/outcry/outcry/pkg/admin"
	"github.com/outcry/outcry/pkg/apikey"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/status"
)

const (
	maxActionBody = 64 << 10 // bytes: eight languages of 600 characters, and the rest
	// private is the Cache-Control of answers to operators.
	private = "no-store"
)

// identifyAdmin returns the key of a caller who may decide what operators decide.
func (a *API) identifyAdmin(c *gin.Context) (admin.Key, error) {
	who, err := a.identifyKey(c)
	if err != nil {
		return admin.Key{}, err
	}
	if apikey.Scope(who.key.Scope) != apikey.Admin {
		return admin.Key{}, fault.New(fault.Forbidden, "this call takes a key of scope admin; this one has scope %s", who.key.Scope)
	}
	return admin.Key{ID: who.key.ID, Name: who.key.Name, Prefix: who.key.Prefix}, nil
}

// PostAction writes what an operator asks for into the audit trail.
func (a *API) PostAction(c *gin.Context) {
	key, err := a.identifyAdmin(c)
	if err != nil {
		a.fail(c, err)
		return
	}
	var body api.AdminAction
	if err := readBody(c, maxActionBody, &body); err != nil {
		a.fail(c, err)
		return
	}
	action, err := actionOf(body)
	if err != nil {
		a.fail(c, err)
		return
	}
	entry, err := a.Desk.Request(c.Request.Context(), key, action, a.Now().UTC())
	if err != nil {
		a.fail(c, a.trailError(err))
		return
	}
	a.accept(c, a.auditAnswer(entry))
}

// actionOf returns the action that a body asks for.
func actionOf(b api.AdminAction) (action admin.Action, err error) {
	action = admin.Action{Kind: admin.Kind(b.Action), Service: b.Service, Incident: b.Incident, Into: b.Into, Text: b.Text, Countries: b.Countries, Hours: b.Hours, Network: b.Network,
		Symptom: b.Symptom, Exclusion: b.Exclusion}
	for field, id := range map[string]string{"incident": b.Incident, "into": b.Into} {
		if !isPlausibleID(id) {
			return action, fault.Field(field, "is not the ID of an incident; GET %s/incidents lists them", Base)
		}
	}
	if b.Sender != "" {
		sender, err := report.ParseSender(b.Sender)
		if err != nil {
			return action, fault.Field("sender", "is none; GET %s/admin/senders lists them", Base)
		}
		action.Sender = &sender
	}
	for _, t := range []struct {
		field, text string
		into        *time.Time
	}{{"onset", b.Onset, &action.Onset}, {"end", b.End, &action.End}, {"from", b.From, &action.From}, {"to", b.To, &action.To}} {
		if *t.into, err = parseTime(t.field, t.text); err != nil {
			return action, err
		}
	}
	return action, nil
}

// ListAudit answers with a page of the audit trail, latest first.
func (a *API) ListAudit(c *gin.Context, p api.ListAuditParams) {
	trail, err := a.auditTrail(c, p)
	a.answer(c, private, trail, err)
}

func (a *API) auditTrail(c *gin.Context, p api.ListAuditParams) (trail api.AuditTrail, err error) {
	if _, err := a.identifyAdmin(c); err != nil {
		return trail, err
	}
	limit, err := parseLimit(p.Limit)
	if err != nil {
		return trail, err
	}
	before, err := parseAuditCursor(p.Cursor)
	if err != nil {
		return trail, err
	}
	entries, err := a.Desk.Trail.Actions(c.Request.Context(), before, limit+1)
	if err != nil {
		return trail, a.trailError(err)
	}
	trail = api.AuditTrail{AsOf: a.judgedAt(), Simulated: a.Simulated, Entries: []api.AuditEntry{}}
	if len(entries) > limit {
		entries = entries[:limit]
		trail.Next = cursor(strconv.FormatInt(entries[limit-1].ID, 10))
	}
	for _, e := range entries {
		trail.Entries = append(trail.Entries, auditEntryOf(e))
	}
	return trail, nil
}

// parseAuditCursor returns the number of the entry that a page follows, or 0.
func parseAuditCursor(text string) (int64, error) {
	after, err := parseCursor(text)
	if err != nil || after == "" {
		return 0, err
	}
	id, err := strconv.ParseInt(after, 10, 64)
	if err != nil || id < 1 {
		return 0, fault.Field("cursor", "is not the next of a page; leave it out to begin")
	}
	return id, nil
}

// GetAudit answers with one entry of the audit trail.
func (a *API) GetAudit(c *gin.Context, id string) {
	answer, err := a.auditEntry(c, id)
	a.answer(c, private, answer, err)
}

func (a *API) auditEntry(c *gin.Context, id string) (api.AuditAnswer, error) {
	if _, err := a.identifyAdmin(c); err != nil {
		return api.AuditAnswer{}, err
	}
	number, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return api.AuditAnswer{}, &fault.Error{Kind: fault.NotFound, Field: "id", Msg: "there is no such entry; GET " + Base + "/admin/audit lists them"}
	}
	entry, err := a.Desk.Trail.Action(c.Request.Context(), number)
	if err != nil {
		return api.AuditAnswer{}, a.trailError(err)
	}
	return a.auditAnswer(entry), nil
}

// trailError logs an error of the archive, and returns the one for the client.
// Errors with a kind and those of an ended context are returned as they are.
func (a *API) trailError(err error) error {
	var f *fault.Error
	if errors.As(err, &f) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	a.Log.Error("the audit trail cannot be reached", "error", err)
	return &fault.Error{Kind: fault.Unavailable, Msg: "the audit trail cannot be reached at the moment; try again later", RetryAfter: 10 * time.Second, Err: err}
}

func (a *API) auditAnswer(e admin.Entry) api.AuditAnswer {
	return api.AuditAnswer{AsOf: later(moment(e.At), moment(e.Done)), Entry: auditEntryOf(e), Simulated: a.Simulated}
}

// auditEntryOf returns the answer for an entry of the audit trail.
func auditEntryOf(e admin.Entry) api.AuditEntry {
	act := e.Action
	blocked, sender := "", ""
	if act.Block != nil {
		blocked = act.Block.String()
	}
	if act.Sender != nil {
		sender = act.Sender.String()
	}
	return api.AuditEntry{
		Id: e.ID, At: moment(e.At), DoneAt: moment(e.Done), State: string(e.State), Message: e.Message,
		Key: api.AuditKey{Id: e.Key.ID, Name: e.Key.Name, Prefix: e.Key.Prefix},
		Action: api.AdminAction{
			Action: string(act.Kind), Service: act.Service, Incident: act.Incident, Into: act.Into, Text: act.Text,
			Onset: stamp(act.Onset), End: stamp(act.End), Countries: act.Countries, Hours: act.Hours, Network: blocked,
			From: stamp(act.From), To: stamp(act.To), Symptom: act.Symptom, Sender: sender, Exclusion: act.Exclusion,
		},
	}
}

// stamp returns t as text, or nothing for the zero time.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// correctionsOf returns the answer for what operators changed of an incident.
func correctionsOf(inc incident.Incident) []api.Correction {
	out := make([]api.Correction, len(inc.Corrections))
	for i, c := range inc.Corrections {
		out[i] = api.Correction{At: moment(c.At), Change: string(c.Change), Text: map[string]string{}, Incident: c.Other}
		maps.Copy(out[i].Text, c.Text)
		if c.Onset != nil {
			out[i].OnsetBefore, out[i].Onset = moment(c.Onset.From), moment(c.Onset.To)
		}
		if c.End != nil {
			out[i].EndBefore, out[i].End = moment(c.End.From), moment(c.End.To)
		}
		if c.Countries != nil {
			out[i].CountriesBefore, out[i].Countries = c.Countries.From, c.Countries.To
		}
	}
	return out
}

// withholding are the reasons for which a service with too many reports is ok.
var withholding = []detect.ReasonCode{
	detect.ReasonFewSources, detect.ReasonOneSource, detect.ReasonFewHolders, detect.ReasonNoHistory, detect.ReasonCommonRise,
	detect.ReasonDismissed, detect.ReasonMuted, detect.ReasonAbove,
}

// ListWithheld answers with the services whose reports make no outage.
func (a *API) ListWithheld(c *gin.Context) {
	list, err := a.withheld(c)
	a.answer(c, private, list, err)
}

func (a *API) withheld(c *gin.Context) (list api.ServiceList, err error) {
	if _, err := a.identifyAdmin(c); err != nil {
		return list, err
	}
	statuses, err := a.Board.Statuses(c.Request.Context())
	if err != nil {
		return list, err
	}
	list = api.ServiceList{AsOf: a.judgedAt(), Services: []api.Service{}, Simulated: a.Simulated}
	for _, s := range statuses {
		service, known := a.Catalog.Service(s.Service)
		if !known || !isWithheld(s) {
			continue
		}
		list.AsOf = later(list.AsOf, moment(s.AsOf))
		list.Services = append(list.Services, api.Service{Service: service.Slug, Name: service.Names.In("en"), Provider: a.provider(service, "en"),
			Category: a.category(service, "en"), Status: statusOf(s)})
	}
	return list, nil
}

// isWithheld reports whether the reports of a service make no outage though they
// might, or because nobody is to judge them.
func isWithheld(s status.Status) bool {
	switch s.Level {
	case detect.Warning:
		return true
	case detect.OK:
		return (s.Above || s.Muted != nil) && slices.Contains(withholding, s.Reason.Code)
	}
	return false
}
