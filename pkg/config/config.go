// Package config reads the settings of Outcry from the environment: every one
// has a default, and everything that is wrong is told at once. Values that are
// secret may also come from a file that a variable of the same name with _FILE
// names.
package config

import (
	"log/slog"
	"net/netip"
	"time"
)

// Prefix begins the name of every setting.
const Prefix = "OUTCRY_"

// Config is every setting. The tags of a field are its name without Prefix, its
// default, what a value must be, and what it is for.
type Config struct {
	Listen        string `env:"LISTEN" envDefault:":8080" doc:"address to serve on"`
	MetricsListen string `env:"METRICS_LISTEN" doc:"address to serve /metrics on, which should not be public; none: no metrics"`
	PublicURL     string `env:"PUBLIC_URL" doc:"scheme and host under which visitors reach this server, such as https://outcry.example; none: what the request says"`
	// TrustedProxies may say for whom they speak. Nobody else is believed.
	TrustedProxies []netip.Prefix `env:"TRUSTED_PROXIES" must:"be addresses or networks such as 10.0.0.0/8, with commas between them" doc:"addresses and networks of reverse proxies whose X-Forwarded-For is believed"`

	Data         string `env:"DATA" envDefault:"./data" doc:"folder for everything that Outcry writes in the embedded mode"`
	RedisURL     string `env:"REDIS_URL" secret:"true" doc:"Redis for the windows of the distributed mode, such as redis://:PASSWORD@HOST:6379; nodes of a cluster with commas between them"`
	RedisCluster bool   `env:"REDIS_CLUSTER" envDefault:"false" must:"be true or false" doc:"whether OUTCRY_REDIS_URL lists nodes of a Redis Cluster"`
	DatabaseURL  string `env:"DATABASE_URL" secret:"true" doc:"Postgres for the archive of the distributed mode, such as postgres://NAME:PASSWORD@HOST:5432/DATABASE"`
	// Retention is how long reports themselves are kept; rollups and incidents
	// are kept for ever. A week lets an operator look at last weekend's reports.
	// The least is what a restart needs to fill the windows again.
	Retention time.Duration `env:"RETENTION" envDefault:"168h" must:"be a duration such as 168h" doc:"how long single reports are kept; rollups and incidents stay"`

	Catalog      string `env:"CATALOG" doc:"catalog file in place of the one in the program"`
	CatalogExtra string `env:"CATALOG_EXTRA" doc:"catalog file whose services are added"`
	GeoIP        string `env:"GEOIP" doc:".mmdb file with the countries of addresses in place of the database in the program"`

	FalseAlarms     float64       `env:"FALSE_ALARMS" envDefault:"1" must:"be a number" doc:"false alarms allowed a day over all services, before the networks behind them are asked for"`
	WarningNetworks int           `env:"WARNING_NETWORKS" envDefault:"3" must:"be a whole number" doc:"fewest distinct networks behind a warning"`
	OutageNetworks  int           `env:"OUTAGE_NETWORKS" envDefault:"10" must:"be a whole number" doc:"fewest distinct networks behind an outage"`
	Tick            time.Duration `env:"TICK" envDefault:"10s" must:"be a duration such as 10s" doc:"how often services are judged"`

	Limits    string     `env:"LIMITS" envDefault:"on" doc:"off: no rate limits, and every device is believed; for load tests on one's own machine only"`
	Simulated bool       `env:"SIMULATED" envDefault:"false" must:"be true or false" doc:"mark every page, embed and answer as simulated"`
	Log       slog.Level `env:"LOG" envDefault:"info" must:"be debug, info, warn or error" doc:"least level that is logged: debug, info, warn or error"`
	LogFormat string     `env:"LOG_FORMAT" envDefault:"text" doc:"text or json"`

	settings []Setting
}

// Setting is one setting as an operator sees it.
type Setting struct {
	Name    string // with Prefix
	Value   string // "set" for a secret that is set
	Default string
	Source  string // "default", "environment" or "file NAME"
	Doc     string
	Secret  bool
}

// Distributed tells whether this is one of many processes on Redis and
// Postgres, instead of the only one on its data folder.
func (c Config) Distributed() bool { return c.RedisURL != "" && c.DatabaseURL != "" }

// Settings returns every setting, in the order of Config.
func (c Config) Settings() []Setting { return c.settings }

// Default returns the settings of an empty environment.
func Default() Config {
	c, err := Load(nil)
	if err != nil {
		panic(err) // a default of ours is wrong
	}
	return c
}
