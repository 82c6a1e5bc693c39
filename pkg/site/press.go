package site

import (
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/google/uuid"

	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/ingest"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/view"
	"github.com/outcry/outcry/pkg/window"
)

// MaxForm bounds the body of a report form, in bytes.
const MaxForm = 4096

// waitAfterFault is when a visitor may try again after a fault of ours.
const waitAfterFault = 10 * time.Second

// Press is a press of a report button.
type Press struct {
	Symptom string // of a problem
	State   string // view.AnswerWorks or view.AnswerBack, of a recovery
	Device  string // tells the tab apart from others at its address; may be empty
	Form    ingest.Form
}

// ParsePress reads the button from a form. It reports false if the form names
// none or more than one.
func ParsePress(form url.Values) (Press, bool) {
	p := Press{Symptom: form.Get("symptom"), State: form.Get("state"), Device: form.Get("device"),
		Form: ingest.Form{Stamp: form.Get("made"), Trap: form.Get("website")}}
	problem := p.Symptom != "" && p.State == ""
	recovery := p.Symptom == "" && (p.State == view.AnswerWorks || p.State == view.AnswerBack)
	return p, problem || recovery
}

// Submission returns the report about a service that the button sends.
func (p Press) Submission(service string) report.Submission {
	if p.State != "" {
		return report.Submission{Service: service, Kind: report.Recovery, Device: p.Device}
	}
	return report.Submission{Service: service, Kind: report.Problem, Symptom: p.Symptom, Device: p.Device}
}

// Answer returns the answer to the button, by how the report was counted.
func (p Press) Answer(became window.Status) view.Answer {
	return view.AnswerTo(p.Symptom, p.State, p.Device != "", became)
}

// ReadAnswer returns the answer to a press that the address of a page of a service
// carries. Whoever could not be told apart from others gets a device for the
// next press.
func ReadAnswer(q url.Values, service *catalog.Service, now time.Time) view.Answer {
	a := view.ParseAnswer(q, service, now)
	if a.Kind == view.AnswerShared {
		a.Device = uuid.NewString()
	}
	return a
}

// Refusal returns the answer to a press that was not counted because of err, and
// the HTTP status that suits it. An answer with a wait belongs with a
// Retry-After header.
func (s *Site) Refusal(service string, err error) (view.Answer, int) {
	var f *fault.Error
	if !errors.As(err, &f) {
		f = &fault.Error{}
	}
	switch f.Kind {
	case fault.Challenged:
		return view.Answer{Kind: view.AnswerAgain}, http.StatusPreconditionRequired
	case fault.Limited:
		return view.Answer{Kind: view.AnswerRetry, Wait: max(f.RetryAfter, time.Second)}, http.StatusTooManyRequests
	case fault.Unavailable:
		return view.Answer{Kind: view.AnswerRetry, Wait: max(f.RetryAfter, time.Second)}, http.StatusServiceUnavailable
	case fault.Invalid, fault.Malformed:
		return view.Answer{Kind: view.AnswerWrong}, http.StatusUnprocessableEntity
	}
	s.Log.Error("cannot take a report", slog.String("service", service), slog.Any("error", err))
	return view.Answer{Kind: view.AnswerRetry, Wait: waitAfterFault}, http.StatusInternalServerError
}
