package report

import (
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/outcry/outcry/pkg/fault"
)

var received = time.Date(2022, 10, 25, 7, 50, 30, 5, time.UTC)

// testRules is a catalog of one service, two symptoms and two countries.
type testRules struct{}

func (testRules) HasService(slug string) bool { return slug == "whatsapp" }

func (testRules) HasSymptom(slug, symptom string) bool {
	return slug == "whatsapp" && (symptom == "connection" || symptom == "login")
}

func (testRules) HasCountry(code string) bool { return code == "IN" || code == "BD" }

const someID = "0190b1a4-7a30-7cc1-b0d5-2f6a9d1c8e11"

func TestValidateReturnsTheReportOfASubmission(t *testing.T) {
	full := Submission{Service: "whatsapp", Kind: Recovery, Symptom: "login", Country: "IN", ID: someID, OccurredAt: "2022-10-25T13:10:59.5+05:30", Device: "phone"}
	got, err := Validate(full, testRules{}, received.In(time.FixedZone("IST", 5*3600+1800)))
	want := Report{ID: uuid.MustParse(someID), Service: "whatsapp", Kind: Recovery, Symptom: "login", Country: "IN",
		Minute: time.Date(2022, 10, 25, 7, 40, 0, 0, time.UTC), Received: received}
	if err != nil || got != want {
		t.Errorf("Validate(%+v) = %+v, %v, want %+v", full, got, err, want)
	}

	least := Submission{Service: "whatsapp", Symptom: "connection"}
	got, err = Validate(least, testRules{}, received)
	want = Report{ID: got.ID, Service: "whatsapp", Symptom: "connection", Country: Unknown, Minute: received.Truncate(time.Minute), Received: received}
	if err != nil || got != want {
		t.Errorf("Validate(%+v) = %+v, %v, want %+v", least, got, err, want)
	}
	if again, _ := Validate(least, testRules{}, received); got.ID == uuid.Nil || again.ID == got.ID {
		t.Errorf("two submissions without ID get %v and %v, want two IDs", got.ID, again.ID)
	}

	if _, err := Validate(Submission{Service: "whatsapp", Kind: Recovery}, testRules{}, received); err != nil {
		t.Errorf("a recovery without symptom: %v", err)
	}
	if got, err := Validate(Submission{Service: "whatsapp", Symptom: "login", Country: Unknown}, testRules{}, received); err != nil || got.Country != Unknown {
		t.Errorf("a client that does not know its country: %v, %v", got.Country, err)
	}
}

func TestValidateRefusesAWrongField(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Submission)
		kind   fault.Kind
		field  string
	}{
		{"an unknown service", func(s *Submission) { s.Service = "nowhere" }, fault.NotFound, "service"},
		{"no service", func(s *Submission) { s.Service = "" }, fault.NotFound, "service"},
		{"a problem without symptom", func(s *Submission) { s.Symptom = "" }, fault.Invalid, "symptom"},
		{"an unknown symptom", func(s *Submission) { s.Symptom = "sneezing" }, fault.Invalid, "symptom"},
		{"a recovery with an unknown symptom", func(s *Submission) { s.Kind, s.Symptom = Recovery, "sneezing" }, fault.Invalid, "symptom"},
		{"an unknown country", func(s *Submission) { s.Country = "XX" }, fault.Invalid, "country"},
		{"a country in small letters", func(s *Submission) { s.Country = "in" }, fault.Invalid, "country"},
		{"a device too long", func(s *Submission) { s.Device = strings.Repeat("x", MaxDevice+1) }, fault.Invalid, "device"},
		{"a device that is no text", func(s *Submission) { s.Device = "\xff" }, fault.Invalid, "device"},
		{"an ID that is none", func(s *Submission) { s.ID = "1" }, fault.Invalid, "id"},
		{"an ID in braces", func(s *Submission) { s.ID = "{" + someID + "}" }, fault.Invalid, "id"},
		{"an ID without dashes", func(s *Submission) { s.ID = strings.ReplaceAll(someID, "-", "") }, fault.Invalid, "id"},
		{"the ID of nothing", func(s *Submission) { s.ID = uuid.Nil.String() }, fault.Invalid, "id"},
		{"a time that is none", func(s *Submission) { s.OccurredAt = "yesterday" }, fault.Invalid, "occurred_at"},
		{"a time without zone", func(s *Submission) { s.OccurredAt = "2022-10-25T07:50:00" }, fault.Invalid, "occurred_at"},
		{"a visit", func(s *Submission) { s.Kind, s.Symptom = Visit, "" }, fault.Invalid, "kind"},
		{"a kind there is not", func(s *Submission) { s.Kind = 9 }, fault.Invalid, "kind"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := Submission{Service: "whatsapp", Symptom: "connection"}
			c.change(&s)
			got, err := Validate(s, testRules{}, received)
			var e *fault.Error
			if !errors.As(err, &e) || e.Kind != c.kind || e.Field != c.field || e.Msg == "" {
				t.Errorf("Validate(%+v) = %v, want an error of kind %d about %s", s, err, c.kind, c.field)
			}
			if got != (Report{}) {
				t.Errorf("with the error comes %+v", got)
			}
		})
	}
}

