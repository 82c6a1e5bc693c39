package config

import (
	"net"
	"net/mail"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/outcry/outcry/pkg/publicurl"
)

const (
	// minRetention covers window.Retention, which a restart restores from single
	// reports, and the delay of the rollups.
	minRetention     = 27 * time.Hour
	minSecret        = 32 // characters, as package seal asks for
	minTick, maxTick = time.Second, time.Minute
	maxDrainWait     = 5 * time.Minute
	// MinSharedDevices is the fewest devices of a SharedNetwork: window.MaxDevices.
	MinSharedDevices = 8
	// MaxSharedDevices is the most: window.MaxDevicesDeclared.
	MaxSharedDevices = 5000
	// The forecasts are not exact enough for less than one false alarm in three
	// years. More than a thousand a day are useless.
	minFalseAlarms, maxFalseAlarms = 0.001, 1000.0
)

// check adds errors for values that have the right type and are not allowed.
func (l *loader) check(c *Config) {
	l.must("LISTEN", isListen(c.Listen), "%q is not an address to listen on, such as :8080 or 127.0.0.1:8080", c.Listen)
	l.must("METRICS_LISTEN", c.MetricsListen == "" || isListen(c.MetricsListen), "%q is not an address to listen on, such as 127.0.0.1:9090", c.MetricsListen)
	l.must("METRICS_LISTEN", c.MetricsListen == "" || c.MetricsListen != c.Listen, "is the same as OUTCRY_LISTEN; metrics need an address of their own, which is not public")
	if c.PublicURL != "" {
		public, err := publicurl.Parse(c.PublicURL)
		l.must("PUBLIC_URL", err == nil, "%v", err)
		if err == nil {
			c.PublicURL = public.String()
		}
	}
	for _, p := range c.TrustedProxies {
		l.must("TRUSTED_PROXIES", p.Bits() > 0, "%s contains every address, so anybody could report from a made-up address; list the networks of the proxies", p)
	}
	for i, n := range c.SharedNetworks {
		l.must("SHARED_NETWORKS", n.Prefix.Bits() > 0, "%s contains every address; list the networks that are shared", n.Prefix)
		l.must("SHARED_NETWORKS", n.Devices >= MinSharedDevices && n.Devices <= MaxSharedDevices, "the %d devices of %s must be from %d to %d", n.Devices, n.Prefix, MinSharedDevices, MaxSharedDevices)
		isSame := func(other SharedNetwork) bool { return other.Prefix == n.Prefix }
		l.must("SHARED_NETWORKS", !slices.ContainsFunc(c.SharedNetworks[:i], isSame), "%s is listed twice", n.Prefix)
	}
	l.must("SECRET", c.Secret == "" || len(c.Secret) >= minSecret, "has %d characters; at least %d are needed, such as the output of openssl rand -hex 32", len(c.Secret), minSecret)
	l.must("RETENTION", c.Retention >= minRetention, "%s is too short: a restart restores the windows from the reports of the last %s", c.Retention, minRetention)
	l.must("FALSE_ALARMS", c.FalseAlarms >= minFalseAlarms && c.FalseAlarms <= maxFalseAlarms, "%v must be from %v to %v", c.FalseAlarms, minFalseAlarms, maxFalseAlarms)
	l.must("WARNING_NETWORKS", c.WarningNetworks >= 1, "%d must be at least 1", c.WarningNetworks)
	if !slices.Contains(l.mistyped, Prefix+"WARNING_NETWORKS") {
		l.must("OUTAGE_NETWORKS", c.OutageNetworks >= c.WarningNetworks, "%d must not be less than the %d of OUTCRY_WARNING_NETWORKS", c.OutageNetworks, c.WarningNetworks)
	}
	l.must("WARNING_HOLDERS", c.WarningHolders >= 1, "%d must be at least 1", c.WarningHolders)
	if !slices.Contains(l.mistyped, Prefix+"WARNING_HOLDERS") {
		l.must("OUTAGE_HOLDERS", c.OutageHolders >= c.WarningHolders, "%d must not be less than the %d of OUTCRY_WARNING_HOLDERS", c.OutageHolders, c.WarningHolders)
	}
	l.must("TICK", c.Tick >= minTick && c.Tick <= maxTick, "%s must be from %s to %s", c.Tick, minTick, maxTick)
	l.must("DRAIN_WAIT", c.DrainWait >= 0 && c.DrainWait <= maxDrainWait, "%s must be from 0s to %s", c.DrainWait, maxDrainWait)
	l.must("LIMITS", c.Limits == "on" || c.Limits == "off", "%q must be on or off", c.Limits)
	l.must("LOG_FORMAT", c.LogFormat == "text" || c.LogFormat == "json", "%q must be text or json", c.LogFormat)
	l.checkMode(c)
	l.checkMail(c)
	l.checkBrand(c)
}

// must adds an error for a setting unless ok. It adds none if the value of the
// setting does not have the right type, because parse has added one already.
func (l *loader) must(setting string, ok bool, format string, args ...any) {
	if !ok && !slices.Contains(l.mistyped, Prefix+setting) {
		l.fail(Prefix+setting, format, args...)
	}
}

// checkMode adds an error if only a part of the distributed mode is set.
func (l *loader) checkMode(c *Config) {
	switch {
	case c.Distributed():
	case c.RedisURL != "":
		l.fail(Prefix+"REDIS_URL", "is set without OUTCRY_DATABASE_URL: windows in Redis need an archive that all processes share; set both, or neither for the embedded mode")
	case c.DatabaseURL != "":
		l.fail(Prefix+"DATABASE_URL", "is set without OUTCRY_REDIS_URL: an archive in Postgres needs windows that all processes share; set both, or neither for the embedded mode")
	case c.RedisCluster:
		l.fail(Prefix+"REDIS_CLUSTER", "is set without OUTCRY_REDIS_URL, which lists the nodes of the cluster")
	}
}

// checkMail adds an error if only a part of what e-mail needs is set.
func (l *loader) checkMail(c *Config) {
	if c.SMTPURL == "" {
		l.must("MAIL_FROM", c.MailFrom == "", "is set without OUTCRY_SMTP_URL, which names the server that sends e-mail")
		return
	}
	u, err := url.Parse(c.SMTPURL)
	l.must("SMTP_URL", err == nil && (u.Scheme == "smtp" || u.Scheme == "smtps") && u.Hostname() != "", "is not a URL such as smtps://NAME:PASSWORD@HOST:465, or smtp://HOST:587 for STARTTLS; characters such as @ in a password are written as %%40")
	from, err := mail.ParseAddress(c.MailFrom)
	l.must("MAIL_FROM", err == nil && from != nil, "%q is not an address such as Outcry <news@outcry.example>, which OUTCRY_SMTP_URL needs", c.MailFrom)
	l.must("PUBLIC_URL", c.PublicURL != "", "is not set; OUTCRY_SMTP_URL needs it for the links in e-mail, such as https://outcry.example")
	l.must("SECRET", !c.Distributed() || c.Secret != "", "is not set; OUTCRY_SMTP_URL needs it in the distributed mode, because it encrypts addresses")
}

// isListen reports whether s is an address to listen on.
func isListen(s string) bool {
	_, port, err := net.SplitHostPort(s)
	if err != nil {
		return false
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return err == nil
}
