package redisstore

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/outcry/outcry/pkg/journal"
	"github.com/outcry/outcry/pkg/redisconn"
	"github.com/outcry/outcry/pkg/window"
)

// consumerGroup is the consumer group of the processes that archive. Redis hands
// each entry of a stream to one of them.
const consumerGroup = "archive"

// Journal hands out what Stores have counted. It implements journal.Source.
type Journal struct {
	conn     *redisconn.Conn
	consumer string // name of this process in the consumer group

	mu     sync.Mutex
	joined map[int]bool // partitions whose stream has the consumer group
}

var _ journal.Source = (*Journal)(nil)

// NewJournal returns the journal of the Stores that count in the Redis behind c.
func NewJournal(c *redisconn.Conn) *Journal {
	return &Journal{conn: c, consumer: rand.Text(), joined: map[int]bool{}}
}

// Next hands this process entries that were not handed out before.
func (j *Journal) Next(ctx context.Context, partitions []int, limit int) ([]journal.Entry, error) {
	entries, err := j.read(ctx, partitions, func(ctx context.Context, pipe redis.Pipeliner, key string) func() ([]redis.XMessage, error) {
		answer := pipe.XReadGroup(ctx, &redis.XReadGroupArgs{
			Group: consumerGroup, Consumer: j.consumer, Streams: []string{key, ">"}, Count: int64(limit), Block: -1,
		})
		return func() ([]redis.XMessage, error) {
			streams, err := answer.Result()
			if err != nil || len(streams) == 0 {
				return nil, err
			}
			return streams[0].Messages, nil
		}
	})
	if err != nil {
		return nil, fmt.Errorf("read the journal: %w", err)
	}
	return entries, nil
}

// Claim hands this process entries that were handed out at least idle ago and
// are not archived.
func (j *Journal) Claim(ctx context.Context, partitions []int, idle time.Duration, limit int) ([]journal.Entry, error) {
	entries, err := j.read(ctx, partitions, func(ctx context.Context, pipe redis.Pipeliner, key string) func() ([]redis.XMessage, error) {
		answer := pipe.XAutoClaim(ctx, &redis.XAutoClaimArgs{
			Stream: key, Group: consumerGroup, Consumer: j.consumer, MinIdle: idle, Start: "0", Count: int64(limit),
		})
		return func() ([]redis.XMessage, error) {
			messages, _, err := answer.Result()
			return messages, err
		}
	})
	if err != nil {
		return nil, fmt.Errorf("claim entries of the journal: %w", err)
	}
	return entries, nil
}

// read returns entries of each partition. ask adds the command to the pipeline and
// returns what reads its answer. read creates the consumer group where it is
// missing: a stream has none at its first report and after a loss. It leaves out
// partitions that do not answer, and fails if none does or one refuses.
func (j *Journal) read(ctx context.Context, partitions []int,
	ask func(context.Context, redis.Pipeliner, string) func() ([]redis.XMessage, error)) ([]journal.Entry, error) {
	ctx, cancel := withTimeout(ctx)
	defer cancel()
	var entries []journal.Entry
	var readErr error
	answered, refused := false, false
	for try := 0; len(partitions) > 0 && try < 2; try++ {
		var err error
		if partitions, err = j.join(ctx, partitions); err != nil {
			readErr = err
		}
		pipe := j.conn.Client.Pipeline()
		answers := make([]func() ([]redis.XMessage, error), len(partitions))
		for i, p := range partitions {
			answers[i] = ask(ctx, pipe, j.conn.Key(p, keyJournal))
		}
		_, _ = pipe.Exec(ctx) // each answer has its own error
		var again []int
		for i, p := range partitions {
			messages, err := answers[i]()
			switch {
			case errors.Is(err, redis.Nil):
				answered = true
				continue
			case redis.HasErrorPrefix(err, "NOGROUP"):
				j.leave(p)
				again = append(again, p)
				continue
			case err != nil:
				readErr = j.conn.Observe(p, err)
				refused = refused || j.conn.Ready(p) == nil
				continue
			}
			answered = true
			for _, m := range messages {
				e, err := readEntry(p, m)
				if err != nil {
					return nil, fmt.Errorf("entry %s of partition %d: %w", m.ID, p, err)
				}
				entries = append(entries, e)
			}
		}
		partitions = again
	}
	if readErr != nil && (refused || !answered) {
		return entries, readErr
	}
	return entries, nil
}

// join creates the consumer group in streams that are not known to have it. It
// returns the partitions whose stream has it, and an error of the others.
func (j *Journal) join(ctx context.Context, partitions []int) (joined []int, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	pipe := j.conn.Client.Pipeline()
	answers := map[int]*redis.StatusCmd{}
	for _, p := range partitions {
		if readyErr := j.conn.Ready(p); readyErr != nil {
			err = readyErr
		} else if j.joined[p] {
			joined = append(joined, p)
		} else {
			answers[p] = pipe.XGroupCreateMkStream(ctx, j.conn.Key(p, keyJournal), consumerGroup, "0")
		}
	}
	if len(answers) == 0 {
		return joined, err
	}
	_, _ = pipe.Exec(ctx) // each answer has its own error
	for p, answer := range answers {
		if groupErr := answer.Err(); groupErr != nil && !redis.HasErrorPrefix(groupErr, "BUSYGROUP") {
			err = j.conn.Observe(p, groupErr)
			continue
		}
		j.joined[p] = true
		joined = append(joined, p)
	}
	return joined, err
}

// leave notes that the stream of a partition has lost the consumer group.
func (j *Journal) leave(partition int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	delete(j.joined, partition)
}

