package report

import (
	"fmt"
	"strconv"
)

// Sender is the pseudonym of a network or of a holder of addresses, for one service
// and one day, as operators see it. The zero Sender is everybody.
type Sender struct {
	Bits Network `json:"bits,string"` // within Mask
	Mask Network `json:"mask,string"`
}

const (
	networkMask   = ^Network(HolderMask)
	holderDigits  = holderBits / 4
	networkDigits = (64 - holderBits) / 4
)

// SenderOf returns the holder as a sender.
func (h Holder) SenderOf() Sender { return Sender{Network(h), HolderMask} }

// SenderOf returns the network alone, without its holder, as a sender.
func (n Network) SenderOf() Sender { return Sender{n & networkMask, networkMask} }

// IsAll reports whether s is everybody.
func (s Sender) IsAll() bool { return s.Mask == 0 }

// Has reports whether s sent what came from n.
func (s Sender) Has(n Network) bool { return n&s.Mask == s.Bits }

// String returns s in the form that ParseSender reads: 7 hexadecimal digits for a
// holder, 9 for a network, and nothing for everybody.
func (s Sender) String() string {
	switch s.Mask {
	case HolderMask:
		return fmt.Sprintf("%0*x", holderDigits, uint64(s.Bits))
	case networkMask:
		return fmt.Sprintf("%0*x", networkDigits, uint64(s.Bits>>holderBits))
	}
	return ""
}

// ParseSender is the reverse of String.
func ParseSender(text string) (Sender, error) {
	n, err := strconv.ParseUint(text, 16, 64)
	switch {
	case text == "":
		return Sender{}, nil
	case err == nil && len(text) == holderDigits:
		return Holder(n).SenderOf(), nil
	case err == nil && len(text) == networkDigits:
		return Sender{Network(n) << holderBits, networkMask}, nil
	}
	return Sender{}, fmt.Errorf("a sender has %d or %d hexadecimal digits", holderDigits, networkDigits)
}
