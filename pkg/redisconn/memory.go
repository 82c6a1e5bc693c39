package redisconn

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// UsedMemory returns the bytes that the data of a Redis takes; of a cluster,
// those of one of its nodes.
func (c *Conn) UsedMemory(ctx context.Context) (float64, error) {
	info, err := c.Info(ctx, "memory").Result()
	if err != nil {
		return 0, fmt.Errorf("ask Redis for its memory: %w", err)
	}
	_, digits, found := strings.Cut(info, "used_memory:")
	digits, _, _ = strings.Cut(digits, "\r")
	if !found {
		return 0, errors.New("ask for used memory: Redis does not say how much it is")
	}
	return strconv.ParseFloat(digits, 64)
}
