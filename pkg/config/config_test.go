package config

import (
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// compareValues compares the values of settings without their descriptions.
var compareValues = cmp.Options{cmpopts.IgnoreUnexported(Config{}), cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })}

func wantConfig(t *testing.T, environ []string, want Config) {
	t.Helper()
	got, err := Load(environ)
	if err != nil {
		t.Fatalf("Load(%q): %v", environ, err)
	}
	if diff := cmp.Diff(want, got, compareValues); diff != "" {
		t.Errorf("Load(%q) (-want +got):\n%s", environ, diff)
	}
}

func TestAnEmptyEnvironmentHasDefaults(t *testing.T) {
	want := Config{Listen: ":8080", Data: "./data", Retention: 168 * time.Hour, FalseAlarms: 1, WarningNetworks: 3, OutageNetworks: 10, WarningHolders: 2, OutageHolders: 4,
		Tick: 10 * time.Second, DrainWait: 2 * time.Second, Limits: "on", Log: slog.LevelInfo, LogFormat: "text"}
	wantConfig(t, nil, want)
	wantConfig(t, []string{"PATH=/bin", "LISTEN=:1", "OUTCRY_LISTEN=", "OUTCRY_TICK=", "OUTCRY_REDIS_URL=", "OUTCRY_DATABASE_URL_FILE="}, want)
	if diff := cmp.Diff(want, Default(), compareValues); diff != "" {
		t.Errorf("Default() (-want +got):\n%s", diff)
	}
}

func TestLoadReadsEverySetting(t *testing.T) {
	wantConfig(t, []string{
		"OUTCRY_LISTEN=[::1]:80", "OUTCRY_METRICS_LISTEN=127.0.0.1:9090", "OUTCRY_METRICS_SERVICES=whatsapp, telegram,,whatsapp", "OUTCRY_PUBLIC_URL=https://Outcry.example:8443/status/",
		"OUTCRY_TRUSTED_PROXIES=127.0.0.1, 10.1.2.3/8,::ffff:192.0.2.1, 2001:db8::/32,", "OUTCRY_SHARED_NETWORKS=192.0.2.7/24=500, 2001:db8:7::/48 = 60,::ffff:198.51.100.0/120=8,203.0.113.9=5000,", "OUTCRY_DATA=/var/lib/outcry", "OUTCRY_RETENTION=48h",
		"OUTCRY_CATALOG=a.yaml", "OUTCRY_CATALOG_EXTRA=b.yaml", "OUTCRY_GEOIP=c.mmdb", "OUTCRY_ASN=d.mmdb", "OUTCRY_FALSE_ALARMS=0.5", "OUTCRY_WARNING_NETWORKS=5", "OUTCRY_OUTAGE_NETWORKS=5", "OUTCRY_WARNING_HOLDERS=1", "OUTCRY_OUTAGE_HOLDERS=3",
		"OUTCRY_TICK=1s", "OUTCRY_WORDS=words", "OUTCRY_DRAIN_WAIT=7s", "OUTCRY_LIMITS=off", "OUTCRY_SIMULATED=true", "OUTCRY_LOG=debug", "OUTCRY_LOG_FORMAT=json",
	}, Config{
		Listen: "[::1]:80", MetricsListen: "127.0.0.1:9090", MetricsServices: []string{"whatsapp", "telegram"}, PublicURL: "https://outcry.example:8443/status",
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32"), netip.MustParsePrefix("10.0.0.0/8"),
			netip.MustParsePrefix("192.0.2.1/32"), netip.MustParsePrefix("2001:db8::/32")},
		SharedNetworks: []SharedNetwork{{netip.MustParsePrefix("192.0.2.0/24"), 500}, {netip.MustParsePrefix("2001:db8:7::/48"), 60},
			{netip.MustParsePrefix("198.51.100.0/24"), 8}, {netip.MustParsePrefix("203.0.113.9/32"), 5000}},
		Data: "/var/lib/outcry", Retention: 48 * time.Hour,
		Catalog: "a.yaml", CatalogExtra: "b.yaml", GeoIP: "c.mmdb", ASN: "d.mmdb", FalseAlarms: 0.5, WarningNetworks: 5, OutageNetworks: 5, WarningHolders: 1, OutageHolders: 3,
		Tick: time.Second, Words: "words", DrainWait: 7 * time.Second, Limits: "off", Simulated: true, Log: slog.LevelDebug, LogFormat: "json",
	})
}

