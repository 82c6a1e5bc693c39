package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/outcry/outcry/pkg/app"
	"github.com/outcry/outcry/pkg/config"
	"github.com/outcry/outcry/pkg/version"
)

// serve runs the server until ctx ends.
func serve(ctx context.Context, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("serve takes no arguments; settings come from the environment, outcry config prints them")
	}
	cfg, errs := config.Read(os.Environ())
	log, build := logger(cfg), version.Current()
	isJSON := cfg.LogFormat == "json"
	switch {
	case len(errs) > 0 && isJSON:
		for _, err := range errs {
			log.Error("a setting is wrong; the server does not start", "error", err)
		}
		return exitCode(1)
	case len(errs) > 0:
		return errors.Join(errs...)
	}
	log.Info("starting", "version", build.Version, "commit", build.Commit, "date", build.Date, "go", build.Go)
	err := app.Serve(ctx, cfg, log, app.Surroundings{
		Started: func(addr net.Addr) {
			if isJSON {
				log.Info("Outcry is running", "url", "http://"+hostPort(addr), "storage", storage(cfg))
				return
			}
			fmt.Printf("Outcry is running on http://%s (%s). Press Ctrl+C to stop.\n", hostPort(addr), storage(cfg))
		},
		Reload: reloads,
		Tell: func(state string) {
			if err := tellManager(os.Getenv("NOTIFY_SOCKET"), state); err != nil {
				log.Warn("cannot tell systemd about a new state", "state", state, "error", err)
			}
		},
	})
	if err != nil && isJSON {
		log.Error("the server does not start or had to stop", "error", err)
		return exitCode(1)
	}
	return err
}

// tellManager sends a state to the socket of a service manager, as sd_notify(3) does.
// Without a socket it does nothing.
func tellManager(socket, state string) error {
	if socket == "" {
		return nil
	}
	if strings.HasPrefix(socket, "@") {
		socket = "\x00" + socket[1:] // a name in the abstract namespace
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		return err
	}
	_, err = conn.Write([]byte(state))
	return errors.Join(err, conn.Close())
}

// storage describes where the server stores its data. It contains no addresses,
// because they may include passwords.
func storage(cfg config.Config) string {
	where := "data in " + cfg.Data
	if cfg.Distributed() {
		where = "windows in Redis, archive in Postgres"
	}
	if cfg.Simulated {
		where += ", simulated"
	}
	return where
}

// logger returns a logger that writes to standard error.
func logger(cfg config.Config) *slog.Logger {
	options := &slog.HandlerOptions{Level: cfg.Log}
	if cfg.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(os.Stderr, options))
	}
	return slog.New(slog.NewTextHandler(os.Stderr, options))
}

// hostPort returns the address at which a browser on this machine reaches a
// listener.
func hostPort(addr net.Addr) string {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok || !tcp.IP.IsUnspecified() {
		return addr.String()
	}
	return fmt.Sprintf("localhost:%d", tcp.Port)
}

// printConfig prints every setting with its value and source.
func printConfig(_ context.Context, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("config takes no arguments")
	}
	cfg, err := config.Load(os.Environ())
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "SETTING\tVALUE\tFROM\tMEANING")
	for _, s := range cfg.Settings() {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", s.Name, s.Value, s.Source, s.Doc)
	}
	return w.Flush()
}

// health returns an error if the server on this machine does not answer. It is the
// health check of the container image, which has no other program.
func health(ctx context.Context, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("health takes no arguments, not %q; OUTCRY_LISTEN says where the server is", args[0])
	}
	cfg, err := config.Load(os.Environ())
	if err != nil {
		return err
	}
	server, err := localURL(cfg)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, server+"/healthz", nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("the server does not answer: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("the server answers %s", res.Status)
	}
	return nil
}
