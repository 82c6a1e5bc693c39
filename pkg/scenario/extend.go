package scenario

import "slices"

// base returns the scenario that f extends, or an empty one if it extends none.
// It returns false and adds a fault if the base cannot be read.
//
// The texts of f replace those of the base. Its notes, brigades and figures are
// appended, and a service replaces the one with the same slug. Start, end and
// history are those of the base, whose surges and figures lie at fixed minutes.
func (p *reader) base(f *fileScenario) (*Scenario, bool) {
	if f.Extends == "" {
		return &Scenario{}, true
	}
	if p.isBase {
		p.addFault("extends", "a scenario that extends another cannot be extended")
		return nil, false
	}
	data, err := files.ReadFile(f.Extends + ".yaml")
	if err != nil || !idPattern.MatchString(f.Extends) {
		p.addFault("extends", "there is no embedded scenario %q", f.Extends)
		return nil, false
	}
	s, err := parseFile(f.Extends+".yaml", data, true)
	if err != nil {
		p.addFault("extends", "%v", err)
		return nil, false
	}
	for at, stated := range map[string]bool{"start": f.Start != "", "end": f.End != "", "history_weeks": f.HistoryWeeks != 0} {
		if stated {
			p.addFault(at, "is that of the scenario which this one extends")
		}
	}
	p.start, p.end = s.Start, s.End
	return s, true
}

// putService adds a service, or replaces the one with the same slug.
func (s *Scenario) putService(sv Service) {
	i := slices.IndexFunc(s.Services, func(other Service) bool { return other.Slug == sv.Slug })
	if i < 0 {
		s.Services = append(s.Services, sv)
		return
	}
	s.Services[i] = sv
}
