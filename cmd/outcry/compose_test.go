package main

import (
	"fmt"
	"maps"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/outcry/outcry/pkg/config"
)

// composeFile is what a compose file may hold, as far as ours needs it. Reading into
// it refuses every other field.
type composeFile struct {
	Name     string                    `yaml:"name"`
	Outcry   composeService            `yaml:"x-outcry"`
	Services map[string]composeService `yaml:"services"`
	Networks map[string]*struct {
		IPAM struct {
			Config []struct {
				Subnet netip.Prefix `yaml:"subnet"`
			} `yaml:"config"`
		} `yaml:"ipam"`
	} `yaml:"networks"`
	Volumes map[string]any `yaml:"volumes"`
}

type composeService struct {
	Build       string   `yaml:"build"`
	Image       string   `yaml:"image"`
	Restart     string   `yaml:"restart"`
	User        string   `yaml:"user"`
	Entrypoint  []string `yaml:"entrypoint"`
	Command     []string `yaml:"command"`
	NetworkMode string   `yaml:"network_mode"`
	DependsOn   map[string]struct {
		Condition string `yaml:"condition"`
	} `yaml:"depends_on"`
	Environment map[string]string `yaml:"environment"`
	Volumes     []string          `yaml:"volumes"`
	Ports       []string          `yaml:"ports"`
	Networks    any               `yaml:"networks"`
	ReadOnly    bool              `yaml:"read_only"`
	Tmpfs       []string          `yaml:"tmpfs"`
	ShmSize     string            `yaml:"shm_size"`
	CapDrop     []string          `yaml:"cap_drop"`
	CapAdd      []string          `yaml:"cap_add"`
	Security    []string          `yaml:"security_opt"`
	Health      struct {
		Test          []string `yaml:"test"`
		Interval      string   `yaml:"interval"`
		Timeout       string   `yaml:"timeout"`
		StartPeriod   string   `yaml:"start_period"`
		StartInterval string   `yaml:"start_interval"`
	} `yaml:"healthcheck"`
	StopGrace string `yaml:"stop_grace_period"`
	Deploy    struct {
		Resources struct {
			Limits struct {
				CPUs   string `yaml:"cpus"`
				Memory string `yaml:"memory"`
			} `yaml:"limits"`
		} `yaml:"resources"`
	} `yaml:"deploy"`
}

// deployed returns the content of a file below the root of the repository.
func deployed(t *testing.T, path ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(append([]string{"..", ".."}, path...)...))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// readCompose reads compose.yaml with the values of its variables.
func readCompose(t *testing.T, domain string) composeFile {
	t.Helper()
	text := strings.ReplaceAll(deployed(t, "compose.yaml"), "${DOMAIN:-localhost}", domain)
	if left := regexp.MustCompile(`(^|[^$])\$\{?[A-Za-z]`).FindString(text); left != "" {
		t.Fatalf("compose.yaml has another variable: %q", left)
	}
	var file composeFile
	if err := yaml.UnmarshalWithOptions([]byte(text), &file, yaml.Strict()); err != nil {
		t.Fatalf("compose.yaml: %v", err)
	}
	return file
}

// settingNames returns the names of all variables that Outcry reads.
func settingNames() map[string]bool {
	names := map[string]bool{}
	for _, s := range config.Default().Settings() {
		names[s.Name], names[s.Name+"_FILE"] = true, true
	}
	return names
}

func TestEveryServiceOfComposeIsBoundedAndWatched(t *testing.T) {
	file := readCompose(t, "outcry.example")
	for name, s := range file.Services {
		if s.Deploy.Resources.Limits.CPUs == "" || s.Deploy.Resources.Limits.Memory == "" {
			t.Errorf("service %s has no limit of processors or memory", name)
		}
		for needed, on := range s.DependsOn {
			other, ok := file.Services[needed]
			if !ok {
				t.Errorf("service %s depends on %s, which is not there", name, needed)
			}
			if on.Condition == "service_healthy" && len(other.Health.Test) == 0 {
				t.Errorf("service %s waits until %s is healthy, and nothing checks that", name, needed)
			}
		}
		for _, v := range s.Volumes {
			source, _, _ := strings.Cut(v, ":")
			if _, named := file.Volumes[source]; named {
				continue
			}
			if _, err := os.Stat(filepath.Join("..", "..", source)); err != nil || !strings.HasPrefix(source, "./") {
				t.Errorf("service %s mounts %s, which is neither a volume nor a file of the repository", name, source)
			}
		}
		if name == "secrets" { // it ends at once
			continue
		}
		if len(s.Health.Test) == 0 || s.Health.Interval == "" || s.Health.Timeout == "" {
			t.Errorf("service %s has no complete health check", name)
		}
		if !s.ReadOnly || !slices.Contains(s.Security, "no-new-privileges:true") || s.Restart == "" {
			t.Errorf("service %s writes to its image, may gain privileges, or is not restarted", name)
		}
	}
}

