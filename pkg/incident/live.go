package incident

import (
	"time"

	"github.com/outcry/outcry/pkg/detect"
)

// Live is what is known of a service right now. The zero Live is a service in
// which nothing happened lately.
type Live struct {
	At        time.Time // when the service was last judged
	Verdict   detect.Verdict
	Countries map[string]detect.Verdict // by country code
	Incident  *Incident                 // nil without trouble
	LastKnown time.Time                 // the end of the last minute that could be counted
}
