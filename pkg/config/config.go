// Package config reads the settings of Outcry from the environment. Every setting
// has a default. One error lists all settings that are wrong.
//
// A secret may also come from a file, and so may a setting that is read again while
// the server runs. The variable with the name of the setting and the ending _FILE
// holds the path of that file.
package config

import (
	"log/slog"
	"net/netip"
	"time"
)

// Prefix begins the name of every setting.
const Prefix = "OUTCRY_"

// Config holds the value of every setting. The tags of a field are:
//
//	env         name without Prefix
//	envDefault  default value
//	must        what a value must be, for errors
//	doc         purpose, as outcry config prints it
//	secret      "true" if the value must not be printed
//	file        "true" if the value may come from a file though it is no secret
type Config struct {
	Listen        string `env:"LISTEN" envDefault:":8080" doc:"address to serve on"`
	MetricsListen string `env:"METRICS_LISTEN" doc:"address for /metrics, which should not be public; empty: no metrics"`
	// MetricsServices are slugs, which the catalog must have.
	MetricsServices []string `env:"METRICS_SERVICES" must:"be slugs of services such as whatsapp, with commas between them" doc:"slugs of services whose level, observed and expected reports /metrics exports, such as whatsapp,telegram"`
	PublicURL       string   `env:"PUBLIC_URL" doc:"where visitors reach this server, such as https://outcry.example or, below a path, https://example.org/outcry/; requests for other hosts are refused; empty: what each request or a trusted proxy says"`
	// TrustedProxies are the only addresses whose headers about the way of a request
	// are trusted.
	TrustedProxies []netip.Prefix `env:"TRUSTED_PROXIES" file:"true" must:"be addresses or networks such as 10.0.0.0/8, with commas between them" doc:"addresses and networks of reverse proxies whose X-Forwarded-For, -Proto, -Host and -Prefix or Forwarded are trusted"`

	// SharedNetworks lift the bound of window.MaxDevices, up to that of a declared
	// outage.
	SharedNetworks []SharedNetwork `env:"SHARED_NETWORKS" must:"be networks with a number of devices, such as 192.0.2.0/24=500, with commas between them" doc:"networks in which many people share each address, such as a campus or the gateways of a carrier, and how many devices at one of their addresses count in half an hour: 192.0.2.0/24=500"`

	Data         string `env:"DATA" envDefault:"./data" doc:"folder for everything that a server without Redis and Postgres writes"`
	RedisURL     string `env:"REDIS_URL" secret:"true" doc:"Redis for the windows of the distributed mode, such as redis://:PASSWORD@HOST:6379; for a Redis Cluster, several nodes with commas between them"`
	RedisCluster bool   `env:"REDIS_CLUSTER" envDefault:"false" must:"be true or false" doc:"whether OUTCRY_REDIS_URL lists nodes of a Redis Cluster"`
	DatabaseURL  string `env:"DATABASE_URL" secret:"true" doc:"Postgres for the archive of the distributed mode, such as postgres://NAME:PASSWORD@HOST:5432/DATABASE"`
	Secret       string `env:"SECRET" secret:"true" doc:"text of at least 32 characters that encrypts the addresses of subscribers and the secrets of webhooks, such as the output of openssl rand -hex 32; keep it for ever; empty: the file named secret in the data folder, which is made at the first start; needed in the distributed mode as soon as somebody subscribes"`
	// Retention is how long single reports are kept. A week lets an operator look
	// at the reports of the last weekend. The minimum is what a restart needs to
	// restore the windows.
	Retention time.Duration `env:"RETENTION" envDefault:"168h" must:"be a duration such as 168h" doc:"how long single reports are kept (on Postgres by whole UTC days); rollups and incidents stay"`

	Catalog      string `env:"CATALOG" doc:"catalog file that replaces the built-in one"`
	CatalogExtra string `env:"CATALOG_EXTRA" doc:"catalog file, or folder of such files, that adds to the catalog, changes its entries field by field, or hides them; read again after SIGHUP"`
	Words        string `env:"WORDS" doc:"folder with files such as bn.json whose texts replace those of the pages; read again after SIGHUP"`
	GeoIP        string `env:"GEOIP" doc:".mmdb file with the countries of addresses, in place of the built-in one"`
	ASN          string `env:"ASN" doc:".mmdb file with the autonomous systems of addresses, which are then the holders of networks"`

	FalseAlarms     float64       `env:"FALSE_ALARMS" envDefault:"1" must:"be a number" doc:"false alarms allowed a day over all services, before the rule about networks, which removes most of them"`
	WarningNetworks int           `env:"WARNING_NETWORKS" envDefault:"3" must:"be a whole number" doc:"fewest independent networks behind a warning"`
	OutageNetworks  int           `env:"OUTAGE_NETWORKS" envDefault:"10" must:"be a whole number" doc:"fewest independent networks behind an outage"`
	WarningHolders  int           `env:"WARNING_HOLDERS" envDefault:"2" must:"be a whole number" doc:"fewest holders of addresses (a /16 of IPv4, a /29 of IPv6) behind a warning; 1 where all people share one network, such as a campus"`
	OutageHolders   int           `env:"OUTAGE_HOLDERS" envDefault:"4" must:"be a whole number" doc:"fewest holders of addresses behind an outage"`
	Tick            time.Duration `env:"TICK" envDefault:"10s" must:"be a duration such as 10s" doc:"time between two judgements"`

	SMTPURL  string `env:"SMTP_URL" secret:"true" doc:"SMTP server for messages by e-mail, such as smtps://NAME:PASSWORD@HOST:465, or smtp://HOST:587 for STARTTLS; empty: no e-mail"`
	MailFrom string `env:"MAIL_FROM" doc:"address that e-mail comes from, such as Outcry <news@outcry.example>; needed with OUTCRY_SMTP_URL"`

	// WebhookAllow lifts the rule that webhooks lead to public addresses over HTTPS.
	WebhookAllow []netip.Prefix `env:"WEBHOOK_ALLOW" must:"be addresses or networks such as 10.0.0.0/8, with commas between them" doc:"networks that webhooks may post to though they are not public, also over plain HTTP and to every port, such as 10.1.2.0/24"`

	BrandName  string `env:"BRAND_NAME" doc:"name of the site on pages, cards, feeds and in e-mail, in place of Outcry"`
	Logo       string `env:"LOGO" doc:"SVG or PNG file of at most 64 KB that is shown beside the name, and as the icon; read again after SIGHUP"`
	ImprintURL string `env:"IMPRINT_URL" doc:"address of the imprint, which every page links to"`
	ContactURL string `env:"CONTACT_URL" doc:"address by which visitors reach the operator, such as mailto:desk@outcry.example"`
	PrivacyURL string `env:"PRIVACY_URL" doc:"address of the privacy policy"`
	Accent     string `env:"ACCENT" doc:"colour of the name, of links and of what has the focus, such as #1558b0; it must be readable on a light background"`
	AccentDark string `env:"ACCENT_DARK" doc:"the same on a dark background; empty: made from OUTCRY_ACCENT"`

	DrainWait time.Duration `env:"DRAIN_WAIT" envDefault:"2s" must:"be a duration such as 5s" doc:"how long the server goes on after SIGTERM, with /readyz at 503, so that whoever sends requests to it notices; Ctrl+C does not wait"`
	Limits    string        `env:"LIMITS" envDefault:"on" doc:"off: no rate limits, and every device counts as a reporter on a network of its own; only for load tests on your own machine"`
	Simulated bool          `env:"SIMULATED" envDefault:"false" must:"be true or false" doc:"marks every page, embed and answer as simulated, and allows live replays; a folder or database stays simulated or real for ever"`
	Log       slog.Level    `env:"LOG" envDefault:"info" must:"be debug, info, warn or error" doc:"lowest level that is logged: debug, info, warn or error"`
	LogFormat string        `env:"LOG_FORMAT" envDefault:"text" doc:"format of log lines: text or json"`

	settingList []Setting
}

// SharedNetwork is a network in which many people share each address.
type SharedNetwork struct {
	Prefix  netip.Prefix
	Devices int // at one address that count in a cool-down
}

// Setting describes a setting and its value for an operator.
type Setting struct {
	Name    string // with Prefix
	Value   string // "set" instead of the value of a secret
	Default string
	Source  string // "default", "environment" or "file NAME"
	Doc     string
	Secret  bool
}

// Distributed reports whether the process runs in the distributed mode, on Redis
// and Postgres, and not in the embedded mode on a data folder.
func (c Config) Distributed() bool { return c.RedisURL != "" && c.DatabaseURL != "" }

// Settings returns all settings in the order of the fields of Config.
func (c Config) Settings() []Setting { return c.settingList }

// Default returns the Config of an empty environment.
func Default() Config {
	c, err := Load(nil)
	if err != nil {
		panic(err) // a default in the tags of Config is wrong
	}
	return c
}
