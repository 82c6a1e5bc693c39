package monitor_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/admin"
	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/monitor"
	"github.com/outcry/outcry/pkg/publish"
)

var said = map[string]string{"en": "A measurement of the university.", "bn": "বিশ্ববিদ্যালয়ের একটি পরীক্ষা।"}

// ask writes an action into the audit trail.
func (h *fixture) ask(a admin.Action) int64 {
	h.t.Helper()
	e, err := h.archive.AddAction(context.Background(), admin.Entry{At: h.now, Key: admin.Key{ID: "key-1", Name: "desk"}, Action: a, State: admin.Waiting})
	if err != nil {
		h.t.Fatal(err)
	}
	return e.ID
}

// wantState asserts what became of an action.
func (h *fixture) wantState(id int64, want admin.State, says string) {
	h.t.Helper()
	e, err := h.archive.Action(context.Background(), id)
	if err != nil || e.State != want || !strings.Contains(e.Message, says) || (e.State != admin.Waiting) == e.Done.IsZero() {
		h.t.Fatalf("action %d: %+v, %v; want it %s and a message with %q", id, e, err, want, says)
	}
}

// outage runs until an outage of India is declared, and returns it.
func (h *fixture) outage() incident.Incident {
	h.t.Helper()
	h.run(10*time.Minute, "IN", 60, 300)
	in := h.incidents()[0]
	if in.State != incident.Confirmed {
		h.t.Fatalf("the incident is %+v, want a declared outage", in)
	}
	return in
}

func TestARetractedOutageEndsAndItsAnomalyOpensNoOther(t *testing.T) {
	h := newFixture(t)
	in := h.outage()
	before := h.published.countByName()[publish.Status]
	id := h.ask(admin.Action{Kind: admin.Retract, Incident: in.ID, Text: said})
	h.run(monitor.Interval, "IN", 60, 300)
	h.wantState(id, admin.Applied, "")
	if n := h.published.countByName()[publish.Status]; n != before+1 {
		t.Errorf("%d status events after the retraction, want one more than %d", n, before)
	}
	h.run(45*time.Minute, "IN", 60, 300)
	h.restart()
	h.run(5*time.Minute, "IN", 60, 300)
	live := h.monitor.Live("whatsapp")
	if live.Incident != nil || live.Verdict.Level != detect.OK || live.Countries["IN"].Level != detect.OK || live.Verdict.Reason.Code != detect.ReasonDismissed {
		t.Errorf("Live = %+v, want no trouble with reason dismissed", live)
	}
	if all := h.incidents(); len(all) != 0 {
		t.Errorf("incidents that were not retracted: %+v", all)
	}
	kept, timeline, err := h.archive.Incident(t.Context(), in.ID)
	if err != nil || !kept.IsRetracted() || kept.Corrections[0].Text["bn"] != said["bn"] || timeline[len(timeline)-1].Change != incident.Retracted {
		t.Errorf("the retracted incident is %+v, %v", kept, err)
	}
	if kept.Reports == 0 || kept.Split == nil {
		t.Errorf("its reports are %d, split %v; want them kept", kept.Reports, kept.Split)
	}
}

func TestTroubleElsewhereIsFoundAfterARetraction(t *testing.T) {
	h := newFixture(t)
	h.ask(admin.Action{Kind: admin.Retract, Incident: h.outage().ID, Text: said})
	h.run(10*time.Minute, "IN", 2, 300)
	h.run(10*time.Minute, "GB", 60, 300)
	all := h.incidents()
	if len(all) != 1 || all[0].State != incident.Confirmed || all[0].Countries[0].ID != "GB" {
		t.Errorf("incidents: %+v, want an outage of Britain", all)
	}
}

