package web

import (
	"bytes"
	"context"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/site"
	"github.com/outcry/outcry/pkg/status"
	"github.com/outcry/outcry/pkg/view"
)

const (
	feedPath    = "/feed.atom"
	feedContent = "application/atom+xml; charset=utf-8"
	// feedEntries is the most incidents of a feed.
	feedEntries = 40
)

// anyState asks the archive for retracted incidents too: readers of a feed must
// learn that what they read was taken back.
var anyState = []incident.State{incident.Suspected, incident.Confirmed, incident.Recovering, incident.Resolved, archive.Retracted}

// feedEpoch is the time of a feed without incidents. It never changes, because
// nothing in such a feed does.
var feedEpoch = time.Unix(0, 0).UTC()

// getFeed serves the feed of all incidents, or of those of a country.
func (s *Pages) getFeed(c *gin.Context, to site.Reader) {
	country := s.Country(c.Query("country"))
	if len(c.QueryArray("country")) > 1 || country == "" && c.Query("country") != "" {
		s.missing(c, to) // the feed of the world would tell a reader of much else
		return
	}
	asked, name := "", ""
	if country != "" {
		asked, name = "?country="+country, s.Labels(to.Locale).CountryInSentence(country)
	}
	f := s.frame(to, feedPath, s.Now().UTC())
	f.Asked = asked
	f.Title, f.Description = view.FeedTitle(to.Locale, "", name)
	s.sendFeed(c, to, f, "/"+asked, archive.IncidentFilter{Country: country})
}

// getServiceFeed serves the feed of the incidents of a service.
func (s *Pages) getServiceFeed(c *gin.Context, to site.Reader) {
	service, ok := s.Catalog.Service(c.Param("service"))
	if !ok {
		s.missing(c, to)
		return
	}
	f := s.frame(to, "/"+service.Slug+feedPath, s.Now().UTC())
	f.Title, f.Description = view.FeedTitle(to.Locale, service.Names.In(to.Locale.Code), "")
	s.sendFeed(c, to, f, "/"+service.Slug, archive.IncidentFilter{Service: service.Slug})
}

// sendFeed sends the feed of the incidents that a filter selects. Page is the page
// that shows them.
func (s *Pages) sendFeed(c *gin.Context, to site.Reader, f view.Frame, page string, filter archive.IncidentFilter) {
	filter.Limit, filter.States = feedEntries, anyState
	c.Header("Access-Control-Allow-Origin", "*")
	s.shared(c, to, f.Path, url.Values{"asked": {f.Asked}}, func(ctx context.Context) (*written, error) {
		all, _, err := s.Incidents.Incidents(ctx, filter)
		if err != nil {
			s.logArchiveError(err, "feed", filter.Service)
			return nil, err
		}
		for i := range all {
			all[i] = status.Current(all[i], s.Live.Live(all[i].Service))
		}
		feed := view.NewFeed(f, page, all, feedEpoch, s.Labels(to.Locale))
		b := bytes.NewBufferString(xml.Header)
		encoder := xml.NewEncoder(b)
		encoder.Indent("", " ")
		if err := encoder.Encode(feed); err != nil {
			return nil, fmt.Errorf("write a feed: %w", err)
		}
		w := &written{code: http.StatusOK, kind: feedContent, plain: b.Bytes(), cache: feedFresh}
		w.tag = site.Tag(w.plain)
		return w, nil
	})
}

// feedFresh is for how long a feed may be kept.
const feedFresh = "public, max-age=60"
