package sqlitestore

import (
	"github.com/google/uuid"

	"github.com/outcry/outcry/pkg/window"
)

// answers are the IDs of the last window.IDMemory with their first answers, by
// the hour of their arrival. IDs are forgotten by whole hours.
type answers map[int64]map[answerKey]answer

type answerKey struct {
	service int64
	id      uuid.UUID
}

// answer is the first answer to an ID. Its fields fill 16 bytes without padding.
type answer struct {
	received int64 // milliseconds since the Unix epoch
	cell     int32 // the cell that was first sent
	status   window.Status
}

const hour = 60 * 60 * 1000 // in milliseconds

// of returns the first answer to an ID, if that came less than window.IDMemory
// before received.
func (a answers) of(service int64, id uuid.UUID, received int64) (first answer, ok bool) {
	for _, ids := range a { // three or four hours
		if first, ok := ids[answerKey{service, id}]; ok && received-first.received < window.IDMemory.Milliseconds() {
			return first, true
		}
	}
	return answer{}, false
}

// remember adds the first answer to an ID.
func (a answers) remember(service int64, id uuid.UUID, received, cell int64, status window.Status) {
	ids := a[received/hour]
	if ids == nil {
		ids = map[answerKey]answer{}
		a[received/hour] = ids
	}
	ids[answerKey{service, id}] = answer{received, int32(cell), status}
}

// forget drops the hours that no report received at or after now can need.
func (a answers) forget(now int64) {
	for h := range a {
		if (h+1)*hour <= now-window.IDMemory.Milliseconds() {
			delete(a, h)
		}
	}
}
