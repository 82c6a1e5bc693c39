package cluster

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/outcry/outcry/pkg/redisconn"
)

// keyArchive, of the shared partition, is a string with the identity of the
// archive that the windows in Redis go to. It expires bindingTime after
// BindArchive last set or confirmed it.
const (
	keyArchive  = "archive"
	bindingTime = 7 * 24 * time.Hour
)

// ErrOtherArchive is the error of BindArchive when Redis is bound to another
// archive.
var ErrOtherArchive = errors.New("this Redis holds the windows of another database: set OUTCRY_REDIS_URL and OUTCRY_DATABASE_URL " +
	"to the same two in every process, or name an empty Redis")

// BindArchive binds the windows in the Redis behind conn to the archive with an
// identity, or confirms that they are. Two archives behind one Redis would each
// get a part of the reports, and a simulation would count among real reports.
func BindArchive(ctx context.Context, conn *redisconn.Conn, identity string) error {
	if err := conn.Ready(sharedPartition); err != nil {
		return fmt.Errorf("read which archive Redis is bound to: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, redisconn.CallTimeout)
	defer cancel()
	key := sharedKey(conn, keyArchive)
	pipe := conn.Client.TxPipeline()
	pipe.SetNX(ctx, key, identity, bindingTime)
	bound := pipe.Get(ctx, key)
	pipe.PExpire(ctx, key, bindingTime)
	_, err := pipe.Exec(ctx)
	if err := conn.Observe(sharedPartition, err); err != nil && !errors.Is(err, redis.Nil) {
		return fmt.Errorf("read which archive Redis is bound to: %w", err)
	}
	if bound.Val() != identity {
		return ErrOtherArchive
	}
	return nil
}
