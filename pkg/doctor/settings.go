package doctor

import (
	"context"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strings"

	"github.com/outcry/outcry/pkg/config"
)

const settings = "settings"

// checkSettings reports every setting that is wrong, unknown or contradicts another.
func (e *exam) checkSettings(context.Context) {
	before := len(e.findings)
	for _, err := range e.errs {
		e.fault(settings, err.Error(), "correct the setting; outcry config lists all settings with their meaning")
	}
	misspelt := config.Misspelt(e.Environ)
	for _, name := range slices.Sorted(maps.Keys(misspelt)) {
		e.fault(settings, fmt.Sprintf("the variable %s is not read: settings begin with %s, in capital letters", name, config.Prefix),
			"write "+misspelt[name]+", or remove the variable")
	}
	c := e.config
	if c.Limits == "off" && !isLoopback(c.Listen) {
		e.fault(settings, "OUTCRY_LIMITS is off and OUTCRY_LISTEN is "+c.Listen+": anybody on the network can count as often as they like",
			"remove OUTCRY_LIMITS; it is for load tests on your own machine")
	}
	if c.Simulated && strings.HasPrefix(c.PublicURL, "https://") {
		e.warn(settings, "OUTCRY_SIMULATED is true on a server with a public URL: all of its pages say that nothing is real", "remove OUTCRY_SIMULATED if this server is for the public")
	}
	if c.Distributed() && slices.ContainsFunc(c.Settings(), func(s config.Setting) bool { return s.Name == "OUTCRY_DATA" && s.Source != "default" }) {
		e.warn(settings, "OUTCRY_DATA is not used: with OUTCRY_REDIS_URL and OUTCRY_DATABASE_URL no files are written", "remove OUTCRY_DATA, or the two URLs for the embedded mode")
	}
	if host, _, err := net.SplitHostPort(c.MetricsListen); err == nil && !isLoopback(c.MetricsListen) && !isPrivate(host) {
		e.warn(settings, "OUTCRY_METRICS_LISTEN is "+c.MetricsListen+": metrics and profiles are open to everybody who reaches this machine",
			"listen on 127.0.0.1 or a private address, or let a firewall admit Prometheus only")
	}
	e.sound(before, settings, "%d are set, none is wrong or contradicts another", e.settingsSet())
}

// settingsSet returns how many settings are not left at their default.
func (e *exam) settingsSet() (n int) {
	for _, s := range e.config.Settings() {
		if s.Source != "default" {
			n++
		}
	}
	return n
}

// isLoopback reports whether an address to listen on is reached from this machine only.
func isLoopback(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return false
	}
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}

// isPrivate reports whether a host is an address of a private network.
func isPrivate(host string) bool {
	addr, err := netip.ParseAddr(host)
	return err == nil && (addr.IsPrivate() || addr.IsLinkLocalUnicast())
}
