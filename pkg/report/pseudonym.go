package report

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"net/netip"
)

// DayKey is the secret of one UTC day. It lives in memory and in one file of
// mode 0600 (or in Redis) and is destroyed after two days; without it nobody
// can tell which address a pseudonym stands for. Whoever holds both key and
// pseudonyms could try every address: keep them apart.
type DayKey [32]byte

// Reporter is the pseudonym of a sender for one service and day. Senders at
// one address share Address, so that the devices behind it can be bounded.
type Reporter struct {
	Address uint64
	Device  uint64
}

// IsZero tells whether r stands for nobody.
func (r Reporter) IsZero() bool { return r == Reporter{} }

// Network is the pseudonym of a /24 (IPv4), a /48 (IPv6), or another source
// whose evidence is capped as one, for one day.
type Network uint64

// Reporter returns the pseudonym of the sender at addr. An IPv6 address counts
// as its /64, which is what one household or phone holds.
func (k *DayKey) Reporter(service string, addr netip.Addr, device string) Reporter {
	return k.reporter(service, household(addr), device)
}

// SourceReporter returns the pseudonym of a sender that is known only as
// device of a named source, such as the owner of a key.
func (k *DayKey) SourceReporter(service, source, device string) Reporter {
	return k.reporter(service, []byte(source), device)
}

func (k *DayKey) reporter(service string, place []byte, device string) Reporter {
	sum := k.sum("reporter", []byte(service), place, []byte(device))
	address := k.sum("address", []byte(service), place)
	return Reporter{Address: binary.BigEndian.Uint64(address[:]), Device: binary.BigEndian.Uint64(sum[:])}
}

// Network returns the pseudonym of addr's network.
func (k *DayKey) Network(addr netip.Addr) Network {
	addr = addr.Unmap()
	bits := 48
	if addr.Is4() {
		bits = 24
	}
	p, err := addr.WithZone("").Prefix(bits)
	if err != nil {
		return k.SourceNetwork("invalid address") // the zero Addr: one source, so that it cannot pass for many
	}
	return k.network(p.Addr().AsSlice())
}

// SourceNetwork returns the pseudonym of a named source.
func (k *DayKey) SourceNetwork(source string) Network { return k.network([]byte("source " + source)) }

func (k *DayKey) network(place []byte) Network {
	sum := k.sum("network", place)
	return Network(binary.BigEndian.Uint64(sum[:]))
}

func household(addr netip.Addr) []byte {
	addr = addr.Unmap()
	if addr.Is6() {
		if p, err := addr.WithZone("").Prefix(64); err == nil {
			addr = p.Addr()
		}
	}
	return addr.AsSlice()
}

// sum is HMAC-SHA-256 of the parts, each preceded by its length so that no two
// lists of parts run together.
func (k *DayKey) sum(purpose string, parts ...[]byte) [sha256.Size]byte {
	mac := hmac.New(sha256.New, k[:])
	buf := make([]byte, 0, 256)
	buf = append(append(buf, byte(len(purpose))), purpose...)
	for _, p := range parts {
		buf = append(append(buf, byte(len(p))), p...)
	}
	mac.Write(buf)
	var out [sha256.Size]byte
	mac.Sum(out[:0])
	return out
}
