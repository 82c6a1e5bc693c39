package embed

import (
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/internal/pagetest"
	"github.com/outcry/outcry/pkg/site"
)

// mountEmbeds mounts embeds over fakes.
func mountEmbeds(t *testing.T, b *pagetest.Board, in *pagetest.Ingester) http.Handler {
	t.Helper()
	return mountEmbedsBehind(t, b, in, Gates{})
}

// mountEmbedsBehind is mountEmbeds with gates.
func mountEmbedsBehind(t *testing.T, b *pagetest.Board, in *pagetest.Ingester, gates Gates) http.Handler {
	t.Helper()
	gin.SetMode(gin.TestMode)
	now := func() time.Time { return pagetest.Now }
	shared, err := site.New(site.Options{Catalog: b.Catalog, Now: now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	embeds, err := New(shared, b, in, gates)
	if err != nil {
		t.Fatal(err)
	}
	r := gin.New()
	if err := r.SetTrustedProxies(nil); err != nil {
		t.Fatal(err)
	}
	embeds.Mount(r)
	return r
}
