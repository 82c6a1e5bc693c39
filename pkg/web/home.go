package web

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/status"
)

const (
	// maxQuery bounds what is searched for, in bytes.
	maxQuery = 100
	// maxSparks bounds the courses that the front page draws.
	maxSparks = 12
)

// getHome shows what is down now, or what a search found.
func (s *Site) getHome(c *gin.Context, to reader) {
	now := s.Now().UTC()
	names := labels{s.Catalog, to.locale}
	query, country := searched(c.Query("q")), s.known(c.Query("country"))
	services := s.Catalog.Search(query, maxFound)
	typing := c.Query("part") == "found" // our script, while somebody types
	if len(services) == 1 && !typing {
		c.Header("Cache-Control", unkept)
		c.Redirect(http.StatusSeeOther, address(to.prefix, "/"+services[0].Slug))
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
			s.unread(err, "statuses", "")
			before = s.last.recallAll(s.Catalog)
			all = unknownSince(before)
		}
		f := s.frame(to, "/", now)
		f.Index, f.Live, f.Query = query == "" && country == "", "*", query
		if query == "" && country != "" {
			f.Asked = "?country=" + country
		}
		p := homePage(f, all, s.sparks(ctx, to.locale, all, now, names), names)
		if !read {
			p.last(before, names)
		}
		p.Where = where(to.locale, country, all, to.prefix, names)
		if query != "" {
			p.Found = found(to.locale, query, services, all, to.prefix, names)
			p.Title = to.locale.Fill("search_title", locale.Values{"Query": query, "Brand": to.locale.Say("brand")})
		} else if country != "" {
			p.Title = to.locale.Fill("where_title", locale.Values{"Country": names.countryWithin(country), "Brand": to.locale.Say("brand")})
		}
		if read {
			return s.write(http.StatusOK, "home", &p, fresh)
		}
		w, err := s.write(http.StatusServiceUnavailable, "home", &p, unkept)
		if err != nil {
			return nil, err
		}
		w.wait = retryLater
		return w, nil
	})
}

// retryLater is when to ask again for what cannot be read now, in s.
const retryLater = "10"

// known returns the code of a country that somebody asks for, or nothing.
func (s *Site) known(code string) string {
	code = strings.ToUpper(code)
	if _, ok := s.Catalog.Country(code); !ok || code == unknownCountry {
		return ""
	}
	return code
}

// searched cleans what somebody searches for.
func searched(q string) string {
	q = strings.TrimSpace(strings.ToValidUTF8(q, ""))
	if len(q) > maxQuery {
		q = strings.ToValidUTF8(q[:maxQuery], "")
	}
	return q
}

// sparks draws the course of the worst services, all as far back as the one
// counted longest needs. One that cannot be read is left out: the row says the
// rest.
func (s *Site) sparks(ctx context.Context, l *locale.Locale, all []status.Status, now time.Time, names labels) sparks {
	drawn := sparks{of: map[string]*Spark{}}
	if allUnknown(all) {
		return drawn
	}
	var shown []status.Status
	for _, one := range slices.SortedStableFunc(slices.Values(all), worse) {
		if one.Level != detect.OK && len(shown) < maxSparks {
			shown = append(shown, one)
		}
	}
	r := sparkReaches[len(sparkReaches)-1]
	for _, one := range shown {
		series, needed, err := s.course(ctx, one.Service, sparkReaches, now)
		if err == nil && anyKnown(series.Points) && needed.length > r.length {
			r = needed
		}
	}
	for _, one := range shown {
		series, err := s.Board.Series(ctx, one.Service, r.query(now))
		if err != nil {
			s.unread(err, "series", one.Service)
			continue
		}
		series = settled(series, one)
		if len(series.Points) < 2 {
			continue
		}
		from, to := l.Clock(series.Points[0].Start), l.Clock(now)
		label := l.Count("home_spark_label", minutesOf(series), locale.Values{"Service": names.service(one.Service), "From": from, "To": to})
		drawn.of[one.Service] = spark(series, label)
		drawn.title = l.Fill("home_now_spark", locale.Values{"From": from, "To": to})
	}
	return drawn
}

// unread notes that a part of the board could not be read. A visitor who went
// away is no news.
func (s *Site) unread(err error, what, service string) {
	if context.Canceled == err {
		return
	}
	s.Log.Warn("cannot read the board", slog.String("part", what), slog.String("service", service), slog.Any("err", err))
}
