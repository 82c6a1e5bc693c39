package redisstore

import (
	"context"
	"embed"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

//go:embed lua/*.lua
var scriptFiles embed.FS

// countFiles are the files of countScript. Each uses what those before it define.
var countFiles = []string{"arguments", "symptoms", "recordset", "reports", "decide", "memory", "buckets", "networks", "finish"}

var (
	// countScript decides on reports and counts them.
	countScript = redis.NewScript(joinScript(countHeader(), countFiles...))
	// restoreScript sets what an archive has.
	restoreScript = redis.NewScript(joinScript(restoreHeader(), "restore"))
	// restoredScript marks an epoch as restored.
	restoredScript = redis.NewScript(joinScript("", "restored"))
)

// joinScript returns one script: the header and the named files in order.
func joinScript(header string, names ...string) string {
	var b strings.Builder
	b.WriteString("#!lua\n") // Redis wants this first
	b.WriteString(header)
	for _, name := range names {
		source, err := scriptFiles.ReadFile("lua/" + name + ".lua")
		if err != nil {
			panic(err) // the files are embedded
		}
		fmt.Fprintf(&b, "-- %s.lua\n%s", name, source)
	}
	return b.String()
}

// countHeader returns the constants of the files that countScript consists of.
func countHeader() string {
	return luaLayouts(limitsLayout, sizesLayout, spanLayout, minuteLayout, groupLayout, reportLayout, yesterdayLayout,
		countLayout, idLayout, reporterLayout, outcomeLayout) +
		luaNumber("ID_CELL", idLayout.offset("cell")) +
		luaNumber("REPORTER_DEVICE", reporterLayout.offset("device")) +
		luaNumber("OUTCOME_KNOWN", outcomeKnown) +
		luaNumber("PROBLEM", int(report.Problem)) + luaNumber("VISIT", int(report.Visit)) +
		luaNumber("COUNTED", int(window.Counted)) + luaNumber("REPEAT", int(window.Repeat)) + luaNumber("LIMITED", int(window.Limited))
}

// restoreHeader returns the constants of restore.lua.
func restoreHeader() string {
	return luaLayouts(spanLayout, countLayout, restoreLayout, restoreBucketLayout, restoreKnownLayout, restoreActiveLayout) +
		luaNumber("BUCKET", int(restoreBucket)) + luaNumber("KNOWN_MINUTE", int(restoreKnown)) + luaNumber("ACTIVE", int(restoreActive))
}

func luaLayouts(layouts ...*layout) string {
	var b strings.Builder
	for _, l := range layouts {
		b.WriteString(l.lua())
	}
	return b.String()
}

func luaNumber(name string, n int) string { return fmt.Sprintf("local %s = %d\n", name, n) }

// eval runs a script for each call, all in one round trip to each node, and
// returns their answers and errors in the same order.
func (s *Store) eval(ctx context.Context, script *redis.Script, calls []call) ([]any, []error) {
	answers, errs := make([]any, len(calls)), make([]error, len(calls))
	ctx, cancel := withTimeout(ctx)
	defer cancel()
	var reachable []int
	for i, c := range calls {
		if errs[i] = s.conn.Ready(c.partition); errs[i] == nil {
			reachable = append(reachable, i)
		}
	}
	// run runs the calls at some places, and returns the places where the node
	// does not have the script.
	run := func(places []int, start func(redis.Pipeliner, call) *redis.Cmd) (noScript []int) {
		if len(places) == 0 {
			return nil
		}
		pipe := s.conn.Client.Pipeline()
		sent := make([]*redis.Cmd, len(places))
		for n, i := range places {
			sent[n] = start(pipe, calls[i])
		}
		_, _ = pipe.Exec(ctx) // each answer has its own error
		for n, i := range places {
			answer, err := sent[n].Result()
			if redis.HasErrorPrefix(err, "NOSCRIPT") {
				noScript = append(noScript, i)
				continue
			}
			answers[i], errs[i] = answer, s.conn.Observe(calls[i].partition, err)
		}
		return noScript
	}
	noScript := run(reachable, func(pipe redis.Pipeliner, c call) *redis.Cmd { return script.EvalSha(ctx, pipe, c.keys, c.args...) })
	run(noScript, func(pipe redis.Pipeliner, c call) *redis.Cmd { return script.Eval(ctx, pipe, c.keys, c.args...) })
	return answers, errs
}
