package report

import (
	"net/netip"
	"testing"
)

func TestSendersAreReadAsTheyAreWritten(t *testing.T) {
	key := DayKey{3}
	a, b := key.Network("whatsapp", netip.MustParseAddr("203.0.113.7")), key.Network("whatsapp", netip.MustParseAddr("203.0.7.7"))
	for _, one := range []struct {
		sender Sender
		digits int
		hasB   bool
	}{{a.Holder().SenderOf(), 7, true}, {a.SenderOf(), 9, false}, {Sender{}, 0, true}} {
		text := one.sender.String()
		again, err := ParseSender(text)
		if err != nil || again != one.sender || len(text) != one.digits {
			t.Errorf("%q of %+v is read as %+v, %v", text, one.sender, again, err)
		}
		if !one.sender.Has(a) || one.sender.Has(b) != one.hasB {
			t.Errorf("%q has the first network: %v, the second of the holder: %v", text, one.sender.Has(a), one.sender.Has(b))
		}
	}
	for _, wrong := range []string{"0", "0a1b2cg", "0a1b2c3d", "-a1b2c3", "+a1b2c3", "0x1b2c3", "0a1b2c3d4e"} {
		if s, err := ParseSender(wrong); err == nil {
			t.Errorf("ParseSender(%q) = %+v, want an error", wrong, s)
		}
	}
}
