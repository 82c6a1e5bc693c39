// Package redisconn opens the connection to Redis or Redis Cluster that all parts
// of the distributed mode share. It checks the servers when it opens, and makes
// calls fail at once while Redis is unreachable. What is stored there is defined
// by the packages that use it.
//
// Each of the window.Partitions partitions has all its keys in one hash slot, so
// that one script can change them together. Partitions become unreachable one by
// one: a cluster may have lost one node of three.
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
	// answerTimeout limits each connection, write and read. The client's own
	// defaults are ten times that.
	answerTimeout = 500 * time.Millisecond
	// CallTimeout limits a call with its one retry.
	CallTimeout = 3 * answerTimeout
)

// Options configure a connection.
type Options struct {
	URL     string // as in OUTCRY_REDIS_URL
	Cluster bool   // URL lists nodes of a Redis Cluster
	// Prefix begins every key, so that one Redis can serve several installations.
	// If it is empty, it is DefaultPrefix.
	Prefix string
	Log    *slog.Logger // nil discards
}

// DefaultPrefix is the prefix of an installation that sets none.
const DefaultPrefix = "outcry:"

// Conn is a connection to Redis. While Run runs, it notices when Redis is back.
type Conn struct {
	Client redis.UniversalClient
	prefix string
	log    *slog.Logger
	down   partitionSet
}

// discardLogger discards what the client would log by itself, which has addresses
// in it. What matters of it is returned as errors too.
type discardLogger struct{}

func (discardLogger) Printf(context.Context, string, ...any) {}

func init() { redis.SetLogger(discardLogger{}) }

// Open connects to Redis and checks that it can serve. The error says what to do
// about it, and has neither address nor password in it.
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
	// In a cluster redirects are the retries. They must end within CallTimeout: if
	// it ends between two of them, the client drops the answers of all nodes.
	settings.MaxRedirects = 1
	settings.MinRetryBackoff, settings.MaxRetryBackoff = 10*time.Millisecond, 50*time.Millisecond
	settings.ContextTimeoutEnabled = true
	settings.DisableIdentity = true
	settings.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}

	c := &Conn{Client: redis.NewUniversalClient(settings), prefix: o.Prefix, log: o.Log}
	if c.prefix == "" {
		c.prefix = DefaultPrefix
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	ctx, cancel := context.WithTimeout(ctx, 2*CallTimeout)
	defer cancel()
	if err := c.check(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("OUTCRY_REDIS_URL: %w", err), c.Client.Close())
	}
	return c, nil
}

// Key returns the key with a name in a partition. All keys of a partition lie in
// one hash slot.
func (c *Conn) Key(partition int, name string) string {
	return c.prefix + "{p" + string([]byte{byte('0' + partition/10), byte('0' + partition%10)}) + "}:" + name
}
