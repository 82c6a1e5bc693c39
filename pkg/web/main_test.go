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
	engine, _, err := newEngine(morning(), &ingester{became: window.Counted}, Options{Simulated: true})
	if err == nil {
		fmt.Println("serving on", *serve)
		err = http.ListenAndServe(*serve, engine) //nolint:gosec // for one's own browser
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// newEngine mounts a site over fakes, as app does over the real parts.
func newEngine(b *board, in *ingester, o Options) (*gin.Engine, *Site, error) {
	o.Catalog, o.Board, o.Ingest = b.catalog, b, in
	if o.Incidents == nil {
		o.Incidents = outages()
	}
	if o.Live == nil {
		o.Live = outages()
	}
	if o.Now == nil {
		o.Now = func() time.Time { return now }
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	site, err := New(o)
	if err != nil {
		return nil, nil, err
	}
	r := gin.New()
	if err := r.SetTrustedProxies(nil); err != nil {
		return nil, nil, err
	}
	site.Mount(r)
	r.NoRoute(site.NotFound)
	return r, site, nil
}
