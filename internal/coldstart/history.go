package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// writeHistory fills the archive with rollups of every quarter of an hour, and writes
// a catalog of the services that the built-in one lacks.
func (o options) writeHistory(ctx context.Context, data, extra string) (err error) {
	slugs := make([]string, 0, o.services)
	for _, s := range catalog.Default().Services() {
		slugs = append(slugs, s.Slug)
	}
	slugs = slugs[:min(len(slugs), o.services)]
	var added strings.Builder
	for i := len(slugs); i < o.services; i++ {
		slug := fmt.Sprintf("extra-%d", i)
		slugs = append(slugs, slug)
		fmt.Fprintf(&added, "  %s: {names: {en: Extra %d}, category: messaging}\n", slug, i)
	}
	text := ""
	if added.Len() > 0 {
		text = "services:\n" + added.String()
	}
	if err := os.WriteFile(extra, []byte(text), 0o600); err != nil {
		return err
	}
	a, err := o.openArchive(ctx, data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	now := time.Now().UTC().Truncate(window.RollupWidth)
	rng := rand.New(rand.NewPCG(1, 1))
	for _, slug := range slugs {
		var rollups []window.Rollup
		for at := now.Add(-time.Duration(o.days) * 24 * time.Hour); at.Before(now); at = at.Add(window.RollupWidth) {
			for _, country := range []string{"IN", "BD", "BR"} {
				if n := rng.Int64N(4); n > 0 {
					rollups = append(rollups, window.Rollup{Service: slug, Kind: report.Problem, Cell: window.Cell{Country: country, Symptom: "connection"},
						Start: at, Width: window.RollupWidth, N: n})
				}
			}
		}
		if err := a.SaveRollups(ctx, rollups, nil); err != nil {
			return err
		}
	}
	var spans []window.Span
	for at := now.Add(-time.Duration(o.days) * 24 * time.Hour); at.Before(now); at = at.Add(window.RollupWidth) {
		spans = append(spans, window.Span{Start: at, Width: window.RollupWidth, Known: int(window.RollupWidth / time.Minute)})
	}
	return a.SaveRollups(ctx, nil, spans)
}

// openArchive opens the archive of the server.
func (o options) openArchive(ctx context.Context, data string) (*archive.Archive, error) {
	if o.database == "" {
		if err := os.MkdirAll(data, 0o700); err != nil {
			return nil, err
		}
		return archive.Open(ctx, filepath.Join(data, archive.FileName), archive.Options{Relaxed: true})
	}
	postgres, err := archive.OpenPostgres(ctx, o.database, archive.Options{})
	if err != nil {
		return nil, err
	}
	return postgres.Archive, nil
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}
