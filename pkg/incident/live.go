package incident

import (
	"time"

	"github.com/outcry/outcry/pkg/detect"
)

// Live is the present condition of a service. The zero Live is that of a service
// without reports.
type Live struct {
	At        time.Time // when the service was last judged
	Verdict   detect.Verdict
	Countries map[string]detect.Verdict // by country code
	Incident  *Incident                 // nil without trouble
	LastKnown time.Time                 // end of the last minute that was counted
}
