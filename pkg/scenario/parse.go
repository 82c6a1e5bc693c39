package scenario

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"github.com/outcry/outcry/pkg/window"
)

// Parse reads a scenario file and checks it. The error has a line
// "file:line: reason" for every fault that was found.
func Parse(file string, data []byte) (*Scenario, error) { return parseFile(file, data, false) }

// parseFile parses a scenario file. isBase is set for a file that another one
// extends.
func parseFile(file string, data []byte, extending bool) (*Scenario, error) {
	f, tree, err := decode(file, data)
	if err != nil {
		return nil, err
	}
	p := &reader{file: file, tree: tree, isBase: extending}
	s := p.scenario(f)
	if len(p.faults) > 0 {
		return nil, errors.Join(p.faults...)
	}
	return s, nil
}

// reader turns a decoded file into a Scenario and collects the faults.
type reader struct {
	file   string
	tree   *ast.File
	isBase bool // another file extends this one
	faults []error
	start  time.Time
	end    time.Time
}

// addFault adds a fault of the field at this path of the document, such as
// "services[0].shape".
func (p *reader) addFault(at, format string, args ...any) {
	p.faults = append(p.faults, fmt.Errorf("%s:%d: %s: %s", p.file, p.line(at), at, fmt.Sprintf(format, args...)))
}

// line returns the line of the field at this path. When the field is missing it
// is the line of the nearest field around it.
func (p *reader) line(at string) int {
	for at != "" {
		if path, err := yaml.PathString("$." + at); err == nil {
			if node, err := path.FilterFile(p.tree); err == nil && node.GetToken() != nil {
				return node.GetToken().Position.Line
			}
		}
		at = at[:max(strings.LastIndexAny(at, ".["), 0)]
	}
	return 1
}

