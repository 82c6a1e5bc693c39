package redisstore

import (
	"crypto/rand"
	"encoding/binary"
)

// newEpoch returns a random number for an epoch, which no epoch had before.
func newEpoch() int64 {
	var b [8]byte
	rand.Read(b[:]) // never fails, by its contract
	return int64(binary.BigEndian.Uint64(b[:])>>1) | 1
}
