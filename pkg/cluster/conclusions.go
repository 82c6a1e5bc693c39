package cluster

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/gob"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/publish"
	"github.com/outcry/outcry/pkg/redisconn"
)

// Keys of the shared partition, behind the prefix and the partition's hash tag.
// Each expires concludedTime after it was last written, but for concluded, whose
// entries are deleted once they are archived.
//
//	name       type    holds
//	term       string  the highest number of a term that saved something
//	states     hash    cell → state of the detector
//	incidents  hash    the last incident of each service: id:SERVICE, version:SERVICE, incident:SERVICE
//	events     stream  the last keptEvents events, in field b
//	concluded  stream  versions of incidents that are not archived yet, in field b
//	seen       hash    the leader's last tick: its time in Unix milliseconds (at), the partitions
//	                   with results (parts), and the results of each (TIME:PARTITION)
//
// Go values are encoded with gob, but for states, which the detector encodes.
const (
	keyTerm      = "term"
	keyStates    = "states"
	keyIncidents = "incidents"
	keyEvents    = "events"
	keyConcluded = "concluded"
	keyTick      = "seen"

	// concludedTime is longer than an incident lasts without a change.
	concludedTime = 7 * 24 * time.Hour
	// keptEvents bounds how many events a client can have missed and still get
	// when it returns.
	keptEvents = 10_000
)

//go:embed conclude.lua
var concludeSource string

var concludeScript = redis.NewScript(concludeSource)

// Conclusions are what the leader has concluded, where all processes see it at
// once: live incidents, the states of the detector, the latest events, and the
// last tick. They are in Redis, so that detection continues while the archive
// cannot be reached.
type Conclusions struct {
	conn *redisconn.Conn
	term func() int64 // in which this process leads, or 0
}

// NewConclusions returns the conclusions in the Redis behind conn. The process
// can write while leases makes it the leader.
func NewConclusions(conn *redisconn.Conn, leases *Leases) *Conclusions {
	return &Conclusions{conn: conn, term: leases.LeaderTerm}
}

// Concluded is a version of an incident that is not archived yet.
type Concluded struct {
	ID       string // of the entry in Redis
	Incident incident.Incident
	Timeline []incident.Event // new with this version
}

// write runs concludeScript for a term. It is the one place that checks terms: a
// term is over when this process does not hold its lease any more, or when a
// later term has written. The error is then ErrNotLeading.
func (c *Conclusions) write(ctx context.Context, term int64, args []any) ([]int64, error) {
	numbers, err := c.writeAll(ctx, term, [][]any{args})
	if err != nil {
		return nil, err
	}
	return numbers[0], nil
}

// writeAll does what write does several times with one wait for Redis. After an
// error, the first len(numbers) of them are written.
func (c *Conclusions) writeAll(ctx context.Context, term int64, all [][]any) (numbers [][]int64, err error) {
	if c.term() != term {
		return nil, ErrNotLeading
	}
	keys := []string{c.key(keyTerm), c.key(keyStates), c.key(keyIncidents), c.key(keyEvents), c.key(keyConcluded), c.key(keyTick)}
	err = c.call(ctx, func(ctx context.Context) error {
		pipe := c.conn.Client.Pipeline()
		answers := make([]*redis.Cmd, len(all))
		for i, args := range all {
			args = append([]any{term, concludedTime.Milliseconds(), keptEvents}, args...)
			if i == 0 { // brings the script, which the others name
				answers[i] = concludeScript.Eval(ctx, pipe, keys, args...)
			} else {
				answers[i] = concludeScript.EvalSha(ctx, pipe, keys, args...)
			}
		}
		_, _ = pipe.Exec(ctx) // each answer has its error
		for _, answer := range answers {
			saved, err := answer.Int64Slice()
			if err != nil {
				return err
			}
			numbers = append(numbers, saved)
		}
		return nil
	})
	if answer := redis.Error(nil); errors.As(err, &answer) && redis.HasErrorPrefix(answer, "TERM") {
		return numbers, ErrNotLeading
	}
	return numbers, err
}

// SaveIncidents saves versions of incidents, each with the new entries of its timeline
// and its events, all or nothing, with one wait for Redis. It returns the events of
// each with their IDs, and none for a version that is not new. After an error, the
// first len(saved) of them are saved.
func (c *Conclusions) SaveIncidents(ctx context.Context, term int64, all []publish.Conclusion) (saved [][]publish.Event, err error) {
	calls := make([][]any, len(all))
	for i, one := range all {
		if calls[i], err = incidentCall(one); err != nil {
			return nil, fmt.Errorf("encode incident %s: %w", one.Incident.ID, err)
		}
	}
	numbers, err := c.writeAll(ctx, term, calls)
	for i, ids := range numbers {
		var events []publish.Event
		if len(ids) > 0 {
			events = slices.Clone(all[i].Events)
		}
		for n := range events {
			events[n].ID = ids[n]
		}
		saved = append(saved, events)
	}
	return saved, err
}