func TestComposeRunsTwoServersThatOutcryAccepts(t *testing.T) {
	file := readCompose(t, "outcry.example")
	secrets := makeSecrets(t, file.Services["secrets"])
	caddy := file.Services["caddy"].Networks.(map[string]any)["front"].(map[string]any)["ipv4_address"].(string)
	front := file.Networks["front"].IPAM.Config[0].Subnet
	if !front.Contains(netip.MustParseAddr(caddy)) {
		t.Errorf("the address %s of Caddy is not in its network %s", caddy, front)
	}
	for _, name := range []string{"outcry-1", "outcry-2"} {
		s, ok := file.Services[name]
		if !ok {
			t.Fatalf("there is no service %s", name)
		}
		if s.User != "65532:65532" || !slices.Contains(s.CapDrop, "ALL") || !slices.Equal(s.Health.Test, []string{"CMD", "/outcry", "health"}) {
			t.Errorf("service %s = %+v, want no privileges and the health check of the program", name, s)
		}
		var environ []string
		for setting, value := range s.Environment {
			if !settingNames()[setting] {
				t.Errorf("service %s sets %s, which is no setting", name, setting)
			}
			environ = append(environ, setting+"="+strings.Replace(value, "/secrets/", secrets+"/", 1))
		}
		cfg, err := config.Load(environ)
		if err != nil {
			t.Fatalf("the settings of %s: %v", name, err)
		}
		if !cfg.Distributed() || cfg.Secret == "" || cfg.PublicURL != "https://outcry.example" {
			t.Errorf("service %s is not complete: %+v", name, cfg)
		}
		if !slices.Equal(cfg.TrustedProxies, []netip.Prefix{netip.MustParsePrefix(caddy + "/32")}) {
			t.Errorf("service %s trusts %v, want Caddy at %s", name, cfg.TrustedProxies, caddy)
		}
		if !strings.Contains(deployed(t, "deploy", "compose", "Caddyfile"), name+cfg.Listen) {
			t.Errorf("the Caddyfile does not name %s%s", name, cfg.Listen)
		}
	}
	redis := file.Services["redis"].Command[0]
	for _, want := range []string{"--appendonly yes", "--maxmemory-policy noeviction", "--requirepass"} {
		if !strings.Contains(redis, want) {
			t.Errorf("Redis runs %q, want %s", redis, want)
		}
	}
}

// makeSecrets runs the script that makes the passwords twice, and returns the folder
// with them.
func makeSecrets(t *testing.T, s composeService) string {
	t.Helper()
	tool(t, "sh")
	dir := t.TempDir()
	script := strings.NewReplacer("$$", "$", "cd /secrets", "cd "+dir).Replace(s.Command[0])
	read := func() map[string]string {
		args := append(slices.Clone(s.Entrypoint[1:]), script)
		if out, err := exec.Command(s.Entrypoint[0], args...).CombinedOutput(); err != nil {
			t.Fatalf("the script that makes passwords: %v\n%s", err, out)
		}
		made := map[string]string{}
		for _, name := range []string{"secret", "redis", "postgres", "redis-url", "database-url"} {
			text, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			made[name] = strings.TrimSpace(string(text))
		}
		return made
	}
	made := read()
	for _, name := range []string{"secret", "redis", "postgres"} {
		if !regexp.MustCompile(`^[0-9a-f]{64}$`).MatchString(made[name]) {
			t.Errorf("the password %s is %q, want 64 hexadecimal digits", name, made[name])
		}
	}
	if made["redis-url"] != "redis://:"+made["redis"]+"@redis:6379" || made["database-url"] != "postgres://outcry:"+made["postgres"]+"@postgres:5432/outcry" {
		t.Errorf("the URLs are %q and %q", made["redis-url"], made["database-url"])
	}
	if again := read(); !maps.Equal(made, again) {
		t.Errorf("a second start changed the passwords from %v to %v", made, again)
	}
	return dir
}

func TestTheCaddyfileIsRead(t *testing.T) {
	text := deployed(t, "deploy", "compose", "Caddyfile")
	if strings.Count(text, "{") != strings.Count(text, "}") {
		t.Error("the braces of the Caddyfile do not match")
	}
	if !strings.Contains(text, "health_uri /readyz") {
		t.Error("Caddy does not ask whether a server is ready")
	}
	caddy := tool(t, "caddy")
	out, err := exec.Command(caddy, "validate", "--adapter", "caddyfile", "--config", filepath.Join("..", "..", "deploy", "compose", "Caddyfile")).CombinedOutput()
	if err != nil {
		t.Errorf("caddy validate: %v\n%s", err, out)
	}
}

func TestTheImageRunsWithoutPrivileges(t *testing.T) {
	text := deployed(t, "Dockerfile")
	for _, want := range []string{"USER 65532:65532", `HEALTHCHECK --interval=30s --timeout=3s CMD ["/outcry", "health"]`, `ENTRYPOINT ["/outcry"]`, "FROM scratch"} {
		if !strings.Contains(text, want+"\n") {
			t.Errorf("the Dockerfile lacks %s", want)
		}
	}
	_, port, _ := strings.Cut(config.Default().Listen, ":")
	if !strings.Contains(text, fmt.Sprintf("EXPOSE %s\n", port)) {
		t.Errorf("the Dockerfile does not expose the port %s of the server", port)
	}
}
