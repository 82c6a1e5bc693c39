package web

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/status"
)

const (
	// maxQuery bounds what is searched for, in bytes.
	maxQuery = 100
	// maxSparks bounds the courses that the front page draws.
	maxSparks = 12
	// sparkSpan is how far back they go.
	sparkSpan = 6 * time.Hour
)

// getHome shows what is down now, or what a search found.
func (s *Site) getHome(c *gin.Context, to reader) {
	ctx, now := c.Request.Context(), s.Now().UTC()
	names := labels{s.Catalog, to.locale.Code}
	query := searched(c.Query("q"))
	services := s.Catalog.Search(query, maxFound)
	if len(services) == 1 {
		c.Header("Cache-Control", "no-store")
		c.Redirect(http.StatusSeeOther, address(to.prefix, "/"+services[0].Slug))
		return
	}
	all, err := s.Board.Statuses(ctx)
	if err != nil {
		s.unread(err, "statuses", "")
		s.failed(c, to)
		return
	}
	f := s.frame(to, "/", now)
	f.Index, f.Live, f.Query = query == "", "*", query
	p := homePage(f, all, s.sparks(ctx, to.locale, all, now, names), names)
	from := now.Add(-sparkSpan).Truncate(chartStep)
	p.SparkTitle = to.locale.fill("home_now_spark", words{"From": to.locale.clock(from), "To": to.locale.clock(now)})
	if query != "" {
		p.Found = found(to.locale, query, services, all, to.prefix, names)
		p.Title = to.locale.fill("search_title", words{"Query": query, "Brand": to.locale.Say("brand")})
	}
	s.render(c, http.StatusOK, "home", &p, fresh)
}

// searched cleans what somebody searches for.
func searched(q string) string {
	q = strings.TrimSpace(strings.ToValidUTF8(q, ""))
	if len(q) > maxQuery {
		q = strings.ToValidUTF8(q[:maxQuery], "")
	}
	return q
}

// sparks draws the course of the worst services. One that cannot be read is
// left out: the row says the rest.
func (s *Site) sparks(ctx context.Context, l *Locale, all []status.Status, now time.Time, names labels) map[string]*Spark {
	drawn := map[string]*Spark{}
	for _, one := range all {
		if one.Level == detect.OK || len(drawn) == maxSparks || allUnknown(all) {
			continue
		}
		series, err := s.Board.Series(ctx, one.Service, status.SeriesQuery{From: now.Add(-sparkSpan), To: now, Step: chartStep})
		if err != nil {
			s.unread(err, "series", one.Service)
			continue
		}
		series = sliding(series, one.Observed)
		label := l.fill("home_spark_label", words{"Service": names.service(one.Service), "From": l.clock(now.Add(-sparkSpan)), "To": l.clock(now)})
		drawn[one.Service] = spark(series, label)
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
