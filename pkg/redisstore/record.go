package redisstore

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// A record is a counted report in the journal: numbers in big-endian order, then
// symptom and service, each behind a byte with its length. Go writes and reads it;
// the script does not look into it. It begins with the minute, in four bytes, and
// has these fields at these offsets.
const (
	atReceived = 4
	atID       = atReceived + 8
	atAddress  = atID + 16
	atDevice   = atAddress + 8
	atNetwork  = atDevice + 8
	atKind     = atNetwork + 8
	atCountry  = atKind + 1
	atTexts    = atCountry + 2
)

// maxText is the longest service or symptom that a record holds, in bytes.
const maxText = 255

// appendRecord appends the record of r, which validate has accepted.
func appendRecord(b []byte, r *report.Report) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(number(r.Minute, window.Width)))
	b = binary.BigEndian.AppendUint64(b, uint64(r.Received.UnixMilli()))
	b = append(b, r.ID[:]...)
	b = binary.BigEndian.AppendUint64(b, r.Reporter.Address)
	b = binary.BigEndian.AppendUint64(b, r.Reporter.Device)
	b = binary.BigEndian.AppendUint64(b, uint64(r.Network))
	b = append(b, byte(r.Kind))
	b = append(b, r.Country...)
	b = append(append(b, byte(len(r.Symptom))), r.Symptom...)
	return append(append(b, byte(len(r.Service))), r.Service...)
}

// readRecords returns the reports in b whose byte in counted is 1. counted has one
// byte for each record.
func readRecords(b []byte, counted string) ([]report.Report, error) {
	reports := make([]report.Report, 0, strings.Count(counted, "\x01"))
	var texts interner
	for n := range len(counted) {
		if len(b) < atTexts {
			return nil, errors.New("a record is cut off")
		}
		r := report.Report{
			Minute:   window.Minute(binary.BigEndian.Uint32(b)).Start(),
			Received: time.UnixMilli(int64(binary.BigEndian.Uint64(b[atReceived:]))).UTC(),
			ID:       uuid.UUID(b[atID:atAddress]),
			Reporter: report.Reporter{Address: binary.BigEndian.Uint64(b[atAddress:]), Device: binary.BigEndian.Uint64(b[atDevice:])},
			Network:  report.Network(binary.BigEndian.Uint64(b[atNetwork:])),
			Kind:     report.Kind(b[atKind]),
			Country:  texts.of(b[atCountry:atTexts]),
		}
		b = b[atTexts:]
		for _, text := range []*string{&r.Symptom, &r.Service} {
			if len(b) == 0 || len(b) < 1+int(b[0]) {
				return nil, errors.New("a record is cut off")
			}
			*text, b = texts.of(b[1:1+b[0]]), b[1+b[0]:]
		}
		if counted[n] == 1 {
			reports = append(reports, r)
		}
	}
	if len(b) > 0 {
		return nil, fmt.Errorf("%d bytes follow the last record", len(b))
	}
	return reports, nil
}

// interner makes one string of each text that several records share.
type interner map[string]string

// of returns b as a string.
func (t *interner) of(b []byte) string {
	if s, ok := (*t)[string(b)]; ok {
		return s
	}
	if *t == nil {
		*t = interner{}
	}
	s := string(b)
	(*t)[s] = s
	return s
}

// validate returns an error if r cannot be counted here.
func validate(r *report.Report) error {
	switch {
	case len(r.Country) != 2 || !capital(r.Country[0]) || !capital(r.Country[1]):
		return fmt.Errorf("country %q is not of two capital letters", r.Country)
	case len(r.Service) > maxText || len(r.Symptom) > maxText:
		return fmt.Errorf("the name of a service or symptom is longer than %d bytes", maxText)
	case r.Kind > report.Visit:
		return fmt.Errorf("%v is not counted", r.Kind)
	}
	return nil
}

func capital(c byte) bool { return 'A' <= c && c <= 'Z' }
