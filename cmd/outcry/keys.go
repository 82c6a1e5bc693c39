package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/google/uuid"

	"github.com/outcry/outcry/pkg/apikey"
	"github.com/outcry/outcry/pkg/app"
	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/config"
)

const keysHelp = `
  outcry keys create --scope app|server|admin --name TEXT [--origin URL] [--quiet]
  outcry keys list
  outcry keys revoke ID [ID ...]

"outcry keys create --help" explains the flags. A running server notices a change
within half a minute.`

// keys manages API keys in the archive. A running server notices a change within
// half a minute.
func keys(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return errors.New("keys needs one of create, list, revoke")
	}
	switch args[0] {
	case "create":
		return createKey(ctx, args[1:])
	case "list":
		if len(args) > 1 {
			return fmt.Errorf("keys list takes no arguments, not %q", args[1])
		}
		return withArchive(ctx, app.FindArchive, func(a *archive.Archive) error { return listKeys(ctx, a) })
	case "revoke":
		return revokeKeys(ctx, args[1:])
	}
	return fmt.Errorf("keys has no command %q; use create, list or revoke", args[0])
}

// openArchive is app.OpenArchive, which may create a folder or tables, or
// app.FindArchive.
type openArchive func(context.Context, config.Config, *slog.Logger) (*archive.Archive, error)

// withArchive opens the archive that the settings name, calls do and closes the
// archive. Callers must check their arguments first, because open may create
// something.
func withArchive(ctx context.Context, open openArchive, do func(*archive.Archive) error) error {
	cfg, err := config.Load(os.Environ())
	if err != nil {
		return err
	}
	a, err := open(ctx, cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	return errors.Join(do(a), a.Close())
}

func createKey(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("keys create", flag.ContinueOnError)
	flags.Usage = func() {
		fmt.Fprint(flags.Output(), "Usage: outcry keys create --scope app|server|admin --name TEXT [--origin URL] [--quiet]\n\nMakes a key and prints it once.\n\n")
		flags.PrintDefaults()
	}
	scope := flags.String("scope", "", "app (publishable, shipped inside apps), server (secret, may speak for others) or admin")
	name := flags.String("name", "", "what the key is for")
	quiet := flags.Bool("quiet", false, "print the key alone")
	var origins []string
	flags.Func("origin", "an origin whose pages may report with the key, such as https://news.example; may be repeated", func(o string) error {
		origins = append(origins, o)
		return nil
	})
	if err := parse(flags, args); err != nil {
		return err
	}
	if *name == "" || flags.NArg() > 0 {
		return errors.New("keys create needs --scope app|server|admin and --name TEXT, and nothing else but --origin URL")
	}
	for _, text := range append(origins, *name) {
		if printable(text) != text {
			return fmt.Errorf("the name %q has characters that cannot be printed; leave them out", text)
		}
	}
	for _, origin := range origins {
		if err := apikey.CheckOrigin(origin); err != nil {
			return fmt.Errorf("--origin %s: %w", origin, err)
		}
	}
	secret, err := newKey(*scope)
	if err != nil {
		return err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return err
	}
	key := archive.Key{
		ID: id.String(), Name: *name, Scope: *scope, Origins: origins,
		Prefix: secret.Prefix, Hash: secret.Hash, Created: time.Now().UTC(),
	}
	if err := withArchive(ctx, app.OpenArchive, func(a *archive.Archive) error { return a.CreateKey(ctx, key) }); err != nil {
		return fmt.Errorf("store the key: %w", err)
	}
	if *quiet {
		fmt.Println(secret.Secret)
		return nil
	}
	fmt.Printf("%s\n\nThis is the only time the key is shown. Its ID is %s.\n", secret.Secret, id)
	return nil
}

// newKey returns a new key of a scope.
func newKey(scope string) (apikey.Key, error) {
	for _, s := range apikey.Scopes {
		if string(s) == scope {
			return apikey.New(s), nil
		}
	}
	return apikey.Key{}, fmt.Errorf("there is no scope %q; it is one of app, server, admin", scope)
}

// listKeys prints all keys without their secrets.
func listKeys(ctx context.Context, a *archive.Archive) error {
	all, err := a.Keys(ctx)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tKEY\tSCOPE\tNAME\tORIGINS\tCREATED\tREVOKED")
	for _, k := range all {
		revoked := "-"
		if !k.Revoked.IsZero() {
			revoked = k.Revoked.Format(time.DateTime)
		}
		fmt.Fprintf(w, "%s\t%s…\t%s\t%s\t%s\t%s\t%s\n", k.ID, k.Prefix, k.Scope, printable(k.Name), printable(strings.Join(k.Origins, " ")), k.Created.Format(time.DateTime), revoked)
	}
	return w.Flush()
}

// printable returns text as it is, or quoted if it has characters that would break
// a line or change a terminal. Joiners are parts of words.
func printable(text string) string {
	for _, r := range text {
		const nonJoiner, joiner = 0x200c, 0x200d
		if !unicode.IsPrint(r) && r != nonJoiner && r != joiner {
			return strconv.Quote(text)
		}
	}
	return text
}

// revokeKeys revokes the keys with these IDs. It stops at the first error.
func revokeKeys(ctx context.Context, ids []string) error {
	if len(ids) == 0 || isHelp(ids[0]) {
		return errors.New("keys revoke needs the ID of a key; outcry keys list shows them")
	}
	return withArchive(ctx, app.FindArchive, func(a *archive.Archive) error {
		for _, id := range ids {
			if err := a.RevokeKey(ctx, id, time.Now().UTC()); err != nil {
				return err
			}
		}
		return nil
	})
}
