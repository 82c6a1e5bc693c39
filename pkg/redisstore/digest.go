package redisstore

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/outcry/outcry/pkg/report"
)

// idDigest is what stands for the ID of a report of a service: with a million
// remembered in a partition, a new one passes for one of them once in 280
// million reports.
func idDigest(r *report.Report) [6]byte {
	var buf [16 + maxText]byte
	copy(buf[:], r.ID[:])
	n := copy(buf[16:], r.Service)
	sum := sha256.Sum256(buf[:16+n])
	return [6]byte(sum[:])
}

// reporterDigest is what stands for a reporter of a service and kind who named
// a minute of a block: four bytes of the address, 27 bits of the device there,
// five of the minute. With a million in a partition and block, somebody passes
// for somebody else once in 200 billion reports; for one more device at another
// address once in 1,400, which changes nothing unless seven more are there.
func reporterDigest(service uint64, kind report.Kind, who report.Reporter, minute int64, unlimited bool) [8]byte {
	place := who.Address
	if unlimited {
		place ^= mix(who.Device) // every device is at home alone
	}
	address := mix(place ^ mix(service+uint64(kind)))
	device := mix(who.Device ^ address)
	var b [8]byte
	binary.BigEndian.PutUint32(b[:], uint32(address))
	binary.BigEndian.PutUint32(b[4:], uint32(device)<<5|uint32(minute))
	return b
}

// mix spreads x over all bits: the last step of splitmix64.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
