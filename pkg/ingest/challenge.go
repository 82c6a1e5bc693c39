package ingest

import (
	"time"

	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/proof"
	"github.com/outcry/outcry/pkg/report"
)

// Form is what a form without script shows of itself.
type Form struct {
	Stamp string // as Stamp made it
	Trap  string // of a field that people do not see; empty if nobody filled it
}

// ChallengeError says that a report is counted when its sender has solved a challenge.
type ChallengeError struct {
	Challenge proof.Challenge
	Why       *fault.Error // of kind fault.Challenged
}

func (e *ChallengeError) Error() string { return e.Why.Error() }

// Unwrap returns the error of kind fault.Challenged.
func (e *ChallengeError) Unwrap() error { return e.Why }

const (
	// surely is how many times the threshold the evidence of an attack has. Chance and
	// a single household stay below it.
	surely = 3
	// muchAside is how many reports of one holder are an attack, if they are asideRatio
	// times what is usual, too: a carrier with most of a country is none.
	muchAside  = 100
	asideRatio = 4
)

// isAttacked reports whether so much comes for a service from so few holders or
// networks that somebody is likely to press in concert: the evidence is far over the
// threshold, and the quorum is not there, or most of it is set aside.
func isAttacked(live incident.Live) bool {
	if v := live.Verdict; isWithheld(v) || v.Level < detect.Outage && live.Aside >= muchAside && float64(live.Aside) >= asideRatio*v.Expected {
		return true
	}
	for _, v := range live.Countries {
		if isWithheld(v) {
			return true
		}
	}
	return false
}

func isWithheld(v detect.Verdict) bool {
	if !v.Anomalous || v.Level >= detect.Outage || v.Score < surely*v.Threshold {
		return false
	}
	switch v.Reason.Code {
	case detect.ReasonFewSources, detect.ReasonFewHolders, detect.ReasonOneSource:
		return true
	}
	return false
}

// challenge returns an error unless a report may be counted without further proof, or
// has it. Who submits with a key or through a frame is never asked: those are sources
// of their own. A form without script must have been made some seconds before, and its
// trap be empty.
func (in *Ingester) challenge(s report.Submission, from Sender, today, yesterday *report.DayKey, now time.Time) error {
	if in.Judge == nil || in.Unlimited || from.HasKey || from.Exempt || from.Source != "" || !isAttacked(in.Judge.Live(s.Service)) {
		return nil
	}
	keys := []*report.DayKey{today}
	if yesterday != nil {
		keys = append(keys, yesterday)
	}
	proofs, stamps := make([]proof.MAC, len(keys)), make([]proof.MAC, len(keys))
	for i, key := range keys {
		proofs[i] = func(text string) uint64 { return key.Proof(s.Service, from.Addr, text) }
		stamps[i] = key.Stamp
	}
	why := fault.New(fault.Challenged, "many reports of this service come from few places at the moment; solve the challenge, and send the report again with the solution in proof")
	switch {
	case from.Form != nil:
		if from.Form.Trap == "" && proof.CheckStamp(from.Form.Stamp, now, stamps...) {
			return nil
		}
	case from.Proof != "":
		err := proof.Check(from.Proof, now, proofs...)
		if err == nil {
			return nil
		}
		why.Field, why.Msg = "proof", err.Error()
	}
	in.totals.note(from.Via, OutcomeChallenged, 1)
	c, err := proof.New(proofs[0], now)
	if err != nil {
		return err
	}
	return &ChallengeError{Challenge: c, Why: why}
}

// Stamp returns what the form of a service that is made now carries: nothing, unless
// the service is under attack.
func (in *Ingester) Stamp(service string) string {
	if in.Judge == nil || !isAttacked(in.Judge.Live(service)) {
		return ""
	}
	now := in.Now()
	today, _, err := in.Keys.Keys(now)
	if err != nil {
		return "" // no report can be counted either
	}
	return proof.Stamp(today.Stamp, now)
}