func TestEachChangeOfARunningIncidentIsAppliedOnce(t *testing.T) {
	h := newFixture(t)
	in := h.outage()
	onset := in.Onset.Add(-3 * time.Minute)
	note := h.ask(admin.Action{Kind: admin.Note, Incident: in.ID, Text: said})
	correct := h.ask(admin.Action{Kind: admin.Correct, Incident: in.ID, Onset: onset, Countries: []string{"BD", "IN"}})
	confirm := h.ask(admin.Action{Kind: admin.Confirm, Incident: in.ID})
	h.run(time.Minute, "IN", 60, 300)
	h.wantState(note, admin.Applied, "")
	h.wantState(correct, admin.Applied, "")
	h.wantState(confirm, admin.Refused, "declared before")
	live := h.monitor.Live("whatsapp").Incident
	if len(live.Corrections) != 2 || !live.Onset.Equal(onset) || live.ID != in.ID || len(live.Countries) != 2 || live.Countries[0].ID != "IN" || live.Countries[0].Observed == 0 {
		t.Errorf("the incident is %+v", live)
	}
	h.run(15*time.Minute, "IN", 0, 1)
	end := h.incidents()[0]
	if end.State != incident.Resolved || len(end.Corrections) != 2 || len(end.Countries) != 2 {
		t.Fatalf("at the end: %+v", end)
	}
	fix := h.ask(admin.Action{Kind: admin.Correct, Incident: in.ID, End: end.Resolved.Add(-time.Minute)})
	h.run(time.Minute, "IN", 0, 1)
	h.wantState(fix, admin.Applied, "")
	last := h.incidents()[0]
	if !last.Resolved.Equal(end.Resolved.Add(-time.Minute)) || last.Reports > end.Reports {
		t.Errorf("with an earlier end: %+v, before %+v", last, end)
	}
}

func TestAnOutageIsDeclaredAndEndedByHand(t *testing.T) {
	h := newFixture(t)
	h.run(5*time.Minute, "IN", 0, 1)
	id := h.ask(admin.Action{Kind: admin.Declare, Service: "whatsapp", Onset: h.now.Add(-4 * time.Minute), Countries: []string{"IN"}, Hours: 1})
	h.run(20*time.Minute, "IN", 0, 1)
	h.wantState(id, admin.Applied, "")
	live := h.monitor.Live("whatsapp").Incident
	if live == nil || live.Level != detect.Outage || live.Verdict.Reason.Code != detect.ReasonByHand || live.Reports == 0 {
		t.Fatalf("declared by hand: %+v", live)
	}
	again := h.ask(admin.Action{Kind: admin.Declare, Service: "whatsapp", Onset: h.now.Add(-time.Minute)})
	end := h.now
	h.run(monitor.Interval, "IN", 0, 1)
	h.wantState(again, admin.Refused, "confirm it instead")
	id = h.ask(admin.Action{Kind: admin.Correct, Incident: live.ID, End: end})
	h.run(5*time.Minute, "IN", 0, 1)
	h.wantState(id, admin.Applied, "")
	if in := h.monitor.Live("whatsapp").Incident; in != nil {
		t.Errorf("after its end there is %+v", in)
	}
	if all := h.incidents(); len(all) != 1 || !all[0].Resolved.Equal(end) {
		t.Errorf("incidents: %+v", all)
	}
}

func TestTwoIncidentsBecomeOne(t *testing.T) {
	h := newFixture(t)
	first := h.outage()
	h.run(60*time.Minute, "IN", 0, 1)
	second := h.outage()
	if first.ID == second.ID {
		t.Fatal("there is one incident, want two")
	}
	id := h.ask(admin.Action{Kind: admin.Merge, Incident: second.ID, Into: first.ID})
	h.run(2*time.Minute, "IN", 60, 300)
	h.wantState(id, admin.Applied, "")
	live := h.monitor.Live("whatsapp").Incident
	if live == nil || live.ID != first.ID || !live.Onset.Equal(first.Onset) || live.State != incident.Confirmed || live.Reports < 1000 {
		t.Errorf("the merged incident is %+v", live)
	}
	part, _, err := h.archive.Incident(t.Context(), second.ID)
	if err != nil || part.MergedInto != first.ID {
		t.Errorf("the part is %+v, %v", part, err)
	}
	h.restart()
	h.run(20*time.Minute, "IN", 0, 1)
	if all := h.incidents(); len(all) != 1 || all[0].ID != first.ID || all[0].State != incident.Resolved {
		t.Errorf("at the end there are %+v", all)
	}
}

