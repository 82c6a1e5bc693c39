package httpapi

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/report"
)

const (
	pageSize    = 25
	maxPageSize = 100
	maxLanguage = 35  // bytes of a language tag, as BCP 47 advises
	maxQuery    = 400 // bytes of a search: 100 characters of any script
	maxCursor   = 256
)

// service returns the catalog's entry, or a NotFound error.
func (a *API) service(slug string) (*catalog.Service, error) {
	s, ok := a.Catalog.Service(slug)
	if !ok {
		return nil, &fault.Error{Kind: fault.NotFound, Field: "service", Msg: "there is no such service; GET " + Base + "/services lists them"}
	}
	return s, nil
}

// checkCountry returns an error if code is neither empty nor a country.
func (a *API) checkCountry(code string) error {
	if _, ok := a.Catalog.Country(code); !ok && code != "" {
		return fault.Field("country", "is not an ISO 3166-1 alpha-2 code such as IN")
	}
	return nil
}

// checkSymptom returns an error if symptom is neither empty nor a symptom of s.
func checkSymptom(s *catalog.Service, symptom string) error {
	if symptom != "" && !s.HasSymptom(symptom) {
		return fault.Field("symptom", "is not a symptom of %s; GET %s/services/%s lists them", s.Slug, Base, s.Slug)
	}
	return nil
}

// checkLanguage returns an error if lang is too long for a language tag.
func checkLanguage(lang string) error {
	if len(lang) > maxLanguage {
		return fault.Field("lang", "is not a language tag such as bn")
	}
	return nil
}

// listed returns the values of a list in the query, which are divided by commas, or
// given with the parameter repeated, or both.
func listed(values []string) (all []string) {
	for _, value := range values {
		for one := range strings.SplitSeq(value, ",") {
			if one = strings.TrimSpace(one); one != "" && !slices.Contains(all, one) {
				all = append(all, one)
			}
		}
	}
	return all
}

// parseTime parses an optional time. The error names the field. A space that stands
// for the sign of an offset is a plus: clients east of Greenwich write the plus
// without encoding it, and it arrives as a space.
func parseTime(field, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	const offset = len(" 05:30")
	if at := len(text) - offset; at > 0 && text[at] == ' ' {
		text = text[:at] + "+" + text[at+1:]
	}
	t, err := report.ParseTime(text)
	if err != nil {
		return time.Time{}, fault.Field(field, "is not an RFC 3339 time such as 2022-10-25T07:50:00Z")
	}
	return t.UTC(), nil
}

// parseSpan parses the parameters from and to, which are optional.
func parseSpan(from, to string) (start, end time.Time, err error) {
	if start, err = parseTime("from", from); err != nil {
		return start, end, err
	}
	if end, err = parseTime("to", to); err != nil {
		return start, end, err
	}
	if !end.IsZero() && !start.Before(end) {
		return start, end, fault.Field("from", "must be before to")
	}
	return start, end, nil
}

// parseLimit parses the size of a page, which is optional.
func parseLimit(text string) (int, error) {
	if text == "" {
		return pageSize, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > maxPageSize {
		return 0, fault.Field("limit", "must be a number from 1 to %d", maxPageSize)
	}
	return n, nil
}

// cursor returns the cursor of the page that follows the entry after. It is
// encoded to keep clients from relying on its contents.
func cursor(after string) string {
	if after == "" {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString([]byte(after))
}

// parseCursor returns the entry that the cursor's page follows.
func parseCursor(text string) (after string, err error) {
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(text) > maxCursor || !printable(b) {
		return "", fault.Field("cursor", "is not the next of a page; leave it out to begin")
	}
	return string(b), nil
}

// printable reports whether b is printable ASCII.
func printable(b []byte) bool {
	for _, c := range b {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return true
}
