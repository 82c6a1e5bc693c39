package report

import (
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/outcry/outcry/pkg/fault"
)

const (
	// Late is how far back a submission may place its report: a phone that was
	// offline may tell the truth up to here.
	MaxDelay = 15 * time.Minute
	// Early is how far ahead a client's clock may run; its report counts now.
	MaxClockSkew = 5 * time.Minute
	// MaxDevice is the longest device identifier, in bytes.
	MaxDevice = 128
)

// Submission is what one attempt to report says, as a client wrote it.
type Submission struct {
	Service    string
	Kind       Kind
	Symptom    string
	Country    string // optional; Unknown says nothing
	ID         string // optional UUID; with it a resend counts once
	OccurredAt string // optional RFC 3339
	Device     string // optional; tells devices behind one address apart
}

// Rules is what Validate must know of the catalog.
type Rules interface {
	HasService(slug string) bool
	HasSymptom(slug, symptom string) bool
	HasCountry(code string) bool
}

// Validate turns s into a report received at now, without sender or place: the
// caller adds Reporter and Network, and replaces Country by what it may
// believe. A submission without ID gets a new one. The error is a *fault.Error
// that names the field.
func Validate(s Submission, rules Rules, now time.Time) (Report, error) {
	if !rules.HasService(s.Service) {
		return Report{}, &fault.Error{Kind: fault.NotFound, Field: "service", Msg: "there is no such service; GET /api/v1/services lists them"}
	}
	if s.Kind > Recovery {
		return Report{}, fault.Field("kind", "must be problem or recovery")
	}
	r := Report{Service: s.Service, Kind: s.Kind, Symptom: s.Symptom, Country: Unknown, Received: now.UTC()}
	if s.Symptom == "" && s.Kind == Problem {
		return Report{}, fault.Field("symptom", "is missing; GET /api/v1/services/%s lists its symptoms", s.Service)
	}
	if s.Symptom != "" && !rules.HasSymptom(s.Service, s.Symptom) {
		return Report{}, fault.Field("symptom", "is not a symptom of %s; GET /api/v1/services/%s lists them", s.Service, s.Service)
	}
	if s.Country != "" && s.Country != Unknown {
		if !rules.HasCountry(s.Country) {
			return Report{}, fault.Field("country", "is not an ISO 3166-1 alpha-2 code such as IN")
		}
		r.Country = s.Country
	}
	if len(s.Device) > MaxDevice || !utf8.ValidString(s.Device) {
		return Report{}, fault.Field("device", "must be UTF-8 text of at most %d bytes", MaxDevice)
	}
	var err error
	if r.ID, err = identifier(s.ID); err != nil {
		return Report{}, err
	}
	if r.Minute, err = minute(s.OccurredAt, r.Received); err != nil {
		return Report{}, err
	}
	return r, nil
}

// identifier parses the client's ID or makes one, ordered by time.
func identifier(s string) (uuid.UUID, error) {
	if s == "" {
		id, err := uuid.NewV7()
		if err != nil {
			return uuid.Nil, err // the system has no randomness left
		}
		return id, nil
	}
	id, err := uuid.Parse(s)
	if err != nil || len(s) != 36 || id == uuid.Nil {
		return uuid.Nil, fault.Field("id", "is not a UUID such as 0190b1a4-7a30-7cc1-b0d5-2f6a9d1c8e11")
	}
	return id, nil
}

// minute returns the bucket that a report belongs to: the one it names, or the
// running one if it names none or a time just ahead.
func minute(occurredAt string, now time.Time) (time.Time, error) {
	at := now
	if occurredAt != "" {
		t, err := time.Parse(time.RFC3339, occurredAt)
		if err != nil {
			return time.Time{}, fault.Field("occurred_at", "is not an RFC 3339 time such as 2022-10-25T07:50:00Z")
		}
		if t.Before(now.Add(-MaxDelay)) || t.After(now.Add(MaxClockSkew)) {
			return time.Time{}, fault.Field("occurred_at", "is more than %d minutes ago or more than %d minutes ahead; leave it out to report now",
				int(MaxDelay.Minutes()), int(MaxClockSkew.Minutes()))
		}
		if t.Before(now) {
			at = t
		}
	}
	return at.UTC().Truncate(time.Minute), nil
}
