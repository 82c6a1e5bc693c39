package scenario

import "slices"

// extended returns the scenario that f adds to, or an empty one if it stands
// alone. It is false if there is none of that name. What f says of its own
// replaces what the other says; its notes, brigades and figures come on top,
// and a service takes the place of the one with its slug. The time belongs to
// the other, whose surges and figures are at fixed minutes of it.
func (p *reader) extended(f *fileScenario) (*Scenario, bool) {
	if f.Extends == "" {
		return &Scenario{}, true
	}
	if p.extending {
		p.fail("extends", "a scenario that extends another cannot be extended")
		return nil, false
	}
	data, err := files.ReadFile(f.Extends + ".yaml")
	if err != nil || !names.MatchString(f.Extends) {
		p.fail("extends", "there is no embedded scenario %q", f.Extends)
		return nil, false
	}
	s, err := parse(f.Extends+".yaml", data, true)
	if err != nil {
		p.fail("extends", "%v", err)
		return nil, false
	}
	for at, stated := range map[string]bool{"start": f.Start != "", "end": f.End != "", "history_weeks": f.HistoryWeeks != 0} {
		if stated {
			p.fail(at, "is that of the scenario which this one extends")
		}
	}
	p.start, p.end = s.Start, s.End
	return s, true
}

// put adds a service, in the place of the one with its slug if there is one.
func (s *Scenario) put(sv Service) {
	i := slices.IndexFunc(s.Services, func(other Service) bool { return other.Slug == sv.Slug })
	if i < 0 {
		s.Services = append(s.Services, sv)
		return
	}
	s.Services[i] = sv
}