func TestAReportCountsInTheMinuteItNames(t *testing.T) {
	running := received.Truncate(time.Minute)
	for _, c := range []struct {
		name string
		at   time.Duration // from received
		want time.Time     // zero: refused
	}{
		{"now", 0, running},
		{"the end of the minute before", -30*time.Second - 6, running.Add(-time.Minute)},
		{"just ahead is now", time.Nanosecond, running},
		{"a minute ahead is now", time.Minute, running},
		{"as far ahead as may be is now", MaxClockSkew, running},
		{"too far ahead", MaxClockSkew + 1, time.Time{}},
		{"as late as may be", -MaxDelay, running.Add(-MaxDelay)},
		{"too late", -MaxDelay - 1, time.Time{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := Submission{Service: "whatsapp", Symptom: "login", OccurredAt: received.Add(c.at).Format(time.RFC3339Nano)}
			r, err := Validate(s, testRules{}, received)
			if c.want.IsZero() {
				if fault.KindOf(err) != fault.Invalid {
					t.Errorf("%s: error %v, want it invalid", s.OccurredAt, err)
				}
			} else if err != nil || r.Minute != c.want {
				t.Errorf("%s: minute %v, error %v, want %v", s.OccurredAt, r.Minute, err, c.want)
			}
		})
	}
}

func TestKindsHaveNames(t *testing.T) {
	for kind, want := range map[Kind]string{Problem: "problem", Recovery: "recovery", Visit: "visit", 9: "kind(9)"} {
		if got := kind.String(); got != want {
			t.Errorf("Kind(%d).String() = %q, want %q", uint8(kind), got, want)
		}
	}
}

// FuzzValidate checks what stores and pseudonyms rely on, whatever a client
// writes.
func FuzzValidate(f *testing.F) {
	f.Add(uint8(0), "whatsapp", "connection", "IN", someID, "2022-10-25T07:45:00Z", "phone")
	f.Add(uint8(1), "whatsapp", "", "", "", "2022-10-25T07:45:00.999999999+14:00", "")
	f.Add(uint8(2), "nowhere", "login", "ZZ", "{"+someID+"}", "0000-01-01T00:00:00Z", "\xff")
	f.Add(uint8(0), "whatsapp", "login", "BD", "urn:uuid:"+someID, "9999-12-31T23:59:59-12:00", strings.Repeat("é", 65))
	f.Fuzz(func(t *testing.T, kind uint8, service, symptom, country, id, occurred, device string) {
		s := Submission{Service: service, Kind: Kind(kind), Symptom: symptom, Country: country, ID: id, OccurredAt: occurred, Device: device}
		r, err := Validate(s, testRules{}, received)
		if err != nil {
			var e *fault.Error
			if !errors.As(err, &e) || e.Field == "" {
				t.Fatalf("Validate(%+v) = %v, want an error that names a field", s, err)
			}
			if !utf8.ValidString(e.Msg) {
				t.Fatalf("Validate(%+v) tells the client %q", s, e.Msg)
			}
			return
		}
		if r.Service != "whatsapp" || r.Symptom != symptom || r.Symptom == "" && r.Kind == Problem || r.Kind > Recovery {
			t.Fatalf("Validate(%+v) = %+v", s, r)
		}
		if r.Country != Unknown && !(testRules{}).HasCountry(r.Country) {
			t.Fatalf("Validate(%+v) has country %q", s, r.Country)
		}
		if r.ID == uuid.Nil || id != "" && !strings.EqualFold(r.ID.String(), id) {
			t.Fatalf("Validate(%+v) has ID %v", s, r.ID)
		}
		if r.Minute != r.Minute.Truncate(time.Minute) || r.Minute.Location() != time.UTC || r.Minute.After(received) || r.Minute.Before(received.Add(-MaxDelay-time.Minute)) {
			t.Fatalf("Validate(%+v) has minute %v", s, r.Minute)
		}
		if len(device) > MaxDevice {
			t.Fatalf("Validate(%+v) takes a device of %d bytes", s, len(device))
		}
	})
}
