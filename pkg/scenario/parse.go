package scenario

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"github.com/outcry/outcry/pkg/window"
)

// Bounds of a file, so that a slip of the pen ends in a message and not in a
// replay of weeks.
const (
	maxLength  = 31 * 24 * time.Hour
	maxWeeks   = 8
	maxRate    = 1e6  // reports per 15 minutes of one country
	maxTimes   = 1000 // the quiet rate
	maxPresses = 1e5  // a brigade's, per minute
	maxDevices = 1e5
)

// fileScenario is a scenario as it is written. Times are RFC 3339, or HH:MM for
// the first such time at or after the start; splits are in per cent.
type fileScenario struct {
	Name           string        `yaml:"name"`
	Extends        string        `yaml:"extends"`
	Title          string        `yaml:"title"`
	Source         string        `yaml:"source"`
	Notes          []string      `yaml:"notes"`
	Start          string        `yaml:"start"`
	End            string        `yaml:"end"`
	HistoryWeeks   int           `yaml:"history_weeks"`
	Expect         string        `yaml:"expect"`
	DeclaredWithin string        `yaml:"declared_within"`
	Services       []fileService `yaml:"services"`
	Brigades       []fileBrigade `yaml:"brigades"`
	Press          []filePress   `yaml:"press"`
}

type fileService struct {
	Service    string             `yaml:"service"`
	Role       string             `yaml:"role"`
	Onset      string             `yaml:"onset"`
	Where      []string           `yaml:"where"`
	Rhythm     string             `yaml:"rhythm"`
	Dispersion float64            `yaml:"dispersion"`
	Quiet      map[string]float64 `yaml:"quiet"`
	Split      map[string]float64 `yaml:"split"`
	Surges     []fileSurge        `yaml:"surges"`
}

type fileSurge struct {
	What      string                        `yaml:"what"`
	Times     float64                       `yaml:"times"`
	Countries []string                      `yaml:"countries"`
	Reports   map[string]float64            `yaml:"reports"`
	Shape     map[string]float64            `yaml:"shape"`
	Split     map[string]float64            `yaml:"split"`
	Splits    map[string]map[string]float64 `yaml:"splits"`
}

type fileBrigade struct {
	What      string   `yaml:"what"`
	Service   string   `yaml:"service"`
	Country   string   `yaml:"country"`
	Symptom   string   `yaml:"symptom"`
	From      string   `yaml:"from"`
	To        string   `yaml:"to"`
	Networks  []string `yaml:"networks"`
	Addresses int      `yaml:"addresses"`
	Devices   int      `yaml:"devices"`
	PerMinute float64  `yaml:"per_minute"`
}

type filePress struct {
	What     string   `yaml:"what"`
	Services []string `yaml:"services"`
	Country  string   `yaml:"country"`
	Symptom  string   `yaml:"symptom"`
	Window   string   `yaml:"window"`
	AsOf     string   `yaml:"as_of"`
	Count    float64  `yaml:"count"`
	Share    float64  `yaml:"share"`
	Within   string   `yaml:"within"`
	Replayed *bool    `yaml:"replayed"`
	Note     string   `yaml:"note"`
}

// Parse reads a scenario file and checks it. The error has a line
// "file:line: reason" for every fault that was found.
func Parse(file string, data []byte) (*Scenario, error) { return parse(file, data, false) }

// parse does it for a file, or for one that another file extends.
func parse(file string, data []byte, extending bool) (*Scenario, error) {
	f, tree, err := decode(file, data)
	if err != nil {
		return nil, err
	}
	p := &reader{file: file, tree: tree, extending: extending}
	s := p.scenario(f)
	if len(p.faults) > 0 {
		return nil, errors.Join(p.faults...)
	}
	return s, nil
}

// reader turns what a file says into a Scenario and collects its faults.
type reader struct {
	file      string
	tree      *ast.File
	extending bool // another file extends this one
	faults    []error
	start     time.Time
	end       time.Time
}

