package redisconn_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"testing"

	"github.com/outcry/outcry/internal/redistest"
	"github.com/outcry/outcry/pkg/redisconn"
)

func TestOpenFailsWithTheReasonAndNoSecret(t *testing.T) {
	locked := redistest.Start(t, "--requirepass", "the-secret")
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := free.Addr().String()
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	node, _, _ := strings.Cut(redistest.ClusterURL(t), ",")
	for _, c := range []struct {
		name    string
		url     string
		cluster bool
		want    string
	}{
		{"a wrong password", "redis://:wrong-secret@" + locked.Addr(), false, "refuses the user or the password"},
		{"no password", locked.URL(), false, "refuses the user or the password"},
		{"nobody there", "redis://user:the-secret@" + closed, false, "no connection to Redis"},
		{"a host that does not exist", "redis://user:the-secret@redis.invalid:6379", false, "Redis"},
		{"a cluster without the switch", node, false, "set OUTCRY_REDIS_CLUSTER=true"},
		{"the switch without a cluster", redistest.URL(t), true, "leave OUTCRY_REDIS_CLUSTER out"},
		{"several addresses without the switch", "redis://a:1,redis://b:2", false, "OUTCRY_REDIS_CLUSTER=true"},
		{"a number with a cluster", "redis://a:1/3", true, "no numbered databases"},
		{"TLS at some nodes", "redis://a:1,rediss://b:2", true, "all with rediss://"},
		{"another scheme", "postgres://user:the-secret@" + closed, false, "is not like redis://"},
		{"no URL at all", "redis://user:the-secret@%zz", false, "is not like redis://"},
	} {
		t.Run(c.name, func(t *testing.T) {
			conn, err := redisconn.Open(t.Context(), redisconn.Options{URL: c.url, Cluster: c.cluster})
			if err == nil {
				conn.Client.Close()
				t.Fatalf("Open with %s succeeds, want an error", c.name)
			}
			if !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "OUTCRY_REDIS_URL") {
				t.Errorf("Open with %s: %q, want an error with OUTCRY_REDIS_URL and %q", c.name, err, c.want)
			}
			for _, secret := range []string{"secret", "127.0.0.1", "redis.invalid"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("Open with %s: %q has %q in it", c.name, err, secret)
				}
			}
		})
	}
}

func TestOpenWarnsOfConfigurationsThatLoseReports(t *testing.T) {
	for _, c := range []struct {
		args           []string
		warnPolicy     bool
		warnAppendOnly bool
	}{
		{[]string{"--maxmemory-policy", "allkeys-lru", "--appendonly", "no"}, true, true},
		{[]string{"--maxmemory-policy", "noeviction", "--appendonly", "yes"}, false, false},
	} {
		server := redistest.Start(t, c.args...)
		var log bytes.Buffer
		conn, err := redisconn.Open(t.Context(), redisconn.Options{URL: server.URL(), Log: slog.New(slog.NewTextHandler(&log, nil))})
		if err != nil {
			t.Fatal(err)
		}
		if err := conn.Client.Close(); err != nil {
			t.Error(err)
		}
		text := log.String()
		if strings.Contains(text, "maxmemory-policy") != c.warnPolicy || strings.Contains(text, "appendonly") != c.warnAppendOnly {
			t.Errorf("Open with %v logs:\n%s\nwant a warning of maxmemory-policy: %t, of appendonly: %t", c.args, text, c.warnPolicy, c.warnAppendOnly)
		}
		if strings.Contains(text, server.Addr()) {
			t.Errorf("Open logs an address:\n%s", text)
		}
	}
}

func TestKeysOfAPartitionHaveOneHashTag(t *testing.T) {
	redistest.OnEach(t, func(t *testing.T, connect redistest.Connect) {
		c := connect(t)
		for _, p := range []int{0, 7, 63} {
			if key, want := c.Key(p, "epoch"), fmt.Sprintf("{p%02d}:epoch", p); !strings.HasSuffix(key, want) {
				t.Errorf("Key(%d) = %q, want it to end in %q", p, key, want)
			}
		}
	})
}
