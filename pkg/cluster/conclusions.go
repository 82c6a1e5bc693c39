package cluster

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/gob"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/publish"
	"github.com/outcry/outcry/pkg/redisconn"
)

// Keys of the partition 0, behind the prefix and the partition's hash tag.
//
//	name       type    holds                                             goes away
//	term       string  the highest number of a term that kept something  keepTime after it did
//	states     hash    cell → state of the detector                      keepTime after the last change
//	incidents  hash    of each service the last incident                 the same, or by Forget
//	events     stream  the last keepEvents events                        the same
//	concluded  stream  incidents for the archive                         entries are dropped once they are archived
//	seen       hash    what the last tick showed, and when that was      the same
const (
	keyTerm      = "term"
	keyStates    = "states"
	keyIncidents = "incidents"
	keyEvents    = "events"
	keyConcluded = "concluded"
	keySeen      = "seen"

	// concludedIn is the partition of these keys.
	concludedIn = 0
	// keepTime is longer than an incident goes without a change.
	keepTime = 7 * 24 * time.Hour
	// keepEvents bounds what a client that comes back can have missed.
	keepEvents = 10_000
)

// ErrTerm says that another process leads since.
var ErrTerm = errors.New("another process leads now")

//go:embed conclude.lua
var concludeSource string

var concludeScript = redis.NewScript(concludeSource)

// Conclusions are what the process that leads has concluded, where all
// processes see it at once: live incidents, the states of the detector, and the
// latest events. They are in Redis, beside the windows, so that they go on while
// the archive is away; Concluded tells what the archive is still to have.
//
// Whoever writes names its term. One that is over writes nothing, even if its
// process was paused and does not know.
type Conclusions struct{ conn *redisconn.Conn }

// NewConclusions returns what is concluded in the Redis behind conn.
func NewConclusions(conn *redisconn.Conn) *Conclusions { return &Conclusions{conn} }

// Concluded is a version of an incident that the archive is to have.
type Concluded struct {
	ID       string // of the entry
	Incident incident.Incident
	Timeline []incident.Event // what is new in it
}

// SaveIncident keeps a version of an incident, what is new in its timeline, and
// the events that tell of it, all or nothing, and returns the events with their
// IDs. A version that is not new was told before, and nothing happens.
func (c *Conclusions) SaveIncident(ctx context.Context, term int64, inc incident.Incident, timeline []incident.Event, events []publish.Event) ([]publish.Event, error) {
	whole, err := encode(inc)
	if err != nil {
		return nil, fmt.Errorf("keep incident %s: %w", inc.ID, err)
	}
	archived, err := encode(Concluded{Incident: inc, Timeline: timeline})
	if err != nil {
		return nil, fmt.Errorf("keep incident %s: %w", inc.ID, err)
	}
	args := []any{"incident", inc.Service, inc.ID, inc.Version, whole, archived}
	for _, e := range events {
		b, err := encode(e)
		if err != nil {
			return nil, fmt.Errorf("keep an event of %s: %w", inc.ID, err)
		}
		args = append(args, b)
	}
	numbers, err := c.write(ctx, term, args)
	if err != nil {
		return nil, fmt.Errorf("keep incident %s: %w", inc.ID, err)
	}
	if len(numbers) == 0 {
		return nil, nil
	}
	told := slices.Clone(events)
	for i := range told {
		told[i].ID = numbers[i]
	}
	return told, nil
}

func (c *Conclusions) write(ctx context.Context, term int64, args []any) ([]int64, error) {
	var numbers []int64
	err := c.call(ctx, func(ctx context.Context) (err error) {
		keys := []string{c.key(keyTerm), c.key(keyStates), c.key(keyIncidents), c.key(keyEvents), c.key(keyConcluded), c.key(keySeen)}
		args := append([]any{term, keepTime.Milliseconds(), keepEvents}, args...)
		numbers, err = concludeScript.Run(ctx, c.conn, keys, args...).Int64Slice()
		return err
	})
	if answer := redis.Error(nil); errors.As(err, &answer) && redis.HasErrorPrefix(answer, "TERM") {
		return nil, ErrTerm
	}
	return numbers, err
}

