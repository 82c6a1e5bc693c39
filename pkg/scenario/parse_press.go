package scenario

import (
	"strconv"
	"strings"

	"github.com/outcry/outcry/pkg/window"
)

// press reads a printed figure and the part of the replay that it is compared
// with.
func (p *reader) press(at string, s *Scenario, f *filePress) Figure {
	pr := Figure{What: f.What, Services: f.Services, Country: f.Country, Symptom: f.Symptom, Note: f.Note, Printed: f.Count}
	if f.What == "" {
		p.addFault(at+".what", "is missing")
	}
	if f.Replayed != nil && !*f.Replayed {
		if f.Note == "" || !(f.Count > 0) {
			p.addFault(at, "what is not replayed has a count and a note that says why")
		}
		return pr
	}
	pr.Replayed = true
	if len(f.Services) == 0 {
		p.addFault(at+".services", "must name at least one")
	}
	for _, slug := range f.Services {
		if s.service(slug) == nil {
			p.addFault(at+".services", "%q is not one of the services", slug)
		}
	}
	if f.Country != "" {
		p.country(at+".country", f.Country)
	}
	switch {
	case f.Symptom == "" && (f.Share != 0 || !(f.Count > 0)):
		p.addFault(at, "must state a count, or a symptom and its share")
	case f.Symptom != "" && (f.Count != 0 || !(f.Share > 0 && f.Share <= 100)):
		p.addFault(at, "a symptom has a share of up to 100 per cent, and no count")
	case f.Symptom != "":
		pr.Printed = f.Share / 100
	}
	var err error
	if pr.Window, err = window.Parse(f.Window); err != nil || f.Window == "" {
		p.addFault(at+".window", "must be one of 5m, 15m, 30m, 1h, 6h, 24h")
	}
	pr.AsOf = p.time(at+".as_of", f.AsOf)
	if pr.AsOf.Add(-pr.Window).Before(p.start) {
		p.addFault(at+".window", "reaches back before the start of the replay")
	}
	p.tolerance(at, &pr, f.Within)
	return pr
}

// tolerance reads how much a measurement may differ from the printed figure:
// "3%", which is the default, or "1 point" for a share.
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
		p.addFault(at+".within", "must be like 3%%, or like 1 point for a share")
		return
	}
	pr.Within = v / 100
}
