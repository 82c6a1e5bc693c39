package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/config"
	"github.com/outcry/outcry/pkg/redisconn"
	"github.com/outcry/outcry/pkg/redisstore"
	"github.com/outcry/outcry/pkg/seal"
	"github.com/outcry/outcry/pkg/sqlitestore"
	"github.com/outcry/outcry/pkg/transfer"
	"github.com/outcry/outcry/pkg/version"
)

// Transferred is what was written to a file or read from one, and what an operator
// must know about it.
type Transferred struct {
	transfer.Summary
	Notes []string
}

// WriteFile writes the archive that the settings name to a new file, as it is at one
// moment. A server may run beside it. withSecret includes the secret of the data
// folder.
func WriteFile(ctx context.Context, cfg config.Config, path string, withSecret bool, log *slog.Logger) (_ *Transferred, err error) {
	a, err := FindArchive(ctx, cfg, log)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	if err := errors.Join(a.CheckLoaded(ctx), markArchive(ctx, cfg, a)); err != nil {
		return nil, err
	}
	src := transfer.Source{Archive: a, Version: version.Current().Version, Simulated: cfg.Simulated}
	if withSecret {
		if src.Secret, err = folderSecret(cfg); err != nil {
			return nil, err
		}
	}
	s, err := transfer.ExportFile(ctx, path, src)
	if err != nil {
		return nil, err
	}
	t := &Transferred{Summary: *s}
	if n := s.Rows["subscriptions"]; n > 0 && !withSecret {
		where := "OUTCRY_SECRET"
		if cfg.Secret == "" {
			where = "the file " + filepath.Join(cfg.Data, seal.FileName)
		}
		t.Notes = append(t.Notes, fmt.Sprintf("The addresses of %d subscriptions are in the file, encrypted. What opens them is not: keep %s elsewhere.", n, where))
	}
	return t, t.noteBacklog(ctx, cfg, log)
}

// noteBacklog notes how many reports wait in Redis, which are not in a file.
func (t *Transferred) noteBacklog(ctx context.Context, cfg config.Config, log *slog.Logger) (err error) {
	if !cfg.Distributed() {
		return nil
	}
	conn, err := redisconn.Open(ctx, redisconn.Options{URL: cfg.RedisURL, Cluster: cfg.RedisCluster, Log: log})
	if err != nil {
		t.Notes = append(t.Notes, "Redis cannot be asked whether reports wait there, which are not in the file: "+err.Error())
		return nil
	}
	defer func() { err = errors.Join(err, conn.Client.Close()) }()
	backlog, err := redisstore.NewJournal(conn).Backlog(ctx)
	if err == nil && backlog.Entries > 0 {
		t.Notes = append(t.Notes, fmt.Sprintf("%d batches of reports wait in Redis and are not in the file; the oldest has waited for %s.",
			backlog.Entries, backlog.Age(time.Now()).Truncate(time.Second)))
	}
	return err
}

// folderSecret returns the secret of the data folder.
func folderSecret(cfg config.Config) (string, error) {
	if cfg.Secret != "" || cfg.Distributed() {
		return "", errors.New("the secret is the setting OUTCRY_SECRET, not a file of the data folder; keep it where the other settings are")
	}
	text, err := os.ReadFile(filepath.Join(cfg.Data, seal.FileName))
	if err != nil {
		return "", fmt.Errorf("read the secret of the installation: %w", err)
	}
	return strings.TrimSpace(string(text)), nil
}

// markArchive reserves an archive for simulated or for real reports, or checks that
// it is.
func markArchive(ctx context.Context, cfg config.Config, a *archive.Archive) error {
	if !cfg.Distributed() {
		return markFolder(cfg.Data, cfg.Simulated)
	}
	return (&archive.Postgres{Archive: a}).Mark(ctx, cfg.Simulated)
}

// ReadFile fills the empty data folder, or the empty database, that the settings name
// from a file, and compares the two. It goes on with an import that was cut off. No
// server may run on it. progress is called with the rows that were read.
func ReadFile(ctx context.Context, cfg config.Config, path string, log *slog.Logger, progress func(rows int64)) (_ *Transferred, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	h, err := transfer.Check(f)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", path, err)
	case h.Simulated && !cfg.Simulated:
		return nil, fmt.Errorf("the reports in %s are simulated: set OUTCRY_SIMULATED=true", path)
	case cfg.Simulated && !h.Simulated:
		return nil, fmt.Errorf("the reports in %s are real: unset OUTCRY_SIMULATED", path)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	if cfg.Distributed() {
		return readInto(ctx, cfg, f, h, log, progress)
	}
	if err := checkEmpty(ctx, cfg.Data); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(cfg.Data, 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder (OUTCRY_DATA says where): %w", err)
	}
	lock, err := sqlitestore.Lock(filepath.Join(cfg.Data, archive.FileName))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	if h.Secret != "" {
		if err := seal.WriteFile(cfg.Data, h.Secret); err != nil {
			return nil, err
		}
	}
	return readInto(ctx, cfg, f, h, log, progress)
}

// readInto fills the archive that the settings name.
func readInto(ctx context.Context, cfg config.Config, f io.Reader, h transfer.Header, log *slog.Logger, progress func(rows int64)) (_ *Transferred, err error) {
	a, err := OpenArchive(ctx, cfg, log)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	if err := markArchive(ctx, cfg, a); err != nil {
		return nil, err
	}
	s, err := transfer.Import(ctx, f, a, progress)
	if err != nil {
		return nil, err
	}
	t := &Transferred{Summary: *s}
	for _, table := range s.SkippedTables() {
		t.Notes = append(t.Notes, fmt.Sprintf("%d rows of %s are left out: the other mode keeps them for some hours, and elsewhere.", s.Skipped[table], table))
	}
	switch n := s.Rows["subscriptions"]; {
	case n > 0 && cfg.Secret == "" && h.Secret == "" && !cfg.Distributed():
		t.Notes = append(t.Notes, fmt.Sprintf("Put the secret of the old installation into %s, or set OUTCRY_SECRET to it: it opens the addresses of %d subscriptions.", filepath.Join(cfg.Data, seal.FileName), n))
	case n > 0 && cfg.Secret == "":
		t.Notes = append(t.Notes, fmt.Sprintf("Set OUTCRY_SECRET to the secret of the old installation in every process: it opens the addresses of %d subscriptions.", n))
	}
	return t, nil
}

// emptyFolder are the files that a folder without data may have: what volumes and
// imports begin with, and the secret that an operator put there.
var emptyFolder = []string{"lost+found", simulatedMark, lockFile, seal.FileName}

// checkEmpty returns an error if a data folder has files, unless they are of an import
// that was cut off.
func checkEmpty(ctx context.Context, dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		if slices.Contains(emptyFolder, e.Name()) {
			continue
		}
		if isUnfinished(ctx, dir) {
			return nil
		}
		return fmt.Errorf("the folder %s is not empty (%s): name an empty one with OUTCRY_DATA, or move what is in it away", dir, e.Name())
	}
	return nil
}

// isUnfinished reports whether a folder holds an import that was cut off.
func isUnfinished(ctx context.Context, dir string) bool {
	path := filepath.Join(dir, archive.FileName)
	if archive.Probe(ctx, path) != nil {
		return false
	}
	a, err := archive.Open(ctx, path, archive.Options{})
	if err != nil {
		return false
	}
	defer a.Close() //nolint:errcheck // it was only read
	return errors.Is(a.CheckLoaded(ctx), archive.ErrUnfinished)
}