func TestAListMayComeFromAFile(t *testing.T) {
	for text, want := range map[string][]string{
		"10.0.0.1,10.0.0.2\n": {"10.0.0.1/32", "10.0.0.2/32"},
		"\ufeff# our proxies\r\n10.0.0.1 # the first\r\n\r\n10.1.0.0/16\r\n": {"10.0.0.1/32", "10.1.0.0/16"},
		"# none yet\n": nil,
		"":             nil,
	} {
		c, err := Load([]string{"OUTCRY_TRUSTED_PROXIES_FILE=" + secretFile(t, text)})
		if err != nil {
			t.Errorf("Load of the file %q: %v", text, err)
			continue
		}
		var got []string
		for _, p := range c.TrustedProxies {
			got = append(got, p.String())
		}
		if !slices.Equal(got, want) {
			t.Errorf("Load of the file %q has the proxies %v, want %v", text, got, want)
		}
	}
	if _, err := Load([]string{"OUTCRY_TRUSTED_PROXIES_FILE=" + secretFile(t, "10.0.0.1\nproxy\n")}); err == nil || !strings.Contains(err.Error(), "must be addresses") {
		t.Errorf("Load of a file with a name: %v, want an error that says what a proxy must be", err)
	}
}

func TestLoadListsWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		name    string
		environ []string
		want    []string // one line each, in this order, containing this
	}{
		{"listen without port", []string{"OUTCRY_LISTEN=localhost"}, []string{`OUTCRY_LISTEN: "localhost" is not an address`}},
		{"a wait below nothing", []string{"OUTCRY_DRAIN_WAIT=-1s"}, []string{"OUTCRY_DRAIN_WAIT: -1s must be from 0s to"}},
		{"listen on too high a port", []string{"OUTCRY_LISTEN=:65536"}, []string{"OUTCRY_LISTEN: "}},
		{"metrics without port", []string{"OUTCRY_METRICS_LISTEN=localhost"}, []string{"OUTCRY_METRICS_LISTEN: "}},
		{"metrics in public", []string{"OUTCRY_METRICS_LISTEN=:8080"}, []string{"OUTCRY_METRICS_LISTEN: is the same"}},
		{"public URL without scheme", []string{"OUTCRY_PUBLIC_URL=outcry.example"}, []string{"OUTCRY_PUBLIC_URL: "}},
		{"public URL of another scheme", []string{"OUTCRY_PUBLIC_URL=ftp://outcry.example"}, []string{"OUTCRY_PUBLIC_URL: "}},
		{"public URL without host", []string{"OUTCRY_PUBLIC_URL=https://:443"}, []string{"OUTCRY_PUBLIC_URL: "}},
		{"public URL with a query", []string{"OUTCRY_PUBLIC_URL=https://outcry.example/status?a=b"}, []string{"OUTCRY_PUBLIC_URL: "}},
		{"public URL with a person", []string{"OUTCRY_PUBLIC_URL=https://me@outcry.example"}, []string{"OUTCRY_PUBLIC_URL: "}},
		{"a proxy that is a name", []string{"OUTCRY_TRUSTED_PROXIES=10.0.0.1,proxy"}, []string{`OUTCRY_TRUSTED_PROXIES: "10.0.0.1,proxy" must be addresses`}},
		{"every address as a proxy", []string{"OUTCRY_TRUSTED_PROXIES=10.0.0.1,0.0.0.0/0"}, []string{"OUTCRY_TRUSTED_PROXIES: 0.0.0.0/0 contains every address"}},
		{"a shared network without a number", []string{"OUTCRY_SHARED_NETWORKS=192.0.2.0/24"}, []string{`OUTCRY_SHARED_NETWORKS: "192.0.2.0/24" must be networks with a number of devices`}},
		{"a shared network that is a name", []string{"OUTCRY_SHARED_NETWORKS=campus=40"}, []string{`OUTCRY_SHARED_NETWORKS: "campus=40" must be networks`}},
		{"every address as a shared network", []string{"OUTCRY_SHARED_NETWORKS=::/0=40"}, []string{"OUTCRY_SHARED_NETWORKS: ::/0 contains every address"}},
		{"shared networks with too few and too many devices", []string{"OUTCRY_SHARED_NETWORKS=192.0.2.0/24=7,198.51.100.0/24=5001"},
			[]string{"OUTCRY_SHARED_NETWORKS: the 7 devices of 192.0.2.0/24 must be from 8 to 5000", "OUTCRY_SHARED_NETWORKS: the 5001 devices of 198.51.100.0/24"}},
		{"a shared network twice", []string{"OUTCRY_SHARED_NETWORKS=192.0.2.0/24=40,192.0.2.9/24=50"}, []string{"OUTCRY_SHARED_NETWORKS: 192.0.2.0/24 is listed twice"}},
		{"no false alarm ever", []string{"OUTCRY_FALSE_ALARMS=0"}, []string{"OUTCRY_FALSE_ALARMS: 0 must be from 0.001 to 1000"}},
		{"false alarms in words", []string{"OUTCRY_FALSE_ALARMS=few"}, []string{`OUTCRY_FALSE_ALARMS: "few" must be a number`}},
		{"retention too short", []string{"OUTCRY_RETENTION=26h59m"}, []string{"OUTCRY_RETENTION: 26h59m0s is too short"}},
		{"no duration", []string{"OUTCRY_RETENTION=7 days"}, []string{`OUTCRY_RETENTION: "7 days" must be a duration`}},
		{"no number", []string{"OUTCRY_WARNING_NETWORKS=few"}, []string{`OUTCRY_WARNING_NETWORKS: "few" must be a whole number`}},
		{"no warning quorum", []string{"OUTCRY_WARNING_NETWORKS=0"}, []string{"OUTCRY_WARNING_NETWORKS: 0 must be at least 1"}},
		{"an outage needs fewer holders than a warning", []string{"OUTCRY_WARNING_HOLDERS=5"}, []string{"OUTCRY_OUTAGE_HOLDERS: 4 must not be less than the 5"}},
		{"an outage needs less than a warning", []string{"OUTCRY_WARNING_NETWORKS=11"}, []string{"OUTCRY_OUTAGE_NETWORKS: 10 must not be less than the 11"}},
		{"tick too short", []string{"OUTCRY_TICK=999ms"}, []string{"OUTCRY_TICK: 999ms must be from 1s to 1m0s"}},
		{"tick too long", []string{"OUTCRY_TICK=61s"}, []string{"OUTCRY_TICK: 1m1s must be"}},
		{"limits", []string{"OUTCRY_LIMITS=none"}, []string{`OUTCRY_LIMITS: "none" must be on or off`}},
		{"neither true nor false", []string{"OUTCRY_SIMULATED=maybe"}, []string{`OUTCRY_SIMULATED: "maybe" must be true or false`}},
		{"log level", []string{"OUTCRY_LOG=loud"}, []string{`OUTCRY_LOG: "loud" must be debug, info, warn or error`}},
		{"log format", []string{"OUTCRY_LOG_FORMAT=xml"}, []string{`OUTCRY_LOG_FORMAT: "xml" must be text or json`}},
		{"Redis alone", []string{"OUTCRY_REDIS_URL=redis://x"}, []string{"OUTCRY_REDIS_URL: is set without OUTCRY_DATABASE_URL"}},
		{"Postgres alone", []string{"OUTCRY_DATABASE_URL=postgres://x"}, []string{"OUTCRY_DATABASE_URL: is set without OUTCRY_REDIS_URL"}},
		{"e-mail without a sender and links", []string{"OUTCRY_SMTP_URL=smtps://me:hidden@mail.example"}, []string{"OUTCRY_MAIL_FROM: \"\" is not an address", "OUTCRY_PUBLIC_URL: is not set; OUTCRY_SMTP_URL needs it"}},
		{"e-mail by HTTP", []string{"OUTCRY_SMTP_URL=https://mail.example", "OUTCRY_MAIL_FROM=a@b.example", "OUTCRY_PUBLIC_URL=https://b.example"}, []string{"OUTCRY_SMTP_URL: is not a URL such as smtps://"}},
		{"e-mail in the distributed mode without a secret", []string{"OUTCRY_SMTP_URL=smtp://mail.example", "OUTCRY_MAIL_FROM=B <a@b.example>", "OUTCRY_PUBLIC_URL=https://b.example", "OUTCRY_REDIS_URL=redis://x", "OUTCRY_DATABASE_URL=postgres://x"}, []string{"OUTCRY_SECRET: is not set; OUTCRY_SMTP_URL needs it"}},
		{"a sender of e-mail without a server", []string{"OUTCRY_MAIL_FROM=a@b.example"}, []string{"OUTCRY_MAIL_FROM: is set without OUTCRY_SMTP_URL"}},
		{"a cluster without addresses", []string{"OUTCRY_REDIS_CLUSTER=true"}, []string{"OUTCRY_REDIS_CLUSTER: is set without OUTCRY_REDIS_URL"}},
		{"a typo", []string{"OUTCRY_LISTN=:80"}, []string{"OUTCRY_LISTN: is not a setting; did you mean OUTCRY_LISTEN?"}},
		{"a name with a formatting verb", []string{"OUTCRY_LOG%d=x"}, []string{"OUTCRY_LOG%d: is not a setting"}},
		{"singular instead of plural", []string{"OUTCRY_TRUSTED_PROXY=10.0.0.1"}, []string{"did you mean OUTCRY_TRUSTED_PROXIES?"}},
		{"a file for a setting that is not secret", []string{"OUTCRY_CATALOG_FILE=x"}, []string{"OUTCRY_CATALOG_FILE: is not a setting"}},
		{"everything at once", []string{"OUTCRY_LOGS=debug", "OUTCRY_TICK=soon", "OUTCRY_LIMITS=no", "OUTCRY_REDIS_URL=redis://x", "OUTCRY_WARNING_NETWORKS=x"}, []string{
			"OUTCRY_LOGS: ", "OUTCRY_WARNING_NETWORKS: ", "OUTCRY_TICK: ", "OUTCRY_LIMITS: ", "OUTCRY_REDIS_URL: "}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Load(c.environ)
			if err == nil {
				t.Fatalf("Load(%q) = nil error, want one", c.environ)
			}
			lines := strings.Split(err.Error(), "\n")
			if len(lines) != len(c.want) {
				t.Errorf("Load(%q): %d errors, want %d:\n%v", c.environ, len(lines), len(c.want), err)
			}
			for i, want := range c.want {
				if i < len(lines) && !strings.Contains(lines[i], want) {
					t.Errorf("error %q, want %q in it", lines[i], want)
				}
			}
		})
	}
}

