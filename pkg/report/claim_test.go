package report

import (
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/outcry/outcry/pkg/fault"
)

func TestAnIdempotencyKeyMakesAnIDAndAFingerprint(t *testing.T) {
	const key = "8e03978e-40d5-43dd-bc93-6894a57f9324"
	base := Submission{Service: "whatsapp", Symptom: "login"}
	of := func(s Submission, header, owner string) Submission {
		t.Helper()
		s, err := s.WithIdempotencyKey(header, owner)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	first := of(base, key, "")
	if id, err := uuid.Parse(first.ID); err != nil || id.Version() != 8 || id.Variant() != uuid.RFC4122 {
		t.Errorf("the ID is %s, %v, want a UUID of version 8", first.ID, err)
	}
	if again := of(base, ` "`+key+`" `, ""); again != first {
		t.Errorf("in quotes the key gives %+v, want %+v", again, first)
	}
	change := func(f func(*Submission)) Submission {
		s := base
		f(&s)
		return of(s, key, "")
	}
	for name, other := range map[string]Submission{
		"symptom": change(func(s *Submission) { s.Symptom = "messaging" }), "country": change(func(s *Submission) { s.Country = "BD" }),
		"time": change(func(s *Submission) { s.OccurredAt = "2022-10-25T07:50:00Z" }), "device": change(func(s *Submission) { s.Device = "x" }),
		"kind": change(func(s *Submission) { s.Kind = Recovery }), "ID": change(func(s *Submission) { s.ID = uuid.NewString() }),
	} {
		if other.Claim.Key != first.Claim.Key || other.Claim.Body == first.Claim.Body {
			t.Errorf("with another %s the claim is %x, want the key of %x and another fingerprint", name, other.Claim, first.Claim)
		}
	}
	service := base
	service.Service = "telegram"
	for name, other := range map[string]Submission{"service": of(service, key, ""), "owner": of(base, key, "k1"), "key": of(base, key+"x", "")} {
		if other.Claim.Key == first.Claim.Key || other.ID == first.ID {
			t.Errorf("another %s has the same key or ID", name)
		}
	}
	own := base
	own.ID = "0190b1a4-7a30-7cc1-b0d5-2f6a9d1c8e11"
	if got := of(own, key, ""); got.ID != own.ID {
		t.Errorf("the ID of the client became %s", got.ID)
	}
	for _, wrong := range []string{"", "1", "order-1", strings.Repeat("x", 256), "8e03978e 40d5 43dd", "8e03978e-40d5-43dd-bc93-é", `""`, "\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\""} {
		if _, err := base.WithIdempotencyKey(wrong, ""); fault.KindOf(err) != fault.Invalid {
			t.Errorf("the key %q gives %v, want fault.Invalid", wrong, err)
		}
	}
}
