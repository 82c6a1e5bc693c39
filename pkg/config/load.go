package config

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/caarlos0/env/v11"

	"github.com/outcry/outcry/pkg/textfile"
)

// fileSuffix is the ending of a variable that holds the path of a secret's file.
const fileSuffix = "_FILE"

// otherVariables are variables with our prefix that are not settings of the server.
var otherVariables = []string{
	Prefix + "KEY",            // the API key of outcry simulate --to
	Prefix + "ADMIN_KEY",      // the API key of outcry admin
	Prefix + "ADMIN_KEY_FILE", // its file
}

// kubernetes matches the variables that Kubernetes sets in every container of a
// namespace with a Service named outcry.
var kubernetes = regexp.MustCompile(`^OUTCRY_(SERVICE_HOST|SERVICE_PORT|PORT)(_|$)`)

// Load reads the settings from environ, which has the form of os.Environ. A setting
// with an empty value has its default. The error lists everything that is wrong, one
// setting a line. It does not contain secrets.
func Load(environ []string) (Config, error) {
	c, errs := Read(environ)
	if len(errs) > 0 {
		return Config{}, errors.Join(errs...)
	}
	return c, nil
}

// Read is Load for whoever goes on in spite of errors: it returns the settings that
// could be read, and all errors, each of which begins with the name of a setting.
func Read(environ []string) (Config, []error) {
	l := loader{values: map[string]string{}, sources: map[string]string{}}
	for name, value := range env.ToMap(environ) {
		if strings.HasPrefix(name, Prefix) && strings.TrimSpace(value) != "" {
			l.values[name] = value
			l.sources[name] = "environment"
		}
	}
	l.readFiles()
	l.refuseUnknown()
	var c Config
	l.parse(&c)
	l.check(&c)
	c.settingList = l.describe()
	return c, l.errs
}

// loader holds the state of one call of Load.
type loader struct {
	values   map[string]string // by name with Prefix
	sources  map[string]string // where each value comes from, as in Setting.Source
	errs     []error
	mistyped []string // names of settings whose value does not have the right type
}

// fail adds an error for the variable with this name.
func (l *loader) fail(name, format string, args ...any) {
	l.errs = append(l.errs, fmt.Errorf("%s: "+format, append([]any{name}, args...)...))
}

// fields are the fields of Config that are settings.
var fields = slices.DeleteFunc(reflect.VisibleFields(reflect.TypeFor[Config]()), func(f reflect.StructField) bool { return !f.IsExported() })

func nameOf(f reflect.StructField) string { return Prefix + f.Tag.Get("env") }

func isSecret(f reflect.StructField) bool { return f.Tag.Get("secret") == "true" }

func mayBeFile(f reflect.StructField) bool { return isSecret(f) || f.Tag.Get("file") == "true" }

// listed matches what separates the entries of a list in a file: the ends of lines,
// with comments before them.
var listed = regexp.MustCompile(`\s*(#[^\n]*)?(\r?\n|$)\s*`)

// readFiles replaces the paths of files by the content of the files. A file of a
// list may have an entry on each line, and comments.
func (l *loader) readFiles() {
	for _, f := range fields {
		name := nameOf(f)
		path, ok := l.values[name+fileSuffix]
		if !mayBeFile(f) || !ok {
			continue
		}
		delete(l.values, name+fileSuffix)
		if l.values[name] != "" {
			l.fail(name, "is set, and so is %s; set one of them", name+fileSuffix)
			continue
		}
		b, err := textfile.Read(path)
		if err != nil {
			l.fail(name+fileSuffix, "%w", err)
			continue
		}
		text := strings.TrimSpace(string(b))
		switch {
		case !isSecret(f):
			text = strings.Trim(listed.ReplaceAllString(text, ","), ",")
		case text == "":
			l.fail(name+fileSuffix, "%s is empty", path)
		}
		l.values[name] = text
		l.sources[name] = "file " + path
	}
}

// refuseUnknown adds an error for every variable that looks like a setting and is
// not one.
func (l *loader) refuseUnknown() {
	allowed := allowedNames()
	for _, name := range slices.Sorted(maps.Keys(l.values)) {
		if slices.Contains(allowed, name) || kubernetes.MatchString(name) {
			continue
		}
		l.fail(name, "is not a setting; did you mean %s?", nearest(name, allowed))
	}
}

