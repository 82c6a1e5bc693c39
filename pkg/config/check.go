package config

import (
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	// leastRetention covers window.Retention, which a restart fills again from
	// reports, and the delay of the rollups.
	leastRetention      = 27 * time.Hour
	leastTick, mostTick = time.Second, time.Minute
	// One false alarm in three years is less than the forecasts can promise; more
	// than a thousand a day is no detector.
	leastFalse, mostFalse = 0.001, 1000.0
)

// check tells what is wrong with values that are of the right type, and brings
// PublicURL into its plain form.
func (l *loader) check(c *Config) {
	l.must("LISTEN", isListen(c.Listen), "%q is not an address to listen on, such as :8080 or 127.0.0.1:8080", c.Listen)
	l.must("METRICS_LISTEN", c.MetricsListen == "" || isListen(c.MetricsListen), "%q is not an address to listen on, such as 127.0.0.1:9090", c.MetricsListen)
	l.must("METRICS_LISTEN", c.MetricsListen == "" || c.MetricsListen != c.Listen, "is the same as OUTCRY_LISTEN; metrics need an address of their own, which is not public")
	c.PublicURL = strings.TrimSuffix(c.PublicURL, "/")
	l.must("PUBLIC_URL", c.PublicURL == "" || isOrigin(c.PublicURL), "%q is not a scheme and host such as https://outcry.example", c.PublicURL)
	for _, p := range c.TrustedProxies {
		l.must("TRUSTED_PROXIES", p.Bits() > 0, "%s is everyone: then anybody could report from any address; name the networks of the proxies", p)
	}
	l.must("RETENTION", c.Retention >= leastRetention, "%s is too short: a restart fills the windows from the reports of the last %s", c.Retention, leastRetention)
	l.must("FALSE_ALARMS", c.FalseAlarms >= leastFalse && c.FalseAlarms <= mostFalse, "%v must be from %v to %v", c.FalseAlarms, leastFalse, mostFalse)
	l.must("WARNING_NETWORKS", c.WarningNetworks >= 1, "%d must be at least 1", c.WarningNetworks)
	if !slices.Contains(l.failed, Prefix+"WARNING_NETWORKS") {
		l.must("OUTAGE_NETWORKS", c.OutageNetworks >= c.WarningNetworks, "%d must not be less than the %d of OUTCRY_WARNING_NETWORKS", c.OutageNetworks, c.WarningNetworks)
	}
	l.must("TICK", c.Tick >= leastTick && c.Tick <= mostTick, "%s must be from %s to %s", c.Tick, leastTick, mostTick)
	l.must("LIMITS", c.Limits == "on" || c.Limits == "off", "%q must be on or off", c.Limits)
	l.must("LOG_FORMAT", c.LogFormat == "text" || c.LogFormat == "json", "%q must be text or json", c.LogFormat)
	l.checkMode(c)
}

// must fails a setting unless ok, or unless its value failed before.
func (l *loader) must(setting string, ok bool, format string, args ...any) {
	if !ok && !slices.Contains(l.failed, Prefix+setting) {
		l.fail(Prefix+setting, format, args...)
	}
}

// checkMode refuses half of a distributed mode.
func (l *loader) checkMode(c *Config) {
	switch {
	case c.Distributed():
	case c.RedisURL != "":
		l.fail(Prefix+"REDIS_URL", "is set without OUTCRY_DATABASE_URL: windows in Redis need an archive that all processes share; set both, or neither for the embedded mode")
	case c.DatabaseURL != "":
		l.fail(Prefix+"DATABASE_URL", "is set without OUTCRY_REDIS_URL: an archive in Postgres needs windows that all processes share; set both, or neither for the embedded mode")
	case c.RedisCluster:
		l.fail(Prefix+"REDIS_CLUSTER", "says how OUTCRY_REDIS_URL is spoken to, which is not set")
	}
}

func isListen(s string) bool {
	_, port, err := net.SplitHostPort(s)
	if err != nil {
		return false
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return err == nil
}

func isOrigin(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && s == u.Scheme+"://"+u.Host
}
