package config

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/caarlos0/env/v11"
)

// file is the ending of a variable that names the file of a secret.
const file = "_FILE"

// elsewhere are variables with our prefix that are no settings of the server.
var elsewhere = []string{
	Prefix + "KEY", // the API key of outcry simulate --to
}

// kubernetes matches the variables that Kubernetes gives to every container
// beside a Service named outcry.
var kubernetes = regexp.MustCompile(`^OUTCRY_(SERVICE_HOST|SERVICE_PORT|PORT)(_|$)`)

// Load reads the settings from environ, which is in the form of os.Environ. An
// empty value counts as none. The error joins everything that is wrong, each
// with the name of its setting; the values of secrets are not in it.
func Load(environ []string) (Config, error) {
	l := loader{values: map[string]string{}, sources: map[string]string{}}
	for name, value := range env.ToMap(environ) {
		if strings.HasPrefix(name, Prefix) && strings.TrimSpace(value) != "" {
			l.values[name] = value
			l.sources[name] = "environment"
		}
	}
	l.readSecrets()
	l.refuseUnknown()
	var c Config
	l.parse(&c)
	l.check(&c)
	if len(l.wrong) > 0 {
		return Config{}, errors.Join(l.wrong...)
	}
	c.settings = l.describe()
	return c, nil
}

// loader is one run of Load.
type loader struct {
	values  map[string]string // by name with Prefix
	sources map[string]string
	wrong   []error
	failed  []string // names of settings whose value is not even of its type
}

func (l *loader) fail(name, format string, args ...any) {
	l.wrong = append(l.wrong, fmt.Errorf("%s: "+format, append([]any{name}, args...)...))
}

// fields are the fields of Config that are settings.
var fields = slices.DeleteFunc(reflect.VisibleFields(reflect.TypeFor[Config]()), func(f reflect.StructField) bool { return !f.IsExported() })

func nameOf(f reflect.StructField) string { return Prefix + f.Tag.Get("env") }

func isSecret(f reflect.StructField) bool { return f.Tag.Get("secret") == "true" }

// readSecrets replaces the variables that name a file by its content.
func (l *loader) readSecrets() {
	for _, f := range fields {
		name := nameOf(f)
		path, named := l.values[name+file]
		if !isSecret(f) || !named {
			continue
		}
		delete(l.values, name+file)
		if l.values[name] != "" {
			l.fail(name, "is set, and so is %s; set one of them", name+file)
			continue
		}
		b, err := os.ReadFile(path)
		if err != nil {
			l.fail(name+file, "%w", err)
			continue
		}
		if l.values[name] = strings.TrimSpace(string(b)); l.values[name] == "" {
			l.fail(name+file, "%s is empty", path)
		}
		l.sources[name] = "file " + path
	}
}

// refuseUnknown tells of variables that look like settings and are none.
func (l *loader) refuseUnknown() {
	known := slices.Clone(elsewhere)
	for _, f := range fields {
		known = append(known, nameOf(f))
		if isSecret(f) {
			known = append(known, nameOf(f)+file)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(l.values)) {
		if slices.Contains(known, name) || kubernetes.MatchString(name) {
			continue
		}
		nearest := slices.MinFunc(known, func(a, b string) int { return distance(name, a) - distance(name, b) })
		l.fail(name, "is not a setting; did you mean %s?", nearest)
	}
}

// parse fills c from the values.
func (l *loader) parse(c *Config) {
	err := env.ParseWithOptions(c, env.Options{
		Environment: l.values,
		Prefix:      Prefix,
		FuncMap:     map[reflect.Type]env.ParserFunc{reflect.TypeFor[[]netip.Prefix](): parsePrefixes},
	})
	var all env.AggregateError
	if err != nil && !errors.As(err, &all) {
		all.Errors = []error{err}
	}
	for _, err := range all.Errors {
		var wrong env.ParseError
		if !errors.As(err, &wrong) {
			l.wrong = append(l.wrong, err)
			continue
		}
		for _, f := range fields {
			if f.Name == wrong.Name {
				name := nameOf(f)
				l.fail(name, "%q must %s", l.values[name], f.Tag.Get("must"))
				l.failed = append(l.failed, name)
			}
		}
	}
}

// parsePrefixes reads addresses and networks with commas between them. An
// address is the network of itself.
func parsePrefixes(list string) (any, error) {
	var prefixes []netip.Prefix
	for text := range strings.SplitSeq(list, ",") {
		text = strings.TrimSpace(text)
		if text == "" {
			continue
		}
		if addr, err := netip.ParseAddr(text); err == nil {
			addr = addr.Unmap().WithZone("")
			prefixes = append(prefixes, netip.PrefixFrom(addr, addr.BitLen()))
			continue
		}
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, err
		}
		prefixes = append(prefixes, prefix.Masked())
	}
	return prefixes, nil
}

// describe lists the settings with their values as they were given.
func (l *loader) describe() []Setting {
	all := make([]Setting, len(fields))
	for i, f := range fields {
		s := Setting{Name: nameOf(f), Default: f.Tag.Get("envDefault"), Source: "default", Doc: f.Tag.Get("doc"), Secret: isSecret(f)}
		s.Value = s.Default
		if value := l.values[s.Name]; value != "" {
			s.Value, s.Source = value, l.sources[s.Name]
			if s.Secret {
				s.Value = "set"
			}
		}
		all[i] = s
	}
	return all
}

// distance is how many letters must be put in, taken out or replaced to turn a
// into b: Levenshtein's.
func distance(a, b string) int {
	row := make([]int, len(b)+1) // distances of a's beginning to each beginning of b
	for j := range row {
		row[j] = j
	}
	for i := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j := range b {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