// Forget deletes the consumers that were idle for so long, except those that hold
// entries, which must be claimed first. Redis creates a deleted consumer again
// when its process asks for entries.
func (j *Journal) Forget(ctx context.Context, idle time.Duration) error {
	ctx, cancel := withTimeout(ctx)
	defer cancel()
	pipe := j.conn.Client.Pipeline()
	lists := map[int]*redis.XInfoConsumersCmd{}
	for _, p := range allPartitions {
		if j.conn.Ready(p) == nil {
			lists[p] = pipe.XInfoConsumers(ctx, j.conn.Key(p, keyJournal), consumerGroup)
		}
	}
	if len(lists) == 0 {
		return nil
	}
	_, _ = pipe.Exec(ctx) // each answer has its own error
	drop := j.conn.Client.Pipeline()
	for p, list := range lists {
		consumers, err := list.Result()
		if err != nil && strings.Contains(err.Error(), "no such key") || redis.HasErrorPrefix(err, "NOGROUP") {
			continue // nothing was counted there
		}
		if err := j.conn.Observe(p, err); err != nil {
			return fmt.Errorf("list consumers of partition %d: %w", p, err)
		}
		for _, c := range consumers {
			if c.Pending == 0 && c.Idle >= idle {
				drop.XGroupDelConsumer(ctx, j.conn.Key(p, keyJournal), consumerGroup, c.Name)
			}
		}
	}
	if drop.Len() == 0 {
		return nil
	}
	if _, err := drop.Exec(ctx); err != nil {
		return fmt.Errorf("delete idle consumers: %w", redisconn.Redact(err))
	}
	return nil
}

// Done acknowledges entries and deletes them. It returns those of partitions that
// did not answer, with the error.
func (j *Journal) Done(ctx context.Context, entries []journal.Entry) (left []journal.Entry, err error) {
	if len(entries) == 0 {
		return nil, nil
	}
	ctx, cancel := withTimeout(ctx)
	defer cancel()
	var parts [window.Partitions][]journal.Entry
	for _, e := range entries {
		parts[e.Partition] = append(parts[e.Partition], e)
	}
	pipe := j.conn.Client.Pipeline()
	var answers [window.Partitions][2]*redis.IntCmd
	for p, entries := range parts {
		if len(entries) == 0 || j.conn.Ready(p) != nil {
			continue
		}
		ids := make([]string, len(entries))
		for i, e := range entries {
			ids[i] = e.ID
		}
		key := j.conn.Key(p, keyJournal)
		answers[p] = [2]*redis.IntCmd{pipe.XAck(ctx, key, consumerGroup, ids...), pipe.XDel(ctx, key, ids...)}
	}
	if pipe.Len() > 0 {
		_, _ = pipe.Exec(ctx) // each answer has its own error
	}
	for p, entries := range parts {
		if len(entries) == 0 {
			continue
		}
		partitionErr := redisconn.ErrUnreachable
		if both := answers[p]; both[0] != nil {
			partitionErr = j.conn.Observe(p, errors.Join(both[0].Err(), both[1].Err()))
		}
		if partitionErr != nil {
			left, err = append(left, entries...), fmt.Errorf("acknowledge archived entries: %w", partitionErr)
		}
	}
	return left, err
}

// Backlog returns what is counted and not archived.
func (j *Journal) Backlog(ctx context.Context) (journal.Backlog, error) {
	ctx, cancel := withTimeout(ctx)
	defer cancel()
	pipe := j.conn.Client.Pipeline()
	lengths, firsts := make([]*redis.IntCmd, len(allPartitions)), make([]*redis.XMessageSliceCmd, len(allPartitions))
	for _, p := range allPartitions {
		if err := j.conn.Ready(p); err != nil {
			return journal.Backlog{}, fmt.Errorf("measure the journal: %w", err)
		}
		key := j.conn.Key(p, keyJournal)
		lengths[p], firsts[p] = pipe.XLen(ctx, key), pipe.XRangeN(ctx, key, "-", "+", 1)
	}
	_, _ = pipe.Exec(ctx) // each answer has its own error
	var b journal.Backlog
	for _, p := range allPartitions {
		if err := j.conn.Observe(p, errors.Join(lengths[p].Err(), firsts[p].Err())); err != nil {
			return journal.Backlog{}, fmt.Errorf("measure the journal: %w", err)
		}
		b.Entries += lengths[p].Val()
		for _, m := range firsts[p].Val() {
			ms, _, _ := strings.Cut(m.ID, "-")
			n, err := strconv.ParseInt(ms, 10, 64)
			if err != nil {
				return journal.Backlog{}, fmt.Errorf("an entry of the journal is called %q", m.ID)
			}
			if at := time.UnixMilli(n).UTC(); b.Oldest.IsZero() || at.Before(b.Oldest) {
				b.Oldest = at
			}
		}
	}
	return b, nil
}

// readEntry returns the entry that the script wrote. Its fields are e, the epoch;
// d, the records of all reports of the call; s, a byte for each that is 1 if the
// report was counted; and k, minutes in which counting worked that are new.
func readEntry(partition int, m redis.XMessage) (journal.Entry, error) {
	text := func(field string) string { s, _ := m.Values[field].(string); return s }
	e := journal.Entry{Partition: partition, ID: m.ID}
	var err error
	if e.Epoch, err = strconv.ParseInt(text("e"), 10, 64); err != nil {
		return e, fmt.Errorf("its epoch is %q", text("e"))
	}
	if e.Reports, err = readRecords([]byte(text("d")), text("s")); err != nil {
		return e, err
	}
	minutes := []byte(text("k"))
	for ; len(minutes) >= knownLayout.size; minutes = minutes[knownLayout.size:] {
		e.Known = append(e.Known, window.Minute(binary.BigEndian.Uint32(minutes)).Start())
	}
	return e, nil
}
