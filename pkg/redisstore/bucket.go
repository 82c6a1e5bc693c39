package redisstore

import (
	"errors"
	"slices"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// packCell returns a cell as countLayout describes it.
func packCell(kind report.Kind, country, symptom uint16) [3]byte {
	return [3]byte{byte(country), byte(symptom), byte(kind)<<5 | byte(symptom>>8)<<2 | byte(country>>8)}
}

// unpackCell returns the cell and kind of a packed cell.
func unpackCell(a, b, c byte, symptoms map[uint16]string) (window.Cell, report.Kind) {
	country := uint16(a) | uint16(c&3)<<8
	symptom := uint16(b) | uint16(c>>2&7)<<8
	return window.Cell{Country: countryCode(country), Symptom: symptoms[symptom]}, report.Kind(c >> 5)
}

// packCount appends the reports of one cell to a packed bucket.
func packCount(b []byte, kind report.Kind, country, symptom uint16, n int64) []byte {
	cell := packCell(kind, country, symptom)
	return countLayout.append(b, text(cell[:]), num(n))
}

// unpack appends the counts of a packed bucket to b.
func unpack(packed string, symptoms map[uint16]string, b *window.Bucket) error {
	if packed != "" {
		b.Problems = make([]window.Count, 0, len(packed)/countLayout.size) // most counts are problems
	}
	return eachCount(packed, symptoms, func(kind report.Kind, c window.Count) {
		if list := countsOf(b, kind); list != nil {
			*list = append(*list, c)
		}
	})
}

// merge adds the counts of a packed bucket to those of b.
func merge(packed string, symptoms map[uint16]string, b *window.Bucket) error {
	if len(b.Problems)+len(b.Recoveries)+len(b.Visits) == 0 {
		return unpack(packed, symptoms, b)
	}
	return eachCount(packed, symptoms, func(kind report.Kind, c window.Count) {
		list := countsOf(b, kind)
		if list == nil {
			return
		}
		if i := slices.IndexFunc(*list, func(old window.Count) bool { return old.Cell == c.Cell }); i >= 0 {
			(*list)[i].N += c.N
		} else {
			*list = append(*list, c)
		}
	})
}

// countsOf returns the counts of a kind in b, or nil if there is no such kind.
func countsOf(b *window.Bucket, kind report.Kind) *[]window.Count {
	switch kind {
	case report.Problem:
		return &b.Problems
	case report.Recovery:
		return &b.Recoveries
	case report.Visit:
		return &b.Visits
	}
	return nil
}

// eachCount calls f for each count of a packed bucket.
func eachCount(packed string, symptoms map[uint16]string, f func(report.Kind, window.Count)) error {
	size := countLayout.size
	if len(packed)%size != 0 {
		return errors.New("a bucket is cut off")
	}
	for ; packed != ""; packed = packed[size:] {
		cell, kind := unpackCell(packed[0], packed[1], packed[2], symptoms)
		n := int64(packed[3])<<24 | int64(packed[4])<<16 | int64(packed[5])<<8 | int64(packed[6])
		f(kind, window.Count{Cell: cell, N: n})
	}
	return nil
}
