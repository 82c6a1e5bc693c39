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
	Aside     int64                     // reports of the last minutes that are set aside, because one holder sent too many
	LastKnown time.Time                 // end of the last minute that was counted
	Muted     *Mute                     // nil unless the operators let nothing be judged
}

// Mute is the time in which the operators let nothing of a service be judged. It is
// counted all the same.
type Mute struct {
	Until time.Time
	Text  map[string]string // why, in public, by language code
}
