package cluster

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/outcry/outcry/pkg/publish"
)

// Events returns up to limit events after the one with ID after, oldest first.
// Missed reports that events between after and the first one are lost: they are
// no longer kept, or Redis never had an event of that ID. The reader must then
// start from scratch.
func (c *Conclusions) Events(ctx context.Context, after int64, limit int) (events []publish.Event, missed bool, err error) {
	var page, first, last []redis.XMessage
	err = c.call(ctx, func(ctx context.Context) error {
		pipe := c.conn.Client.TxPipeline() // all three of the same moment
		from := "(" + strconv.FormatInt(after, 10) + "-1"
		pageCmd := pipe.XRangeN(ctx, c.key(keyEvents), from, "+", int64(limit))
		firstCmd := pipe.XRangeN(ctx, c.key(keyEvents), "-", "+", 1)
		lastCmd := pipe.XRevRangeN(ctx, c.key(keyEvents), "+", "-", 1)
		_, err := pipe.Exec(ctx)
		page, first, last = pageCmd.Val(), firstCmd.Val(), lastCmd.Val()
		return err
	})
	if err != nil {
		return nil, false, fmt.Errorf("read events after %d: %w", after, err)
	}
	for _, m := range page {
		e, err := readEvent(m)
		if err != nil {
			return nil, false, fmt.Errorf("read event %s: %w", m.ID, err)
		}
		events = append(events, e)
	}
	if len(last) == 0 {
		return events, after != 0, nil
	}
	oldest, oldestErr := eventNumber(first[0])
	newest, newestErr := eventNumber(last[0])
	// Numbers have gaps. So any number before the oldest may have been followed by
	// events that are gone.
	return events, after < oldest && after != 0 || after > newest, errors.Join(oldestErr, newestErr)
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
