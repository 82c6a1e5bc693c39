package redisconn

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// freePause is the time between two checks whether Redis has freed deleted keys.
const freePause = 10 * time.Millisecond

// UsedMemory returns the memory that Redis uses, in bytes. It first waits until
// Redis has freed deleted keys, which it does in the background. For a cluster it
// is that of one node.
func (c *Conn) UsedMemory(ctx context.Context) (float64, error) {
	for {
		info, err := c.Client.Info(ctx, "memory").Result()
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

// infoNumber returns a number in the text that INFO answers.
func infoNumber(info, name string) (float64, error) {
	_, digits, found := strings.Cut(info, "\n"+name+":")
	digits, _, _ = strings.Cut(digits, "\r")
	if !found {
		return 0, errors.New("ask Redis for its memory: INFO has no " + name)
	}
	return strconv.ParseFloat(digits, 64)
}
