package view

import (
	"net/url"
	"strconv"
	"time"

	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/status"
	"github.com/outcry/outcry/pkg/window"
)

// AnswerLife is how long an address shows the answer to a press of a button.
// People keep and share addresses; an old one is an ordinary page.
const AnswerLife = 2 * time.Minute

// Answers to a press of a button.
const (
	AnswerCounted = "counted"
	AnswerRepeat  = "repeat"
	AnswerLimited = "limited"
	AnswerShared  = "shared" // a report from the address counts, perhaps of somebody else
	AnswerWorks   = "works"
	AnswerBack    = "back"
	AnswerRetry   = "retry" // with the seconds to wait
	AnswerWrong   = "wrong"
	AnswerAgain   = "again"  // the form could not show that a person pressed
	AnswerHidden  = "hidden" // of a frame that nobody may be able to see
)

// Answer is the answer to a press of a report button. It is carried in the
// address of the page, so that loading the page again sends no second report.
type Answer struct {
	Kind    string
	Symptom string        // for counted and repeat; one of the service
	At      time.Time     // when the report was taken
	Wait    time.Duration // for retry
	Device  string        // for shared: what the form sends with the next press; no address carries it
}

// ParseAnswer reads the answer from the query of a page of a service. It returns
// the zero Answer if there is none, if it is older than AnswerLife, or if it names
// no symptom of the service. Nothing else of the query reaches the page.
func ParseAnswer(q url.Values, service *catalog.Service, now time.Time) Answer {
	ms, err := strconv.ParseInt(q.Get("at"), 10, 64)
	at := time.UnixMilli(ms)
	if age := now.Sub(at); err != nil || age < -time.Minute || age > AnswerLife {
		return Answer{}
	}
	symptom := q.Get("symptom")
	switch what := q.Get("said"); what {
	case AnswerCounted, AnswerRepeat:
		if service.HasSymptom(symptom) {
			return Answer{Kind: what, Symptom: symptom, At: at}
		}
	case AnswerLimited, AnswerShared, AnswerWorks, AnswerBack:
		return Answer{Kind: what, At: at}
	}
	return Answer{}
}

// Including returns s with the report of a counted, if s was read before the
// report was.
func (a Answer) Including(s status.Status) status.Status {
	if a.Kind == AnswerCounted {
		if s.ReadAt.Before(a.At) || s.Observed == 0 {
			return s.WithReport()
		}
	}
	return s
}

// Query returns the answer as a query, stamped with now.
func (a Answer) Query(now time.Time) string {
	q := url.Values{"said": {a.Kind}, "at": {strconv.FormatInt(now.UnixMilli(), 10)}}
	if a.Symptom != "" {
		q.Set("symptom", a.Symptom)
	}
	return q.Encode()
}

// AnswerTo returns the answer to a press of the button of a symptom or a state,
// by how the report was counted. Without a device nobody knows whose report a
// repeat repeats.
func AnswerTo(symptom, state string, hasDevice bool, became window.Status) Answer {
	switch {
	case became == window.Limited:
		return Answer{Kind: AnswerLimited}
	case became == window.Repeat && !hasDevice:
		return Answer{Kind: AnswerShared}
	case state != "":
		return Answer{Kind: state}
	case became == window.Repeat:
		return Answer{Kind: AnswerRepeat, Symptom: symptom}
	}
	return Answer{Kind: AnswerCounted, Symptom: symptom}
}

// AnswerText is an Answer in words.
type AnswerText struct {
	Parts  []locale.Part
	Queued bool // nothing was counted
}

// Text returns the answer in words, or nil for the zero Answer. s is the status
// of the service with the report counted; readable is false if it could not be
// read.
func (a Answer) Text(l *locale.Locale, s status.Status, readable bool, names Labels) *AnswerText {
	symptom := l.InSentence(names.Symptom(a.Symptom))
	switch a.Kind {
	case AnswerCounted:
		return &AnswerText{Parts: locale.Parts(countedText(l, s, readable, symptom))}
	case AnswerRepeat:
		return &AnswerText{Parts: locale.Parts(l.Say("said_repeat"))}
	case AnswerLimited:
		return &AnswerText{Parts: locale.Parts(l.Say("said_limited")), Queued: true}
	case AnswerShared:
		return &AnswerText{Parts: locale.Parts(l.Say("said_shared")), Queued: true}
	case AnswerWorks:
		return &AnswerText{Parts: locale.Parts(l.Say("said_works"))}
	case AnswerBack:
		return &AnswerText{Parts: locale.Parts(l.Say("said_back"))}
	case AnswerRetry:
		return &AnswerText{Parts: locale.Parts(l.Count("said_retry", Seconds(a.Wait), nil)), Queued: true}
	case AnswerAgain:
		return &AnswerText{Parts: locale.Parts(l.Say("said_again")), Queued: true}
	case AnswerHidden:
		return &AnswerText{Parts: locale.Parts(l.Say("embed_sealed")), Queued: true}
	case AnswerWrong:
		return &AnswerText{Parts: locale.Parts(l.Say("said_wrong")), Queued: true}
	}
	return nil
}

// countedText thanks for a report and writes how many others reported.
func countedText(l *locale.Locale, s status.Status, readable bool, symptom string) string {
	w := locale.Values{"Symptom": symptom, "Window": l.InLast(s.Window)}
	switch others := s.Observed - 1; {
	case !readable:
		return l.Fill("said_noted", w)
	case others <= 0:
		return l.Fill("said_first", w)
	default:
		return l.CountRounded("said_counted", others, w)
	}
}

// Seconds returns a time to wait in seconds, rounded up.
func Seconds(d time.Duration) int64 { return int64((d + time.Second - 1) / time.Second) }