// allowedNames returns the names of all variables that may begin with Prefix.
func allowedNames() []string {
	allowed := slices.Clone(otherVariables)
	for _, f := range fields {
		allowed = append(allowed, nameOf(f))
		if mayBeFile(f) {
			allowed = append(allowed, nameOf(f)+fileSuffix)
		}
	}
	return allowed
}

// nearest returns the one of names that is most like name.
func nearest(name string, names []string) string {
	return slices.MinFunc(names, func(a, b string) int { return distance(name, a) - distance(name, b) })
}

// maxTypos is how many letters of a variable may differ from a setting that was meant.
const maxTypos = 2

// Misspelt returns the variables of environ that are not read because they do not begin
// with Prefix, although they look like a setting, and that setting.
func Misspelt(environ []string) map[string]string {
	found, allowed := map[string]string{}, allowedNames()
	for name, value := range env.ToMap(environ) {
		if value == "" || strings.HasPrefix(name, Prefix) {
			continue
		}
		upper := strings.ToUpper(name)
		if meant := nearest(upper, allowed); distance(upper, meant) <= maxTypos {
			found[name] = meant
		}
	}
	return found
}

// parse sets the fields of c from the values, and adds an error for every value
// that does not have the right type.
func (l *loader) parse(c *Config) {
	err := env.ParseWithOptions(c, env.Options{
		Environment: l.values,
		Prefix:      Prefix,
		FuncMap: map[reflect.Type]env.ParserFunc{
			reflect.TypeFor[[]netip.Prefix]():  parsePrefixes,
			reflect.TypeFor[[]string]():        parseNames,
			reflect.TypeFor[[]SharedNetwork](): parseSharedNetworks,
		},
	})
	var joined env.AggregateError
	if err != nil && !errors.As(err, &joined) {
		joined.Errors = []error{err}
	}
	for _, err := range joined.Errors {
		var parseErr env.ParseError
		if !errors.As(err, &parseErr) {
			l.errs = append(l.errs, err)
			continue
		}
		for _, f := range fields {
			if f.Name == parseErr.Name {
				name := nameOf(f)
				l.fail(name, "%q must %s", l.values[name], f.Tag.Get("must"))
				l.mistyped = append(l.mistyped, name)
			}
		}
	}
}

// parseNames reads names with commas between them, each once.
func parseNames(list string) (any, error) {
	var names []string
	for name := range strings.SplitSeq(list, ",") {
		if name = strings.TrimSpace(name); name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names, nil
}

// parsePrefixes reads addresses and networks with commas between them.
func parsePrefixes(list string) (any, error) {
	var prefixes []netip.Prefix
	for text := range strings.SplitSeq(list, ",") {
		text = strings.TrimSpace(text)
		if text == "" {
			continue
		}
		prefix, err := parsePrefix(text)
		if err != nil {
			return nil, err
		}
		prefixes = append(prefixes, prefix)
	}
	return prefixes, nil
}

// parsePrefix reads a network, or an address, which becomes a network of one
// address. IPv4 that is written as IPv6 becomes IPv4.
func parsePrefix(text string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(text); err == nil {
		addr = addr.Unmap().WithZone("")
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		return netip.Prefix{}, err
	}
	const mapped = 96 // bits before an IPv4 address
	if addr := prefix.Addr(); addr.Is4In6() && prefix.Bits() >= mapped {
		prefix = netip.PrefixFrom(addr.Unmap(), prefix.Bits()-mapped)
	}
	return prefix.Masked(), nil
}

// parseSharedNetworks reads networks, each with "=" and a number behind it, with
// commas between them.
func parseSharedNetworks(list string) (any, error) {
	var networks []SharedNetwork
	for text := range strings.SplitSeq(list, ",") {
		text = strings.TrimSpace(text)
		if text == "" {
			continue
		}
		network, number, _ := strings.Cut(text, "=")
		prefix, err := parsePrefix(strings.TrimSpace(network))
		if err != nil {
			return nil, err
		}
		devices, err := strconv.Atoi(strings.TrimSpace(number))
		if err != nil {
			return nil, err
		}
		networks = append(networks, SharedNetwork{prefix, devices})
	}
	return networks, nil
}

// describe returns all settings with their values as given.
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

// distance returns the Levenshtein distance of a and b: the fewest bytes to insert,
// remove or replace to turn a into b.
func distance(a, b string) int {
	row := make([]int, len(b)+1) // distances of a prefix of a to every prefix of b
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
