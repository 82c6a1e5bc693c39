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

// The layout of the keys in Redis and of the values in them, as the scripts write
// them. Raise both when processes of the version before cannot live with a change; a
// change that they can live with raises layoutKnown only.
const (
	// layoutKnown is the newest layout that this version understands.
	layoutKnown = 2 // 2: a tick is kept in parts
	// layoutNeeded is what a version must understand beside this one.
	layoutNeeded = 1
	// keyLayout, of the shared partition, is the highest layoutNeeded of the processes
	// that ran in the last bindingTime.
	keyLayout = "layout"
)

// ErrNewerLayout is the error of BindArchive when a newer version has written to Redis
// what this one does not understand.
var ErrNewerLayout = errors.New("this Redis holds windows of a newer version of Outcry: start that version or a later one, " +
	"or name an empty Redis with OUTCRY_REDIS_URL; its windows are then restored from the database")

// ErrOtherArchive is the error of BindArchive when Redis is bound to another
// archive.
var ErrOtherArchive = errors.New("this Redis holds the windows of another database: set OUTCRY_REDIS_URL and OUTCRY_DATABASE_URL " +
	"to the same two in every process, or name an empty Redis")

// BindArchive binds the windows in the Redis behind conn to the archive with an
// identity, or confirms that they are, and checks that this version understands them.
// Two archives behind one Redis would each get a part of the reports, and a
// simulation would count among real reports.
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
	layout := sharedKey(conn, keyLayout)
	needed := pipe.Get(ctx, layout)
	pipe.PExpire(ctx, layout, bindingTime)
	_, err := pipe.Exec(ctx)
	if err := conn.Observe(sharedPartition, err); err != nil && !errors.Is(err, redis.Nil) {
		return fmt.Errorf("read which archive Redis is bound to: %w", err)
	}
	if bound.Val() != identity {
		return ErrOtherArchive
	}
	return bindLayout(ctx, conn, needed)
}

// bindLayout notes which layout a process must understand. needed is what was noted
// before.
func bindLayout(ctx context.Context, conn *redisconn.Conn, needed *redis.StringCmd) error {
	before, err := needed.Int()
	switch {
	case err != nil && !errors.Is(err, redis.Nil):
		return fmt.Errorf("read which version Redis needs: %w", err)
	case before > layoutKnown:
		return ErrNewerLayout
	case before >= layoutNeeded:
		return nil
	}
	if err := conn.Client.Set(ctx, sharedKey(conn, keyLayout), layoutNeeded, bindingTime).Err(); err != nil {
		return fmt.Errorf("note which version Redis needs: %w", err)
	}
	return nil
}