// Incidents returns of each service its last incident, in any order.
func (c *Conclusions) Incidents(ctx context.Context) ([]incident.Incident, error) {
	var fields map[string]string
	err := c.call(ctx, func(ctx context.Context) (err error) {
		fields, err = c.conn.HGetAll(ctx, c.key(keyIncidents)).Result()
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read live incidents: %w", err)
	}
	var all []incident.Incident
	for field, whole := range fields {
		service, found := strings.CutPrefix(field, "incident:")
		if !found {
			continue
		}
		var inc incident.Incident
		if err := decode(whole, &inc); err != nil {
			return nil, fmt.Errorf("read the incident of %s: %w", service, err)
		}
		all = append(all, inc)
	}
	return all, nil
}

// Events returns up to limit events after the one with ID after, oldest first.
// It says missed when events after that one are no longer kept, or when no
// event of that ID was ever told here: the reader must start from scratch.
func (c *Conclusions) Events(ctx context.Context, after int64, limit int) (events []publish.Event, missed bool, err error) {
	var rest, first, last []redis.XMessage
	err = c.call(ctx, func(ctx context.Context) error {
		pipe := c.conn.TxPipeline() // one look at all three
		from := "(" + strconv.FormatInt(after, 10) + "-1"
		a := pipe.XRangeN(ctx, c.key(keyEvents), from, "+", int64(limit))
		b := pipe.XRangeN(ctx, c.key(keyEvents), "-", "+", 1)
		d := pipe.XRevRangeN(ctx, c.key(keyEvents), "+", "-", 1)
		_, err := pipe.Exec(ctx)
		rest, first, last = a.Val(), b.Val(), d.Val()
		return err
	})
	if err != nil {
		return nil, false, fmt.Errorf("read events after %d: %w", after, err)
	}
	for _, m := range rest {
		e, err := readEvent(m)
		if err != nil {
			return nil, false, fmt.Errorf("read event %s: %w", m.ID, err)
		}
		events = append(events, e)
	}
	if len(last) == 0 {
		return events, after != 0, nil
	}
	oldest, err1 := eventNumber(first[0])
	newest, err2 := eventNumber(last[0])
	// Numbers have gaps, so that nobody can tell whether one before the oldest was
	// followed by others.
	return events, after < oldest && after != 0 || after > newest, errors.Join(err1, err2)
}

func readEvent(m redis.XMessage) (e publish.Event, err error) {
	text, _ := m.Values["b"].(string)
	if err := decode(text, &e); err != nil {
		return e, err
	}
	e.ID, err = eventNumber(m)
	return e, err
}

func eventNumber(m redis.XMessage) (int64, error) {
	digits, _, _ := strings.Cut(m.ID, "-")
	return strconv.ParseInt(digits, 10, 64)
}

// Concluded returns up to limit versions that the archive is to have, oldest
// first.
func (c *Conclusions) Concluded(ctx context.Context, limit int) ([]Concluded, error) {
	var messages []redis.XMessage
	err := c.call(ctx, func(ctx context.Context) (err error) {
		messages, err = c.conn.XRangeN(ctx, c.key(keyConcluded), "-", "+", int64(limit)).Result()
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read what the archive is to have: %w", err)
	}
	all := make([]Concluded, len(messages))
	for i, m := range messages {
		text, _ := m.Values["b"].(string)
		if err := decode(text, &all[i]); err != nil {
			return nil, fmt.Errorf("read entry %s for the archive: %w", m.ID, err)
		}
		all[i].ID = m.ID
	}
	return all, nil
}

// Archived drops a version that the archive has.
func (c *Conclusions) Archived(ctx context.Context, done Concluded) error {
	err := c.call(ctx, func(ctx context.Context) error { return c.conn.XDel(ctx, c.key(keyConcluded), done.ID).Err() })
	if err != nil {
		return fmt.Errorf("drop what is archived of %s: %w", done.Incident.ID, err)
	}
	return nil
}

// Forget drops the incidents that were resolved before a time, unless a service
// has a new one meanwhile.
func (c *Conclusions) Forget(ctx context.Context, before time.Time) error {
	all, err := c.Incidents(ctx)
	if err != nil {
		return err
	}
	var args []any
	for _, inc := range all {
		if inc.State == incident.Resolved && inc.Resolved.Before(before) {
			args = append(args, inc.Service, inc.ID, inc.Version)
		}
	}
	if len(args) == 0 {
		return nil
	}
	err = c.call(ctx, func(ctx context.Context) error {
		return forgetScript.Run(ctx, c.conn, []string{c.key(keyIncidents)}, args...).Err()
	})
	if err != nil {
		return fmt.Errorf("forget old incidents: %w", err)
	}
	return nil
}

// forgetScript drops incidents that are still what was read: service, ID and
// version of each in turn.
var forgetScript = redis.NewScript(`#!lua
for i = 1, #ARGV, 3 do
  local id, version, whole = 'id:' .. ARGV[i], 'version:' .. ARGV[i], 'incident:' .. ARGV[i]
  local have = redis.call('HMGET', KEYS[1], id, version)
  if have[1] == ARGV[i + 1] and have[2] == ARGV[i + 2] then redis.call('HDEL', KEYS[1], id, version, whole) end
end
return 'OK'`)

func (c *Conclusions) key(name string) string { return c.conn.Key(concludedIn, name) }

// call runs f in the time that a call may take, unless Redis is away.
func (c *Conclusions) call(ctx context.Context, f func(context.Context) error) error {
	if err := c.conn.Ready(concludedIn); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, redisconn.CallTimeout)
	defer cancel()
	return c.conn.Observe(concludedIn, f(ctx))
}

// encode writes a value field by field: what its types are for others, in an
// API for instance, changes nothing here.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	err := gob.NewEncoder(&b).Encode(v)
	return b.Bytes(), err
}

func decode(text string, v any) error { return gob.NewDecoder(strings.NewReader(text)).Decode(v) }