// idPattern matches the names of scenarios, the slugs of services and the IDs
// of symptoms.
var idPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`)

func (p *reader) scenario(f *fileScenario) *Scenario {
	s, ok := p.base(f)
	if !ok {
		return nil
	}
	s.Name, s.Title, s.Source, s.Notes = f.Name, f.Title, f.Source, slices.Concat(s.Notes, f.Notes)
	if !idPattern.MatchString(f.Name) {
		p.addFault("name", "must be lower-case letters, digits and hyphens")
	}
	if f.Title == "" {
		p.addFault("title", "is missing")
	}
	if f.Source == "" {
		p.addFault("source", "is missing: say whose figures these are, and that the rest is simulated")
	}
	if f.Extends == "" {
		p.span(s, f)
	}
	if f.Extends == "" || f.Expect != "" {
		s.Expect = Expect(f.Expect)
	}
	if !slices.Contains([]Expect{Declared, NothingConfirmed, NoIncident}, s.Expect) {
		p.addFault("expect", "must be %q, %q or %q", Declared, NothingConfirmed, NoIncident)
	}
	if f.DeclaredWithin != "" {
		d, err := time.ParseDuration(f.DeclaredWithin)
		if err != nil || d <= 0 {
			p.addFault("declared_within", "is not a duration such as 5m")
		}
		s.DeclaredWithin = d
	}
	p.services(s, f)
	for i := range f.Brigades {
		s.Brigades = append(s.Brigades, p.brigade(fmt.Sprintf("brigades[%d]", i), s, &f.Brigades[i]))
	}
	for i := range f.Press {
		s.Press = append(s.Press, p.press(fmt.Sprintf("press[%d]", i), s, &f.Press[i]))
	}
	return s
}

// span reads the weeks of history, and start and end, to which all other times
// refer.
func (p *reader) span(s *Scenario, f *fileScenario) {
	if s.Weeks = f.HistoryWeeks; s.Weeks < 0 || s.Weeks > maxWeeks {
		p.addFault("history_weeks", "must be between 0 and %d", maxWeeks)
	}
	var err error
	if p.start, err = time.Parse(time.RFC3339, f.Start); err != nil {
		p.addFault("start", "is not a time such as 2017-11-03T04:00:00Z")
		return
	}
	if p.end, err = time.Parse(time.RFC3339, f.End); err != nil {
		p.addFault("end", "is not a time such as 2017-11-03T14:00:00Z")
		return
	}
	p.start, p.end = p.start.UTC(), p.end.UTC()
	s.Start, s.End = p.start, p.end
	if !p.start.Equal(p.start.Truncate(hour)) {
		p.addFault("start", "must be a full hour, where the history ends")
	}
	if !p.end.Equal(window.Start(p.end)) {
		p.addFault("end", "must be a full minute")
	}
	if length := p.end.Sub(p.start); length <= 0 || length > maxLength {
		p.addFault("end", "must be after the start, by at most %d days", maxLength/(24*hour))
	}
	if year := p.start.Year(); year < 1971 || year > 2200 {
		p.addFault("start", "is not a year that an outage was in")
	}
}

// time reads a time. It must be a full minute between start and end.
func (p *reader) time(at, text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		day, err := time.Parse("15:04", text)
		if err != nil {
			p.addFault(at, "%q is not a time such as 07:50 or 2022-10-25T07:50:00Z", text)
			return time.Time{}
		}
		t = p.start.Truncate(24 * hour).Add(day.Sub(day.Truncate(24 * hour)))
		if t.Before(p.start) {
			t = t.Add(24 * hour)
		}
	}
	t = t.UTC()
	if t.Before(p.start) || t.After(p.end) {
		p.addFault(at, "%q is outside of the replay", text)
	}
	if !t.Equal(window.Start(t)) {
		p.addFault(at, "%q is not a full minute", text)
	}
	return t
}

func (p *reader) service(at string, f *fileService) Service {
	sv := Service{Slug: f.Service, Role: Role(f.Role), Rhythm: Rhythm(f.Rhythm), Dispersion: f.Dispersion}
	if !idPattern.MatchString(f.Service) {
		p.addFault(at+".service", "is not the slug of a service")
	}
	if !slices.Contains([]Role{Story, Echo, Control}, sv.Role) {
		p.addFault(at+".role", "must be %q, %q or %q", Story, Echo, Control)
	}
	if (sv.Role == Story) != (f.Onset != "") {
		p.addFault(at+".onset", "belongs to services of the story, and to all of them")
	} else if f.Onset != "" {
		sv.Onset = p.time(at+".onset", f.Onset)
	}
	sv.Where = f.Where
	for _, code := range f.Where {
		p.country(at+".where", code)
	}
	if _, ok := patterns[sv.Rhythm]; !ok {
		p.addFault(at+".rhythm", "must be %q, %q or %q", Social, Work, Flat)
	}
	if !(f.Dispersion >= 0 && f.Dispersion <= 1) {
		p.addFault(at+".dispersion", "must be between 0 and 1")
	}
	sv.Quiet = p.rates(at+".quiet", f.Quiet)
	if len(sv.Quiet) == 0 {
		p.addFault(at+".quiet", "must name at least one country")
	}
	sv.Split = p.split(at+".split", f.Split)
	for i := range f.Surges {
		sv.Surges = append(sv.Surges, p.surge(fmt.Sprintf("%s.surges[%d]", at, i), &f.Surges[i]))
	}
	return sv
}

// services reads the services. It checks that no service comes twice, and that
// there is a story exactly when the scenario expects a declared outage.
func (p *reader) services(s *Scenario, f *fileScenario) {
	seen := make(map[string]bool)
	for i := range f.Services {
		sv := p.service(fmt.Sprintf("services[%d]", i), &f.Services[i])
		if seen[sv.Slug] {
			p.addFault(fmt.Sprintf("services[%d].service", i), "%s comes twice", sv.Slug)
		}
		seen[sv.Slug] = true
		s.putService(sv)
	}
	if len(s.Services) == 0 {
		p.addFault("services", "must name at least one")
	}
	story := slices.ContainsFunc(s.Services, func(sv Service) bool { return sv.Role == Story })
	if story != (s.Expect == Declared) {
		p.addFault("expect", "must be %q exactly when a service has the role %q", Declared, Story)
	}
}

// service returns the service with this slug, or nil when there is none.
func (s *Scenario) service(slug string) *Service {
	for i := range s.Services {
		if s.Services[i].Slug == slug {
			return &s.Services[i]
		}
	}
	return nil
}
