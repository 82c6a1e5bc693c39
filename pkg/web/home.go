package web

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/gate"
	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/site"
	"github.com/outcry/outcry/pkg/status"
	"github.com/outcry/outcry/pkg/view"
)

const (
	// maxSparks bounds the courses that the front page draws.
	maxSparks = 12
)

// getHome serves the front page, with the result of a search or the trouble in
// one country if the query asks for it.
func (s *Pages) getHome(c *gin.Context, to site.Reader) {
	now := s.Now().UTC()
	names := s.Labels(to.Locale)
	query, country := site.CleanSearch(c.Query("q")), s.Country(c.Query("country"))
	services, err := s.search(c.Request.Context(), query)
	if err != nil {
		s.failed(c, to)
		return
	}
	typing := c.Query("part") == "found" // our script, while somebody types
	if len(services) == 1 && !typing {
		c.Header("Cache-Control", site.NoStore)
		c.Redirect(http.StatusSeeOther, to.Prefix.To("/"+services[0].Slug))
		return
	}
	asked := url.Values{"q": {query}, "country": {country}}
	s.shared(c, to, "/", asked, func(ctx context.Context) (*written, error) {
		all, err := s.Board.Statuses(ctx)
		read := err == nil
		var before []status.Status
		if read {
			s.last.keepAll(all)
		} else {
			s.LogUnread(err, "statuses", "")
			before = s.last.recallAll(s.Catalog)
			all = unknownSince(before)
		}
		f := s.frame(to, "/", now)
		f.Index, f.Live, f.Query = query == "" && country == "", "*", query
		if query == "" && country != "" {
			f.Asked = "?country=" + country
		}
		f.Feed = feedPath + f.Asked
		p := view.NewHomePage(f, all, s.sparks(ctx, all, now, names), names)
		if !read {
			p.ShowLastCounted(before, names)
		}
		p.Where = view.NewCountryTrouble(to.Locale, country, all, to.Prefix, names)
		if query != "" {
			p.Found = view.NewFound(to.Locale, query, services, all, to.Prefix, names)
			if len(services) == 0 {
				p.Found.Wish = s.wishFor(to, query)
			}
			p.Title = to.Locale.Fill("search_title", locale.Values{"Query": query, "Brand": to.Locale.Say("brand")})
		} else if country != "" {
			p.Title = to.Locale.Fill("where_title", locale.Values{"Country": names.CountryInSentence(country), "Brand": to.Locale.Say("brand")})
		}
		if read {
			return s.write(http.StatusOK, "home", &p, fresh)
		}
		w, err := s.write(http.StatusServiceUnavailable, "home", &p, site.NoStore)
		if err != nil {
			return nil, err
		}
		w.wait = retryLater
		return w, nil
	})
}

// retryLater is the Retry-After of a page whose data cannot be read, in seconds.
const retryLater = "10"

// search returns the services that a query finds. An empty one finds none, and waits
// for nobody.
func (s *Pages) search(ctx context.Context, query string) ([]*catalog.Service, error) {
	if query == "" {
		return nil, nil
	}
	return gate.Do(ctx, s.Making, func() ([]*catalog.Service, error) { return s.Catalog.Search(query, view.MaxFound), nil })
}

// sparks draws the courses of the services in most trouble, all over the range
// that the one counted longest needs. A course that cannot be read is left out.
func (s *Pages) sparks(ctx context.Context, all []status.Status, now time.Time, names view.Labels) view.Sparks {
	shown := view.WorstServices(all, maxSparks)
	r := view.SparkRanges[len(view.SparkRanges)-1]
	for _, one := range shown {
		series, needed, err := s.course(ctx, one.Service, view.SparkRanges, now)
		if err == nil && view.AnyCounted(series.Points) && needed.Length > r.Length {
			r = needed
		}
	}
	drawn := view.NewSparks(names, now)
	for _, one := range shown {
		series, err := s.Board.Series(ctx, one.Service, r.Query(now))
		if err != nil {
			s.LogUnread(err, "series", one.Service)
			continue
		}
		drawn.Draw(one, series)
	}
	return drawn
}
