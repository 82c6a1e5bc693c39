package view

import (
	"encoding/xml"
	"time"

	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/notify"
)

// Feed is an Atom feed (RFC 4287) of incidents. An incident keeps its ID and its
// place in time; what is new of it changes its entry.
type Feed struct {
	XMLName   xml.Name   `xml:"http://www.w3.org/2005/Atom feed"`
	Lang      string     `xml:"xml:lang,attr"`
	ID        string     `xml:"id"`
	Title     string     `xml:"title"`
	Subtitle  string     `xml:"subtitle"`
	Updated   string     `xml:"updated"`
	Author    FeedAuthor `xml:"author"`
	Generator string     `xml:"generator"`
	Icon      string     `xml:"icon"`
	Links     []FeedLink `xml:"link"`
	Entries   []FeedEntry
}

// FeedAuthor is who wrote a feed.
type FeedAuthor struct {
	Name string `xml:"name"`
	URI  string `xml:"uri"`
}

// FeedLink is a link of a feed or an entry.
type FeedLink struct {
	Rel      string `xml:"rel,attr"`
	Type     string `xml:"type,attr"`
	Hreflang string `xml:"hreflang,attr,omitempty"`
	Href     string `xml:"href,attr"`
}

// FeedEntry is an incident.
type FeedEntry struct {
	XMLName    xml.Name       `xml:"entry"`
	ID         string         `xml:"id"`
	Title      string         `xml:"title"`
	Published  string         `xml:"published"`
	Updated    string         `xml:"updated"`
	Link       FeedLink       `xml:"link"`
	Categories []FeedCategory `xml:"category"`
	Summary    string         `xml:"summary"`
}

// FeedCategory is the service or the state of an incident.
type FeedCategory struct {
	Scheme string `xml:"scheme,attr"`
	Term   string `xml:"term,attr"`
	Label  string `xml:"label,attr"`
}

// The media type of feeds and that of pages.
const (
	feedType = "application/atom+xml"
	pageType = "text/html"
)

// NewFeed returns the feed with the title and the subtitle of f, at its path.
// Page is the path of the page that shows the same, and began when the site began
// to count as far as its archive knows; it is the time of a feed without
// incidents.
func NewFeed(f Frame, page string, incidents []incident.Incident, began time.Time, names Labels) Feed {
	l := f.Locale
	at := func(path string) string { return f.Origin + f.To(path) }
	below := func(path string) string { return f.Origin + f.Below(path) }
	self := at(f.Path) + f.Asked
	v := Feed{
		Lang: l.Code, ID: self, Title: f.Title, Subtitle: f.Description, Generator: l.Say("brand"), Icon: f.Origin + f.Assets.Icon,
		Author: FeedAuthor{l.Say("brand"), at("/")},
		Links:  []FeedLink{{"self", feedType, l.Code, self}, {"alternate", pageType, l.Code, at(page)}},
	}
	if f.Simulated {
		v.Title = l.Say("simulated") + ": " + v.Title
	}
	latest := began
	for _, inc := range incidents {
		changed := lastChange(inc)
		if changed.After(latest) {
			latest = changed
		}
		text := Notice(notify.Message{Kind: feedKind(inc), Incident: inc, Simulated: f.Simulated}, "", names)
		v.Entries = append(v.Entries, FeedEntry{
			// The ID is that of the page without a language, so that it is one in all languages.
			ID: below("/incidents/" + inc.ID), Title: text.Title, Summary: text.Body,
			Published: atomTime(inc.Suspected), Updated: atomTime(changed),
			Link: FeedLink{"alternate", pageType, l.Code, at("/incidents/" + inc.ID)},
			Categories: []FeedCategory{{below("/"), inc.Service, names.Service(inc.Service)},
				{below("/method"), string(inc.State), l.Say(incidentLevelKey(inc))}},
		})
	}
	v.Updated = atomTime(latest)
	return v
}

// feedKind returns the kind of message that tells the state of an incident.
func feedKind(inc incident.Incident) notify.Kind {
	switch {
	case inc.IsRetracted():
		return notify.Retracted
	case inc.State == incident.Resolved:
		return notify.Resolved
	case inc.State == incident.Recovering:
		return notify.Recovering
	case inc.State == incident.Confirmed:
		return notify.Confirmed
	}
	return notify.Suspected
}

// lastChange returns when something of an incident changed that readers care for.
// Its counts change every ten seconds, and would make it new each time.
func lastChange(inc incident.Incident) time.Time {
	latest := inc.Suspected
	for _, at := range []time.Time{inc.Declared, inc.Easing, inc.Resolved, inc.Reopened, inc.Moved, inc.RetractedAt} {
		if at.After(latest) {
			latest = at
		}
	}
	for _, c := range inc.Corrections {
		if c.At.After(latest) {
			latest = c.At
		}
	}
	return latest
}

// atomTime returns t as feeds have it.
func atomTime(t time.Time) string { return t.UTC().Truncate(time.Second).Format(time.RFC3339) }

// FeedTitle returns the title and the description of the feed about a service, a
// country or, with two empty names, everything. Country is as in a sentence.
func FeedTitle(l *locale.Locale, service, country string) (title, description string) {
	w := locale.Values{"Service": service, "Country": country, "Brand": l.Say("brand")}
	switch {
	case service != "":
		return l.Fill("history_title", w), l.Fill("history_description", w)
	case country != "":
		return l.Fill("where_title", w), l.Say("feed_description")
	}
	return l.Fill("home_title", w), l.Say("feed_description")
}