func TestAnIncidentLongOverIsChangedInTheArchive(t *testing.T) {
	h := newFixture(t)
	in := h.outage()
	h.run(60*time.Minute, "IN", 0, 1)
	h.restart() // nothing remembers the incident
	note := h.ask(admin.Action{Kind: admin.Note, Incident: in.ID, Text: said})
	unknown := h.ask(admin.Action{Kind: admin.Note, Incident: "whatsapp-2001-01-01-0000", Text: said})
	h.run(monitor.Interval, "IN", 0, 1)
	h.wantState(note, admin.Applied, "")
	h.wantState(unknown, admin.Refused, "no such incident")
	if all := h.incidents(); len(all[0].Corrections) != 1 {
		t.Errorf("the incident is %+v", all[0])
	}
}

// forgetful is an audit trail that cannot note what was applied.
type forgetful struct {
	*archive.Archive
	err error
}

func (f *forgetful) FinishAction(ctx context.Context, id int64, state admin.State, message string, at time.Time) error {
	if f.err != nil {
		return f.err
	}
	return f.Archive.FinishAction(ctx, id, state, message, at)
}

func TestAnActionThatCouldNotBeNotedIsNotAppliedTwice(t *testing.T) {
	h := newFixture(t)
	in := h.outage()
	trail := &forgetful{h.archive, errors.New("disk full")}
	h.monitor.Actions = trail
	note := h.ask(admin.Action{Kind: admin.Note, Incident: in.ID, Text: said})
	h.countUntilNextTick("IN", 60, 300)
	if err := h.monitor.Tick(t.Context(), h.now); !errors.Is(err, trail.err) {
		t.Fatalf("Tick: %v, want %v", err, trail.err)
	}
	h.wantState(note, admin.Waiting, "")
	trail.err = nil
	h.run(time.Minute, "IN", 60, 300)
	h.wantState(note, admin.Applied, "")
	if n := len(h.monitor.Live("whatsapp").Incident.Corrections); n != 1 {
		t.Errorf("%d corrections, want 1", n)
	}
}

func TestAMutedServiceIsCountedAndNotJudged(t *testing.T) {
	h := newFixture(t)
	in := h.outage()
	h.ask(admin.Action{Kind: admin.MuteService, Service: "whatsapp", Hours: 1, Text: said})
	h.run(monitor.Interval, "IN", 60, 300)
	if ended := h.incidents()[0]; ended.State != incident.Resolved || ended.IsRetracted() || ended.Corrections[0].Change != incident.Muted {
		t.Errorf("the incident that ran: %+v", ended)
	}
	h.run(40*time.Minute, "IN", 60, 300)
	h.restart()
	h.run(10*time.Minute, "IN", 60, 300)
	live, observed := h.monitor.Live("whatsapp"), h.monitor.Assessments()["whatsapp"].Observed
	if live.Incident != nil || live.Verdict.Level != detect.OK || live.Countries["IN"].Level != detect.OK || live.Verdict.Reason.Code != detect.ReasonMuted || observed < 500 {
		t.Errorf("muted, Live = %+v with %d reports; want no trouble, and the reports", live, observed)
	}
	if live.Muted == nil || live.Muted.Text["bn"] != said["bn"] {
		t.Errorf("Muted = %+v, want the words of the operator", live.Muted)
	}
	h.run(15*time.Minute, "IN", 60, 300)
	live = h.monitor.Live("whatsapp")
	if live.Muted != nil || live.Incident == nil || live.Incident.Level != detect.Outage || live.Incident.ID == in.ID {
		t.Errorf("after the mute, Live = %+v; want a new outage", live)
	}
}

func TestAServiceWithoutReportsCanBeMutedAndUnmuted(t *testing.T) {
	h := newFixture(t)
	h.ask(admin.Action{Kind: admin.MuteService, Service: "telegram", Hours: 1, Text: said})
	h.run(time.Minute, "IN", 0, 1)
	if live := h.monitor.Live("telegram"); live.Muted == nil || live.Verdict.Reason.Code != detect.ReasonMuted {
		t.Errorf("muted, Live = %+v", live)
	}
	id := h.ask(admin.Action{Kind: admin.UnmuteService, Service: "telegram"})
	h.run(time.Minute, "IN", 0, 1)
	h.wantState(id, admin.Applied, "")
	if live := h.monitor.Live("telegram"); live.Muted != nil {
		t.Errorf("unmuted, Live = %+v", live)
	}
}
