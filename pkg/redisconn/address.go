package redisconn

import (
	"errors"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"
)

// parseURLs parses the setting OUTCRY_REDIS_URL. That is one URL or, for a
// cluster, a list of its nodes with commas between them; the first node may have
// the user and password of all. The errors repeat nothing of the URL, which may
// hold a password.
func parseURLs(urls string, cluster bool) (*redis.UniversalOptions, error) {
	var all *redis.UniversalOptions
	for i, text := range strings.Split(urls, ",") {
		text = strings.TrimSpace(text)
		if !strings.Contains(text, "://") {
			text = "redis://" + text
		}
		o, err := redis.ParseURL(text)
		if err != nil || o.Network != "tcp" {
			return nil, fmt.Errorf("address %d is not like redis://user:password@host:6379/0 (rediss:// with TLS)", i+1)
		}
		switch {
		case all == nil:
			all = &redis.UniversalOptions{Username: o.Username, Password: o.Password, DB: o.DB, TLSConfig: o.TLSConfig}
		case !cluster:
			return nil, errors.New("it has several addresses, which only a Redis Cluster has (OUTCRY_REDIS_CLUSTER=true)")
		case o.TLSConfig == nil != (all.TLSConfig == nil):
			return nil, errors.New("all its addresses must begin with redis://, or all with rediss://")
		}
		all.Addrs = append(all.Addrs, o.Addr)
	}
	if cluster && all.DB != 0 {
		return nil, errors.New("a Redis Cluster has no numbered databases; leave the number out")
	}
	return all, nil
}