// incidentCall returns the arguments with which the script saves a version of an
// incident.
func incidentCall(c publish.Conclusion) ([]any, error) {
	inc := c.Incident
	encoded, err := encode(inc)
	if err != nil {
		return nil, err
	}
	archiveEntry, err := encode(Concluded{Incident: inc, Timeline: c.Timeline})
	if err != nil {
		return nil, err
	}
	over := 0
	if inc.State == incident.Resolved {
		over = 1
	}
	args := []any{"incident", inc.Service, inc.ID, inc.Version, encoded, archiveEntry, over}
	for _, e := range c.Events {
		b, err := encode(e)
		if err != nil {
			return nil, err
		}
		args = append(args, b)
	}
	return args, nil
}

// Incidents returns the last incident of each service, in any order.
func (c *Conclusions) Incidents(ctx context.Context) ([]incident.Incident, error) {
	var fields map[string]string
	err := c.call(ctx, func(ctx context.Context) (err error) {
		fields, err = c.conn.Client.HGetAll(ctx, c.key(keyIncidents)).Result()
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read live incidents: %w", err)
	}
	var incidents []incident.Incident
	for field, encoded := range fields {
		service, found := strings.CutPrefix(field, "incident:")
		if !found {
			continue
		}
		var inc incident.Incident
		if err := decode(encoded, &inc); err != nil {
			return nil, fmt.Errorf("read the incident of %s: %w", service, err)
		}
		incidents = append(incidents, inc)
	}
	return incidents, nil
}

// Unarchived returns up to limit versions of incidents that are not archived
// yet, oldest first.
func (c *Conclusions) Unarchived(ctx context.Context, limit int) ([]Concluded, error) {
	var messages []redis.XMessage
	err := c.call(ctx, func(ctx context.Context) (err error) {
		messages, err = c.conn.Client.XRangeN(ctx, c.key(keyConcluded), "-", "+", int64(limit)).Result()
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read unarchived incidents: %w", err)
	}
	unarchived := make([]Concluded, len(messages))
	for i, m := range messages {
		text, _ := m.Values["b"].(string)
		if err := decode(text, &unarchived[i]); err != nil {
			return nil, fmt.Errorf("read entry %s for the archive: %w", m.ID, err)
		}
		unarchived[i].ID = m.ID
	}
	return unarchived, nil
}

// DropArchived deletes the entries of versions that are archived.
func (c *Conclusions) DropArchived(ctx context.Context, archived []Concluded) error {
	ids := make([]string, len(archived))
	for i, one := range archived {
		ids[i] = one.ID
	}
	err := c.call(ctx, func(ctx context.Context) error {
		return c.conn.Client.XDel(ctx, c.key(keyConcluded), ids...).Err()
	})
	if err != nil {
		return fmt.Errorf("drop %d archived versions of incidents: %w", len(archived), err)
	}
	return nil
}

// keptByHand is for how much longer an incident is remembered that an operator
// ended: the counts may still be high.
const keptByHand = 48 * time.Hour

// Forget deletes the incidents that were resolved before a time. An incident of
// a service that has begun a new one meanwhile is replaced already.
func (c *Conclusions) Forget(ctx context.Context, before time.Time) error {
	incidents, err := c.Incidents(ctx)
	if err != nil {
		return err
	}
	var args []any
	for _, inc := range incidents {
		last := before
		if inc.EndedByHand() {
			last = before.Add(-keptByHand)
		}
		if inc.State == incident.Resolved && inc.Resolved.Before(last) {
			args = append(args, inc.Service, inc.ID, inc.Version)
		}
	}
	if len(args) == 0 {
		return nil
	}
	err = c.call(ctx, func(ctx context.Context) error {
		return forgetScript.Run(ctx, c.conn.Client, []string{c.key(keyIncidents)}, args...).Err()
	})
	if err != nil {
		return fmt.Errorf("forget old incidents: %w", err)
	}
	return nil
}

// forgetScript deletes incidents unless they have changed since they were read.
// ARGV: the service, ID and version of each in turn.
var forgetScript = redis.NewScript(`#!lua
for i = 1, #ARGV, 3 do
  local id, version, encoded = 'id:' .. ARGV[i], 'version:' .. ARGV[i], 'incident:' .. ARGV[i]
  local have = redis.call('HMGET', KEYS[1], id, version)
  if have[1] == ARGV[i + 1] and have[2] == ARGV[i + 2] then redis.call('HDEL', KEYS[1], id, version, encoded) end
end
return 'OK'`)

// Begun reports whether Redis has conclusions of any term. If not, there were
// none yet or Redis has lost them.
func (c *Conclusions) Begun(ctx context.Context) (bool, error) {
	var n int64
	err := c.call(ctx, func(ctx context.Context) (err error) {
		n, err = c.conn.Client.Exists(ctx, c.key(keyTerm)).Result()
		return err
	})
	return n > 0 && err == nil, err
}

func (c *Conclusions) key(name string) string { return sharedKey(c.conn, name) }

// call runs f within the time that one call may take. It fails at once while
// Redis cannot be reached.
func (c *Conclusions) call(ctx context.Context, f func(context.Context) error) error {
	if err := c.conn.Ready(sharedPartition); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, redisconn.CallTimeout)
	defer cancel()
	return c.conn.Observe(sharedPartition, f(ctx))
}

// encode uses gob, because JSON tags and methods of these types are for the API
// and leave fields out.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	err := gob.NewEncoder(&b).Encode(v)
	return b.Bytes(), err
}

func decode(text string, v any) error { return gob.NewDecoder(strings.NewReader(text)).Decode(v) }
