package cluster

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/outcry/outcry/pkg/redisconn"
)

// keyArchive, in the partition 0, is a string that names the archive the windows
// go to. It holds for belongTime after Belong last confirmed it.
const (
	keyArchive = "archive"
	belongTime = 7 * 24 * time.Hour
)

// ErrOtherArchive says that the windows in Redis go to another archive.
var ErrOtherArchive = errors.New("this Redis holds the windows of another database: set OUTCRY_REDIS_URL and OUTCRY_DATABASE_URL " +
	"to the same two in every process, or name an empty Redis")

// Belong binds the windows in the Redis behind conn to an archive, by its identity,
// or confirms that. Two archives behind one Redis would each get a part of the
// reports, and a simulation would count among the real ones.
func Belong(ctx context.Context, conn *redisconn.Conn, archive string) error {
	if err := conn.Ready(0); err != nil {
		return fmt.Errorf("look whose windows Redis holds: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, redisconn.CallTimeout)
	defer cancel()
	key := conn.Key(0, keyArchive)
	pipe := conn.TxPipeline()
	pipe.SetNX(ctx, key, archive, belongTime)
	present := pipe.Get(ctx, key)
	pipe.PExpire(ctx, key, belongTime)
	_, err := pipe.Exec(ctx)
	if err := conn.Observe(0, err); err != nil && !errors.Is(err, redis.Nil) {
		return fmt.Errorf("look whose windows Redis holds: %w", err)
	}
	if present.Val() != archive {
		return ErrOtherArchive
	}
	return nil
}
