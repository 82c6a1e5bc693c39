package redisconn

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// freePause is between two looks whether Redis has freed what was dropped.
const freePause = 10 * time.Millisecond

// UsedMemory returns the bytes that the data of a Redis takes, once what was
// dropped is freed: Redis does that in the background. Of a cluster, it is that
// of one node.
func (c *Conn) UsedMemory(ctx context.Context) (float64, error) {
	for {
		info, err := c.Info(ctx, "memory").Result()
		if err != nil {
			return 0, fmt.Errorf("ask Redis for its memory: %w", err)
		}
		pending, err := infoNumber(info, "lazyfree_pending_objects")
		if err != nil {
			return 0, err
		}
		if pending == 0 {
			return infoNumber(info, "used_memory")
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(freePause):
		}
	}
}

// figure reads a number in what Redis says of itself.
func infoNumber(info, name string) (float64, error) {
	_, digits, found := strings.Cut(info, "\n"+name+":")
	digits, _, _ = strings.Cut(digits, "\r")
	if !found {
		return 0, errors.New("ask Redis for its memory: it does not say its " + name)
	}
	return strconv.ParseFloat(digits, 64)
}
