package httpapi

import (
	"net/netip"
	"testing"

	"github.com/outcry/outcry/pkg/apikey"
	"github.com/outcry/outcry/pkg/fault"
)

// sender returns the nth address.
func sender(n int) netip.Addr { return netip.AddrFrom4([4]byte{203, 0, byte(n >> 8), byte(n)}) }

func TestWrongKeysAreLimitedPerAddress(t *testing.T) {
	w := NewWrongKeys()
	here := netip.MustParseAddr("2001:db8:1:2::7")
	for range maxWrongKeys {
		if err := w.check(here, now); err != nil {
			t.Fatalf("check before %d wrong keys = %v, want nil", maxWrongKeys, err)
		}
		w.note(here, now)
	}
	for _, address := range []string{"2001:db8:1:2::7", "2001:db8:1:ffff::1"} {
		if err := w.check(netip.MustParseAddr(address), now); fault.KindOf(err) != fault.Limited {
			t.Errorf("check of %s = %v, want fault.Limited", address, err)
		}
	}
	if err := w.check(netip.MustParseAddr("2001:db8:2::7"), now); err != nil {
		t.Errorf("check of another network = %v, want nil", err)
	}
	if err := w.check(here, now.Add(wrongKeyPeriod)); err != nil {
		t.Errorf("check a minute later = %v, want nil", err)
	}
	if refused, limited := w.Stats(); refused != maxWrongKeys || limited != 2 {
		t.Errorf("Stats() = %d refused, %d limited, want %d and 2", refused, limited, maxWrongKeys)
	}
}

func TestSendersOfWrongKeysAreBounded(t *testing.T) {
	w := NewWrongKeys()
	for n := range maxWrongSenders + 10 {
		w.note(sender(n), now)
	}
	if len(w.senders) != maxWrongSenders {
		t.Errorf("%d senders are remembered, want %d", len(w.senders), maxWrongSenders)
	}
	if err := w.check(sender(maxWrongSenders+5), now); fault.KindOf(err) != fault.Limited {
		t.Errorf("check of one more sender = %v, want fault.Limited", err)
	}
	if err := w.check(sender(0), now); err != nil {
		t.Errorf("check of a sender with one wrong key = %v, want nil", err)
	}
}

// TestAGuessingAddressIsRefusedAndItsValidKeysWork sends more wrong keys than are
// answered, and a key that is known to be valid.
func TestAGuessingAddressIsRefusedAndItsValidKeysWork(t *testing.T) {
	s := newSite(t)
	post := func(key string) int {
		return s.do("POST", Base+"/services/whatsapp/reports", `{"symptom":"connection"}`, "Authorization: Bearer "+key).Code
	}
	if code := post(s.keys.server); code != 202 {
		t.Fatalf("a valid key: status %d", code)
	}
	for n := range maxWrongKeys {
		if code := post(apikey.New(apikey.Server).Secret); code != 401 {
			t.Fatalf("wrong key %d: status %d, want 401", n, code)
		}
	}
	lookups := s.keys.lookups
	w := s.do("POST", Base+"/services/whatsapp/reports", `{"symptom":"connection"}`, "Authorization: Bearer "+apikey.New(apikey.Server).Secret)
	if w.Code != 429 || w.Header().Get("Retry-After") == "" || s.keys.lookups != lookups {
		t.Errorf("one wrong key more: status %d, Retry-After %q, %d look-ups in the archive, want 429, some and none", w.Code, w.Header().Get("Retry-After"), s.keys.lookups-lookups)
	}
	if code := post(s.keys.server); code != 202 {
		t.Errorf("the valid key after that: status %d, want 202", code)
	}
}
