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

func TestOpenSaysWhatIsWrongAndNoSecret(t *testing.T) {
	locked := redistest.Start(t, "--requirepass", "the-secret")
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := free.Addr().String()
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
		{"nobody there", "redis://user:the-secret@" + nobody, false, "no connection to Redis"},
		{"a host that does not exist", "redis://user:the-secret@redis.invalid:6379", false, "Redis"},
		{"a cluster without the switch", node, false, "set OUTCRY_REDIS_CLUSTER=true"},
		{"the switch without a cluster", redistest.URL(t), true, "leave OUTCRY_REDIS_CLUSTER out"},
		{"several addresses without the switch", "redis://a:1,redis://b:2", false, "OUTCRY_REDIS_CLUSTER=true"},
		{"a number with a cluster", "redis://a:1/3", true, "no numbered databases"},
		{"TLS at some nodes", "redis://a:1,rediss://b:2", true, "all with rediss://"},
		{"another scheme", "postgres://user:the-secret@" + nobody, false, "is not like redis://"},
		{"no URL at all", "redis://user:the-secret@%zz", false, "is not like redis://"},
	} {
		t.Run(c.name, func(t *testing.T) {
			conn, err := redisconn.Open(t.Context(), redisconn.Options{URL: c.url, Cluster: c.cluster})
			if err == nil {
				conn.Close()
				t.Fatal("it opened")
			}
			if !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "OUTCRY_REDIS_URL") {
				t.Errorf("error %q, want it to name OUTCRY_REDIS_URL and say %q", err, c.want)
			}
			for _, secret := range []string{"secret", "127.0.0.1", "redis.invalid"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("error %q betrays %q", err, secret)
				}
			}
		})
	}
}

func TestOpenWarnsOfWhatLosesCounts(t *testing.T) {
	for _, c := range []struct {
		args   []string
		policy bool
		log    bool
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
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
		text := log.String()
		if strings.Contains(text, "maxmemory-policy") != c.policy || strings.Contains(text, "appendonly") != c.log {
			t.Errorf("with %v the log says:\n%s", c.args, text)
		}
		if strings.Contains(text, server.Addr()) {
			t.Errorf("the log betrays an address:\n%s", text)
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