func TestVariablesOfOtherProgramsAreIgnored(t *testing.T) {
	wantConfig(t, []string{"OUTCRY_KEY=x", "OUTCRY_SERVICE_HOST=10.0.0.1", "OUTCRY_SERVICE_PORT=80", "OUTCRY_SERVICE_PORT_HTTP=80",
		"OUTCRY_PORT=tcp://10.0.0.1:80", "OUTCRY_PORT_80_TCP_ADDR=10.0.0.1"}, Default())
}

func secretFile(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestASecretMayComeFromAFile(t *testing.T) {
	path := secretFile(t, "redis://:pass@host\n")
	c, err := Load([]string{"OUTCRY_REDIS_URL_FILE=" + path, "OUTCRY_REDIS_CLUSTER=true", "OUTCRY_DATABASE_URL_FILE=" + secretFile(t, "postgres://me:pass@host")})
	if err != nil || c.RedisURL != "redis://:pass@host" || c.DatabaseURL != "postgres://me:pass@host" || !c.RedisCluster || !c.Distributed() {
		t.Fatalf("Redis %q (cluster %v), Postgres %q, error %v; want the contents of the files", c.RedisURL, c.RedisCluster, c.DatabaseURL, err)
	}
	i := slices.IndexFunc(c.Settings(), func(s Setting) bool { return s.Name == "OUTCRY_REDIS_URL" })
	want := Setting{Name: "OUTCRY_REDIS_URL", Value: "set", Source: "file " + path, Secret: true, Doc: c.Settings()[i].Doc}
	if diff := cmp.Diff(want, c.Settings()[i]); diff != "" {
		t.Errorf("setting (-want +got):\n%s", diff)
	}
	if Default().Distributed() {
		t.Error("Default().Distributed() = true, want false")
	}

	marked, err := Load([]string{"OUTCRY_REDIS_URL=redis://host", "OUTCRY_DATABASE_URL_FILE=" + secretFile(t, "\ufeffpostgres://me:pass@host\r\n")})
	if err != nil || marked.DatabaseURL != "postgres://me:pass@host" {
		t.Errorf("a file with a byte-order mark gives %q and error %v, want the text after the mark", marked.DatabaseURL, err)
	}

	for name, c := range map[string]struct {
		environ []string
		want    string
	}{
		"UTF-16":  {[]string{"OUTCRY_REDIS_URL_FILE=" + secretFile(t, "\xff\xfer\x00")}, "the text is in UTF-16"},
		"missing": {[]string{"OUTCRY_REDIS_URL_FILE=/nonexistent"}, "OUTCRY_REDIS_URL_FILE: open /nonexistent"},
		"empty":   {[]string{"OUTCRY_REDIS_URL_FILE=" + secretFile(t, "\n")}, "is empty"},
		"twice":   {[]string{"OUTCRY_REDIS_URL=redis://x", "OUTCRY_REDIS_URL_FILE=" + path}, "OUTCRY_REDIS_URL: is set, and so is OUTCRY_REDIS_URL_FILE"},
	} {
		if _, err := Load(c.environ); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q in it", name, err, c.want)
		}
	}
}

