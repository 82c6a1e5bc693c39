package view

import (
	"cmp"
	"slices"
	"time"

	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/locale"
)

// Timeline lists the events of an incident.
type Timeline struct {
	Title   string
	Note    string
	Href    string // of the incident's own page; empty on it
	Days    bool   // entries name their day
	Entries []Entry
}

// Entry is one event of a timeline.
type Entry struct {
	Time  string
	Day   string // where it is not the day of the entry before, or of all
	Stamp string
	Look  string // the shape beside it
	Hot   bool
	Text  []locale.Part
}

// maxEntries bounds a timeline, maxEntriesNow that on the page of a service.
const (
	maxEntries    = 60
	maxEntriesNow = 8
)

// unwordedEntry is an entry before its time and text are written for the page.
type unwordedEntry struct {
	at   time.Time
	look string
	text string
}

// timelineEntries words the onset, the peak and the events of an incident, at
// most this many. They are in order for a resolved incident, and latest first
// for one that runs.
func timelineEntries(l *locale.Locale, inc incident.Incident, events []incident.Event, most int) []Entry {
	all := []unwordedEntry{{inc.Onset, "ok", l.Say("tl_onset")}}
	if inc.Peak.Observed > 0 {
		w := locale.Values{"N": l.Number(inc.Peak.Observed), "Window": l.InWindow(inc.Peak.Window), "Usual": l.Expected(inc.Peak.Expected)}
		all = append(all, unwordedEntry{inc.Peak.At, incidentLook(inc), l.Fill("tl_peak", w)})
	}
	for _, e := range inc.Timeline(events) {
		if e.Change.IsByHand() {
			all = append(all, wordByHand(l, inc, e))
			continue
		}
		all = append(all, wordEvent(l, e))
	}
	slices.SortStableFunc(all, func(a, b unwordedEntry) int { return a.at.Compare(b.at) })
	if len(all) > most { // the beginning and the latest tell most
		all = append(all[:1:1], all[len(all)-most+1:]...)
	}
	if inc.State != incident.Resolved {
		slices.Reverse(all)
	}
	list := make([]Entry, len(all))
	day := ""
	if first, last := l.Day(all[0].at), l.Day(all[len(all)-1].at); first == last {
		day = first
	}
	for i, h := range all {
		list[i] = Entry{Time: l.Clock(h.at), Stamp: locale.Stamp(h.at), Look: h.look, Hot: h.look == "outage" || h.look == "warning", Text: locale.Parts(h.text)}
		if d := l.Day(h.at); d != day {
			list[i].Day, day = d, d
		}
	}
	return list
}

// changes holds the look and the message of every change of an incident.
var changes = map[incident.Change]struct{ look, key string }{
	incident.BecameSuspected:  {"warning", "tl_suspected"},
	incident.BecameConfirmed:  {"outage", "tl_confirmed"},
	incident.BecameRecovering: {"warning", "tl_recovering"},
	incident.Reopened:         {"warning", "tl_reopened"},
	incident.BecameResolved:   {"ok", "tl_resolved"},
	incident.CountriesChanged: {"", "tl_spread"},
	incident.Annotated:        {"unknown", "tl_note_added"},
	incident.Retracted:        {"ok", "tl_retracted"},
	incident.Corrected:        {"unknown", "tl_corrected"},
	incident.Declared:         {"outage", "tl_declared"},
	incident.Merged:           {"unknown", "tl_merged"},
	incident.Muted:            {"unknown", "tl_muted"},
	incident.Recounted:        {"unknown", "tl_recounted"},
}

// wordEvent words one event.
func wordEvent(l *locale.Locale, e incident.Event) unwordedEntry {
	c := changes[e.Change]
	if c.look == "" {
		c.look = detect.Warning.String()
		if e.State == incident.Confirmed {
			c.look = detect.Outage.String()
		}
	}
	w := locale.Values{
		"N": l.Number(e.Observed), "Window": l.InWindow(e.Window), "Usual": l.Expected(e.Expected),
		"Countries": l.Count("n_countries", int64(len(e.Countries)), nil),
		"Networks":  l.Count("n_networks", int64(e.Networks), nil),
	}
	return unwordedEntry{e.At, c.look, l.Fill(cmp.Or(c.key, "tl_spread"), w)}
}

// newTimeline returns the timeline of an incident with at most this many
// entries.
func newTimeline(l *locale.Locale, inc incident.Incident, events []incident.Event, most int) *Timeline {
	t := &Timeline{Title: l.Say("tl_title"), Note: l.Say("tl_note_over"), Entries: timelineEntries(l, inc, events, most)}
	t.Days = slices.ContainsFunc(t.Entries, func(e Entry) bool { return e.Day != "" })
	if inc.State != incident.Resolved {
		t.Title, t.Note = l.Say("tl_title_now"), l.Say("tl_note")
	}
	return t
}