// fail notes a fault at the place of the document that at names, such as
// "services[0].shape".
func (p *reader) fail(at, format string, args ...any) {
	p.faults = append(p.faults, fmt.Errorf("%s:%d: %s: %s", p.file, p.line(at), at, fmt.Sprintf(format, args...)))
}

// line returns the line of a place, or of what holds it when it is missing.
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

var names = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`)

func (p *reader) scenario(f *fileScenario) *Scenario {
	s, ok := p.extended(f)
	if !ok {
		return nil
	}
	s.Name, s.Title, s.Source, s.Notes = f.Name, f.Title, f.Source, slices.Concat(s.Notes, f.Notes)
	if !names.MatchString(f.Name) {
		p.fail("name", "must be lower-case letters, digits and hyphens")
	}
	if f.Title == "" {
		p.fail("title", "is missing")
	}
	if f.Source == "" {
		p.fail("source", "is missing: say whose figures these are, and that the rest is simulated")
	}
	if f.Extends == "" {
		p.span(s, f)
	}
	if f.Extends == "" || f.Expect != "" {
		s.Expect = Expect(f.Expect)
	}
	if !slices.Contains([]Expect{Declared, NothingConfirmed, NoIncident}, s.Expect) {
		p.fail("expect", "must be %q, %q or %q", Declared, NothingConfirmed, NoIncident)
	}
	if f.DeclaredWithin != "" {
		d, err := time.ParseDuration(f.DeclaredWithin)
		if err != nil || d <= 0 {
			p.fail("declared_within", "is not a duration such as 5m")
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

// span reads start and end, which all other times refer to, and how much came
// before.
func (p *reader) span(s *Scenario, f *fileScenario) {
	if s.Weeks = f.HistoryWeeks; s.Weeks < 0 || s.Weeks > maxWeeks {
		p.fail("history_weeks", "must be between 0 and %d", maxWeeks)
	}
	var err error
	if p.start, err = time.Parse(time.RFC3339, f.Start); err != nil {
		p.fail("start", "is not a time such as 2017-11-03T04:00:00Z")
		return
	}
	if p.end, err = time.Parse(time.RFC3339, f.End); err != nil {
		p.fail("end", "is not a time such as 2017-11-03T14:00:00Z")
		return
	}
	p.start, p.end = p.start.UTC(), p.end.UTC()
	s.Start, s.End = p.start, p.end
	if !p.start.Equal(p.start.Truncate(hour)) {
		p.fail("start", "must be a full hour, where the history ends")
	}
	if !p.end.Equal(p.end.Truncate(time.Minute)) {
		p.fail("end", "must be a full minute")
	}
	if length := p.end.Sub(p.start); length <= 0 || length > maxLength {
		p.fail("end", "must be after the start, by at most %d days", maxLength/(24*hour))
	}
	if year := p.start.Year(); year < 1971 || year > 2200 {
		p.fail("start", "is not a year that an outage was in")
	}
}

// time reads a time of the replay, which must be a full minute in it.
func (p *reader) time(at, text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		day, err := time.Parse("15:04", text)
		if err != nil {
			p.fail(at, "%q is not a time such as 07:50 or 2022-10-25T07:50:00Z", text)
			return time.Time{}
		}
		t = p.start.Truncate(24 * hour).Add(day.Sub(day.Truncate(24 * hour)))
		if t.Before(p.start) {
			t = t.Add(24 * hour)
		}
	}
	t = t.UTC()
	if t.Before(p.start) || t.After(p.end) {
		p.fail(at, "%q is outside of the replay", text)
	}
	if !t.Equal(t.Truncate(time.Minute)) {
		p.fail(at, "%q is not a full minute", text)
	}
	return t
}

func (p *reader) service(at string, f *fileService) Service {
	sv := Service{Slug: f.Service, Role: Role(f.Role), Rhythm: Rhythm(f.Rhythm), Dispersion: f.Dispersion}
	if !names.MatchString(f.Service) {
		p.fail(at+".service", "is not the slug of a service")
	}
	if !slices.Contains([]Role{Story, Echo, Control}, sv.Role) {
		p.fail(at+".role", "must be %q, %q or %q", Story, Echo, Control)
	}
	if (sv.Role == Story) != (f.Onset != "") {
		p.fail(at+".onset", "belongs to services of the story, and to all of them")
	} else if f.Onset != "" {
		sv.Onset = p.time(at+".onset", f.Onset)
	}
	sv.Where = f.Where
	for _, code := range f.Where {
		p.country(at+".where", code)
	}
	if _, ok := patterns[sv.Rhythm]; !ok {
		p.fail(at+".rhythm", "must be %q, %q or %q", Social, Work, Flat)
	}
	if !(f.Dispersion >= 0 && f.Dispersion <= 1) {
		p.fail(at+".dispersion", "must be between 0 and 1")
	}
	sv.Quiet = p.rates(at+".quiet", f.Quiet)
	if len(sv.Quiet) == 0 {
		p.fail(at+".quiet", "must name at least one country")
	}
	sv.Split = p.split(at+".split", f.Split)
	for i := range f.Surges {
		sv.Surges = append(sv.Surges, p.surge(fmt.Sprintf("%s.surges[%d]", at, i), &f.Surges[i]))
	}
	return sv
}

// services reads the services, each of which comes once, and checks that the
// story has one.
func (p *reader) services(s *Scenario, f *fileScenario) {
	seen := make(map[string]bool)
	for i := range f.Services {
		sv := p.service(fmt.Sprintf("services[%d]", i), &f.Services[i])
		if seen[sv.Slug] {
			p.fail(fmt.Sprintf("services[%d].service", i), "%s comes twice", sv.Slug)
		}
		seen[sv.Slug] = true
		s.put(sv)
	}
	if len(s.Services) == 0 {
		p.fail("services", "must name at least one")
	}
	story := slices.ContainsFunc(s.Services, func(sv Service) bool { return sv.Role == Story })
	if story != (s.Expect == Declared) {
		p.fail("expect", "must be %q exactly when a service has the role %q", Declared, Story)
	}
}

func (p *reader) surge(at string, f *fileSurge) Surge {
	sg := Surge{What: f.What, Times: f.Times}
	if f.What == "" {
		p.fail(at+".what", "is missing")
	}
	switch {
	case (f.Times == 0) == (len(f.Reports) == 0):
		p.fail(at, "must state either times or reports")
	case len(f.Reports) > 0:
		if len(f.Countries) > 0 {
			p.fail(at+".countries", "goes with times; reports name the countries themselves")
		}
		sg.Rates = p.rates(at+".reports", f.Reports)
	case !(f.Times > 1 && f.Times <= maxTimes):
		p.fail(at+".times", "must be above 1 and at most %d", maxTimes)
	default:
		named := make(map[string]float64)
		for _, c := range f.Countries {
			named[c] = 1
		}
		sg.Rates = p.rates(at+".countries", named)
	}
	for text, level := range f.Shape {
		if !(level >= 0 && level <= 1) {
			p.fail(at+".shape", "the level at %s must be between 0 and 1", text)
		}
		sg.Shape = append(sg.Shape, Level{At: p.time(at+".shape", text), Level: level})
	}
	slices.SortFunc(sg.Shape, func(a, b Level) int { return a.At.Compare(b.At) })
	if len(sg.Shape) < 2 {
		p.fail(at+".shape", "must have at least two points")
	}
	for i := 1; i < len(sg.Shape); i++ {
		if sg.Shape[i].At.Equal(sg.Shape[i-1].At) {
			p.fail(at+".shape", "names %s twice", sg.Shape[i].At.Format("15:04"))
		}
	}
	sg.Moves = p.moves(at, f)
	return sg
}

// moves reads how the split of a surge moves.
func (p *reader) moves(at string, f *fileSurge) []SplitPoint {
	if len(f.Split) > 0 && len(f.Splits) > 0 {
		p.fail(at+".splits", "state either split or splits")
	}
	if len(f.Split) > 0 {
		return []SplitPoint{{At: p.start, Split: p.split(at+".split", f.Split)}}
	}
	var moves []SplitPoint
	for text, split := range f.Splits {
		moves = append(moves, SplitPoint{At: p.time(at+".splits", text), Split: p.split(at+".splits", split)})
	}
	slices.SortFunc(moves, func(a, b SplitPoint) int { return a.At.Compare(b.At) })
	for i := 1; i < len(moves); i++ {
		if moves[i].At.Equal(moves[i-1].At) {
			p.fail(at+".splits", "names %s twice", moves[i].At.Format("15:04"))
		}
	}
	return moves
}

// rates reads rates by country, sorted by code.
func (p *reader) rates(at string, byCountry map[string]float64) []Rate {
	var rates []Rate
	for code, perQ := range byCountry {
		p.country(at, code)
		if !(perQ > 0 && perQ <= maxRate) {
			p.fail(at, "%s must be above 0 and at most %.0f reports per 15 minutes", code, maxRate)
		}
		rates = append(rates, Rate{Country: code, PerQ: perQ})
	}
	slices.SortFunc(rates, func(a, b Rate) int { return cmp.Compare(a.Country, b.Country) })
	return rates
}

func (p *reader) country(at, code string) {
	if _, ok := places()[code]; !ok {
		p.fail(at, "%q is not a country that scenarios know", code)
	}
}

// split reads shares in per cent, the largest first.
func (p *reader) split(at string, percent map[string]float64) Split {
	var sp Split
	var sum float64
	for symptom, share := range percent {
		if !names.MatchString(symptom) {
			p.fail(at, "%q is not the ID of a symptom", symptom)
		}
		if !(share > 0 && share <= 100) {
			p.fail(at, "%s must be above 0 and at most 100 per cent", symptom)
		}
		sum += share
		sp = append(sp, Part{Symptom: symptom, Share: share / 100})
	}
	if math.Abs(sum-100) > 0.001 {
		p.fail(at, "the shares sum to %g, not to 100 per cent", sum)
	}
	slices.SortFunc(sp, func(a, b Part) int {
		return cmp.Or(cmp.Compare(b.Share, a.Share), cmp.Compare(a.Symptom, b.Symptom))
	})
	return sp
}

func (p *reader) brigade(at string, s *Scenario, f *fileBrigade) Brigade {
	b := Brigade{
		What: f.What, Service: f.Service, Country: f.Country, Symptom: f.Symptom,
		From: p.time(at+".from", f.From), To: p.time(at+".to", f.To),
		Addresses: f.Addresses, Devices: f.Devices, PerMinute: f.PerMinute,
	}
	if f.What == "" {
		p.fail(at+".what", "is missing")
	}
	if s.service(f.Service) == nil {
		p.fail(at+".service", "%q is not one of the services", f.Service)
	}
	p.country(at+".country", f.Country)
	if !names.MatchString(f.Symptom) {
		p.fail(at+".symptom", "%q is not the ID of a symptom", f.Symptom)
	}
	if !b.From.Before(b.To) {
		p.fail(at+".to", "must be after from")
	}
	if !(f.PerMinute > 0 && f.PerMinute <= maxPresses) {
		p.fail(at+".per_minute", "must be above 0 and at most %.0f", maxPresses)
	}
	if f.Devices < 0 || f.Devices > maxDevices {
		p.fail(at+".devices", "must be between 0 and %.0f", maxDevices)
	}
	for i, text := range f.Networks {
		prefix, err := netip.ParsePrefix(text)
		if err != nil || !documentation(prefix) {
			p.fail(fmt.Sprintf("%s.networks[%d]", at, i), "%q must be 192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24 or a /48 of %s", text, brigadeNetworks)
			continue
		}
		if slices.Contains(b.Networks, prefix) {
			p.fail(fmt.Sprintf("%s.networks[%d]", at, i), "%s comes twice", text)
			continue
		}
		b.Networks = append(b.Networks, prefix)
	}
	if len(b.Networks) == 0 {
		p.fail(at+".networks", "must name at least one")
		return b
	}
	room := 65535 // /64s of a /48, without the first
	for _, prefix := range b.Networks {
		if prefix.Addr().Is4() {
			room = 254
		}
	}
	if f.Addresses < len(b.Networks) || f.Addresses > room*len(b.Networks) {
		p.fail(at+".addresses", "must be between %d and %d", len(b.Networks), room*len(b.Networks))
	}
	return b
}

// documentation tells whether p is a network for documentation that no person
// of a replay reports from.
func documentation(p netip.Prefix) bool {
	if p != p.Masked() {
		return false
	}
	if p.Addr().Is6() {
		return p.Bits() == 48 && brigadeNetworks.Contains(p.Addr())
	}
	switch p.String() {
	case "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24":
		return true
	}
	return false
}

// service returns the service with this slug, or nil.
func (s *Scenario) service(slug string) *Service {
	for i := range s.Services {
		if s.Services[i].Slug == slug {
			return &s.Services[i]
		}
	}
	return nil
}

func (p *reader) press(at string, s *Scenario, f *filePress) Figure {
	pr := Figure{What: f.What, Services: f.Services, Country: f.Country, Symptom: f.Symptom, Note: f.Note, Printed: f.Count}
	if f.What == "" {
		p.fail(at+".what", "is missing")
	}
	if f.Replayed != nil && !*f.Replayed {
		if f.Note == "" || !(f.Count > 0) {
			p.fail(at, "what is not replayed has a count and a note that says why")
		}
		return pr
	}
	pr.Replayed = true
	if len(f.Services) == 0 {
		p.fail(at+".services", "must name at least one")
	}
	for _, slug := range f.Services {
		if s.service(slug) == nil {
			p.fail(at+".services", "%q is not one of the services", slug)
		}
	}
	if f.Country != "" {
		p.country(at+".country", f.Country)
	}
	switch {
	case f.Symptom == "" && (f.Share != 0 || !(f.Count > 0)):
		p.fail(at, "must state a count, or a symptom and its share")
	case f.Symptom != "" && (f.Count != 0 || !(f.Share > 0 && f.Share <= 100)):
		p.fail(at, "a symptom has a share of up to 100 per cent, and no count")
	case f.Symptom != "":
		pr.Printed = f.Share / 100
	}
	var err error
	if pr.Window, err = window.Parse(f.Window); err != nil || f.Window == "" {
		p.fail(at+".window", "must be one of 5m, 15m, 30m, 1h, 6h, 24h")
	}
	pr.AsOf = p.time(at+".as_of", f.AsOf)
	if pr.AsOf.Add(-pr.Window).Before(p.start) {
		p.fail(at+".window", "reaches back before the start of the replay")
	}
	p.tolerance(at, &pr, f.Within)
	return pr
}

// tolerance reads how far off a measurement may be: "3%", the default, or
// "1 point" for a share.
func (p *reader) tolerance(at string, pr *Figure, text string) {
	if text == "" {
		text = "3%"
	}
	number, relative := strings.CutSuffix(text, "%")
	if !relative {
		number, pr.Points = strings.CutSuffix(text, " point")
	}
	v, err := strconv.ParseFloat(number, 64)
	if err != nil || !(v > 0 && v <= 100) || pr.Points && pr.Symptom == "" || !relative && !pr.Points {
		p.fail(at+".within", "must be like 3%%, or like 1 point for a share")
		return
	}
	pr.Within = v / 100
}