func TestErrorsDoNotContainSecrets(t *testing.T) {
	for _, environ := range [][]string{
		{"OUTCRY_REDIS_URL=redis://:hunter2@host"},
		{"OUTCRY_DATABASE_URL=postgres://me:hunter2@host"},
		{"OUTCRY_REDIS_URL=redis://:hunter2@host", "OUTCRY_DATABASE_URL=postgres://me:hunter2@host", "OUTCRY_TICK=soon"},
		{"OUTCRY_REDIS_URI=redis://:hunter2@host"},
	} {
		if _, err := Load(environ); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("Load(%q): error %v, want one without the secret", environ, err)
		}
	}
}

func TestSettingsHaveValueAndSource(t *testing.T) {
	c, err := Load([]string{"OUTCRY_TICK=30s", "OUTCRY_GEOIP=x.mmdb"})
	if err != nil {
		t.Fatal(err)
	}
	all := c.Settings()
	if len(all) != len(fields) || all[0].Name != "OUTCRY_LISTEN" {
		t.Errorf("%d settings, the first %v, want %d from OUTCRY_LISTEN on", len(all), all[0], len(fields))
	}
	for _, s := range all {
		want := Setting{Name: s.Name, Value: s.Default, Default: s.Default, Source: "default", Doc: s.Doc, Secret: strings.HasSuffix(s.Name, "REDIS_URL") || s.Name == "OUTCRY_DATABASE_URL" || s.Name == "OUTCRY_SECRET" || s.Name == "OUTCRY_SMTP_URL"}
		switch s.Name {
		case "OUTCRY_TICK":
			want.Value, want.Default, want.Source = "30s", "10s", "environment"
		case "OUTCRY_GEOIP":
			want.Value, want.Source = "x.mmdb", "environment"
		}
		if s != want || s.Doc == "" {
			t.Errorf("setting %+v, want %+v with a doc", s, want)
		}
	}
}

func TestEveryTypedSettingDescribesItsValues(t *testing.T) {
	for _, f := range fields {
		if (f.Type.Kind().String() != "string") != (f.Tag.Get("must") != "") {
			t.Errorf("field %s of type %v has must:%q", f.Name, f.Type, f.Tag.Get("must"))
		}
	}
}

func TestDistanceCountsEdits(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"LISTN", "LISTEN", 1}, {"LISTEN", "LISTN", 1}, {"kitten", "sitting", 3}, {"", "abc", 3}, {"abc", "", 3}} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("distance(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

func TestVariablesThatLookLikeSettingsAreFound(t *testing.T) {
	got := Misspelt([]string{"OUTCY_LISTEN=:1", "outcry_data=/x", "OUTCRYTICK=1s", "OUTCRY_DATA=/y", "OUTPUT=x", "PATH=/bin", "LISTEN=:1", "OUTCRY-SECRET=", "HOME=/root"})
	want := map[string]string{"OUTCY_LISTEN": "OUTCRY_LISTEN", "outcry_data": "OUTCRY_DATA", "OUTCRYTICK": "OUTCRY_TICK"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Misspelt (-want +got):\n%s", diff)
	}
}
