package redisstore

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/outcry/outcry/pkg/report"
)

// idDigest returns the hash that identifies the ID of a report of a service. With
// a million IDs in a partition, one in 280 million new reports has the hash of
// another.
func idDigest(r *report.Report) [6]byte {
	var buf [16 + maxText]byte
	copy(buf[:], r.ID[:])
	n := copy(buf[16:], r.Service)
	sum := sha256.Sum256(buf[:16+n])
	return [6]byte(sum[:])
}

// reporterDigest returns what identifies a reporter of a service and kind who
// named a minute of a block: four bytes of the address, 27 bits of the device at
// that address, five of the minute. With a million reporters in a partition and
// block, one in 200 billion reports is taken for one of another reporter. One in
// 1,400 is taken for one more device at another address, which matters only if
// that address has seven more.
func reporterDigest(service uint64, kind report.Kind, who report.Reporter, minute int64, unlimited bool) [8]byte {
	place := who.Address
	if unlimited {
		place ^= mix(who.Device) // every device has an address of its own
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
