package report

import (
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/outcry/outcry/pkg/fault"
)

const (
	// MaxDelay is how old a report may be when it is submitted, for phones that
	// were offline.
	MaxDelay = 15 * time.Minute
	// MaxClockSkew is how far a client's clock may be ahead. A report from the
	// future counts now.
	MaxClockSkew = 5 * time.Minute
	// MaxDevice is the longest device identifier, in bytes.
	MaxDevice = 128
)

// Submission is one attempt to report, with its values as the client wrote them.
type Submission struct {
	Service    string
	Kind       Kind
	Symptom    string
	Country    string // optional; Unknown is the same as none
	ID         string // optional UUID; makes a resend count once
	OccurredAt string // optional RFC 3339
	Device     string // optional; distinguishes devices behind one address
	Claim      Claim  // zero without an idempotency key
}

// Rules is the part of the catalog that Validate checks against.
type Rules interface {
	HasService(slug string) bool
	HasSymptom(slug, symptom string) bool
	HasCountry(code string) bool
}

// Validate returns the report of a submission that was received at now. A
// submission without ID gets a new one. The caller adds Reporter and Network,
// and decides whether to believe Country. The error is a *fault.Error that names
// the field, of kind NotFound for the service and Invalid for all others.
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
	if r.ID, err = parseID(s.ID); err != nil {
		return Report{}, err
	}
	if r.Minute, err = bucketOf(s.OccurredAt, r.Received); err != nil {
		return Report{}, err
	}
	return r, nil
}

// parseID returns the client's ID. Without one it returns a new UUID of version
// 7, which sorts by time.
func parseID(s string) (uuid.UUID, error) {
	if s == "" {
		id, err := uuid.NewV7()
		if err != nil {
			return uuid.Nil, err // the system has no random source
		}
		return id, nil
	}
	id, err := uuid.Parse(s)
	if err != nil || len(s) != 36 || id == uuid.Nil {
		return uuid.Nil, fault.Field("id", "is not a UUID such as 0190b1a4-7a30-7cc1-b0d5-2f6a9d1c8e11")
	}
	return id, nil
}

// bucketOf returns the start of the bucket of a report: the one that occurredAt
// lies in, or the running one if occurredAt is empty or in the future.
func bucketOf(occurredAt string, now time.Time) (time.Time, error) {
	at := now
	if occurredAt != "" {
		t, err := ParseTime(occurredAt)
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
