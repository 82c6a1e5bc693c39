package web

import (
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/internal/pagetest"
	"github.com/outcry/outcry/pkg/embed"
	"github.com/outcry/outcry/pkg/gate"
	"github.com/outcry/outcry/pkg/publicurl"
	"github.com/outcry/outcry/pkg/site"
	"github.com/outcry/outcry/pkg/view"
	"github.com/outcry/outcry/pkg/window"
)

var (
	serve  = flag.String("serve", "", "serve the pages of a made-up morning on this address instead of testing")
	update = flag.Bool("update", false, "write the golden files anew")
)

// TestMain tests, or with -serve shows the pages to a browser.
func TestMain(m *testing.M) {
	flag.Parse()
	gin.SetMode(gin.TestMode)
	if *serve == "" {
		os.Exit(m.Run())
	}
	engine, _, err := newEngine(pagetest.Morning(), &pagetest.Ingester{Outcome: window.Counted}, engineOptions{Simulated: true, PushKey: pushKey, Mail: &fakeMail{}})
	if err == nil {
		fmt.Println("serving on", *serve)
		err = http.ListenAndServe(*serve, engine) //nolint:gosec // for one's own browser
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// pushKey is a public key for push services.
const pushKey = "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8"

// engineOptions are what tests change of the site and its pages.
type engineOptions struct {
	PublicURL   string
	Simulated   bool
	Incidents   Incidents
	Live        Live
	Quorum      view.Quorum
	Attribution string
	Now         func() time.Time
	Making      *gate.Gate
	PushKey     string
	Mail        MailDesk
}

// newEngine mounts pages and embeds over fakes, as app does over the real parts.
func newEngine(b *pagetest.Board, in *pagetest.Ingester, o engineOptions) (*gin.Engine, *Pages, error) {
	if o.Incidents == nil {
		o.Incidents = pagetest.MorningIncidents()
	}
	if o.Live == nil {
		o.Live = pagetest.MorningIncidents()
	}
	if o.Now == nil {
		o.Now = func() time.Time { return pagetest.Now }
	}
	shared, err := site.New(site.Options{Catalog: b.Catalog, PublicURL: o.PublicURL, Simulated: o.Simulated, Now: o.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, nil, err
	}
	embeds, err := embed.New(shared, b, in, embed.Gates{})
	if err != nil {
		return nil, nil, err
	}
	pages, err := New(Options{Site: shared, Board: b, Ingest: in, Incidents: o.Incidents, Live: o.Live, Quorum: o.Quorum, Attribution: o.Attribution, Making: o.Making, PushKey: o.PushKey, Mail: o.Mail})
	if err != nil {
		return nil, nil, err
	}
	r := gin.New()
	r.RedirectTrailingSlash = false
	if err := r.SetTrustedProxies(nil); err != nil {
		return nil, nil, err
	}
	if o.PublicURL != "" {
		home, err := publicurl.Parse(o.PublicURL)
		if err != nil {
			return nil, nil, err
		}
		r.Use(func(c *gin.Context) { c.Request = publicurl.With(c.Request, home) })
	}
	pages.Mount(r)
	embeds.Mount(r)
	r.NoRoute(pages.NotFound)
	return r, pages, nil
}
