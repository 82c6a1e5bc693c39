// Package redisconn is the connection to Redis or Redis Cluster that the parts
// of the distributed mode share. It is checked when it is opened, and while
// Redis is away callers learn so at once instead of waiting for it.
//
// All keys lie in one of window.Partitions hash slots, one for each partition,
// so that what belongs together can be changed in one step. Partitions fail
// and come back on their own: a cluster may have lost one node of three.
package redisconn

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

const (
	// patience is how long a connection, a write or an answer may take. The
	// client's own defaults are ten times that.
	answerTimeout = 500 * time.Millisecond
	// Patience is how long a call may take in all, with the one retry it has.
	CallTimeout = 3 * answerTimeout
)

// Options say which Redis, and what is shared in it.
type Options struct {
	URL     string // as in OUTCRY_REDIS_URL
	Cluster bool   // URL lists nodes of a Redis Cluster
	// Prefix begins every key, so that one Redis may serve several installations.
	// Empty: DefaultPrefix.
	Prefix string
	Log    *slog.Logger // nil discards
}

// DefaultPrefix begins every key of an installation that chooses no other.
const DefaultPrefix = "outcry:"

// Conn is a connection to Redis. Run notices when Redis is back.
type Conn struct {
	redis.UniversalClient
	prefix string
	log    *slog.Logger
	down   partitionSet
}

// silent takes what the client would write to the standard error by itself:
// addresses. What matters of it comes back as errors.
type discardLogger struct{}

func (discardLogger) Printf(context.Context, string, ...any) {}

func init() { redis.SetLogger(discardLogger{}) }

// Open connects to Redis and looks whether it can serve. The error says what to
// do about it, and neither address nor password.
func Open(ctx context.Context, o Options) (*Conn, error) {
	settings, err := parseURLs(o.URL, o.Cluster)
	if err != nil {
		return nil, fmt.Errorf("OUTCRY_REDIS_URL: %w", err)
	}
	settings.IsClusterMode = o.Cluster
	settings.Protocol = 2
	settings.DialTimeout, settings.ReadTimeout, settings.WriteTimeout = answerTimeout, answerTimeout, answerTimeout
	settings.PoolTimeout = answerTimeout
	settings.DialerRetries, settings.MaxRetries = 1, 1
	// In a cluster these are the retries. They end before Patience does: the
	// client takes what all nodes answered for lost when time runs out between two.
	settings.MaxRedirects = 1
	settings.MinRetryBackoff, settings.MaxRetryBackoff = 10*time.Millisecond, 50*time.Millisecond
	settings.ContextTimeoutEnabled = true
	settings.DisableIdentity = true
	settings.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}

	c := &Conn{UniversalClient: redis.NewUniversalClient(settings), prefix: o.Prefix, log: o.Log}
	if c.prefix == "" {
		c.prefix = DefaultPrefix
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	ctx, cancel := context.WithTimeout(ctx, 2*CallTimeout)
	defer cancel()
	if err := c.check(ctx, o.Cluster); err != nil {
		return nil, errors.Join(fmt.Errorf("OUTCRY_REDIS_URL: %w", err), c.Close())
	}
	return c, nil
}

// Key returns the key that is called name in a partition. All keys of a
// partition lie in one hash slot.
func (c *Conn) Key(partition int, name string) string {
	return c.prefix + "{p" + string([]byte{byte('0' + partition/10), byte('0' + partition%10)}) + "}:" + name
}
