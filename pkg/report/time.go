package report

import (
	"strings"
	"time"
)

// ParseTime parses a time as RFC 3339 defines it, with small letters too, which
// time.Parse refuses.
func ParseTime(text string) (time.Time, error) {
	return time.Parse(time.RFC3339, strings.ToUpper(text))
}
