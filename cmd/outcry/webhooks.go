package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/outcry/outcry/pkg/app"
	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/config"
	"github.com/outcry/outcry/pkg/notify"
	"github.com/outcry/outcry/pkg/webhook"
)

const webhooksHelp = `
  outcry webhooks create --url URL|- [--format FORMAT] [--name TEXT]
                         [--service SLUG] [--provider ID] [--category ID] [--country CODE]
                         [--from warning|outage] [--no-end] [--details]
                         [--language CODE] [--distance 10m] [--quiet]
  outcry webhooks list
  outcry webhooks test ID
  outcry webhooks rotate ID
  outcry webhooks deliveries ID
  outcry webhooks redeliver ID MESSAGE
  outcry webhooks delete ID [ID ...]

"outcry webhooks create --help" explains the flags. A running server notices a
change at once.`

// operator is who runs the command: an operator, who may do everything.
var operator = webhook.Owner{Admin: true}

const (
	// testPatience is how long the command waits until a test is delivered, and
	// testPause how long between two looks.
	testPatience = 30 * time.Second
	testPause    = 200 * time.Millisecond
	// shownDeliveries is how many attempts the command lists.
	shownDeliveries = 50
)

// runWebhooks manages webhooks in the archive.
func runWebhooks(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return errors.New("webhooks needs one of create, list, test, rotate, deliveries, redeliver, delete")
	}
	name, args := args[0], args[1:]
	if name == "create" {
		return createWebhook(ctx, args)
	}
	counts := map[string]struct{ least, most int }{"list": {0, 0}, "test": {1, 1}, "rotate": {1, 1}, "deliveries": {1, 1}, "redeliver": {2, 2}, "delete": {1, 1 << 10}}
	count, known := counts[name]
	switch {
	case !known:
		return fmt.Errorf("webhooks has no command %q; use create, list, test, rotate, deliveries, redeliver or delete", name)
	case len(args) < count.least || len(args) > count.most || len(args) > 0 && isHelp(args[0]):
		return fmt.Errorf("webhooks %s takes other arguments; outcry help webhooks shows them", name)
	}
	return withDesk(ctx, app.FindArchive, func(d *webhook.Desk) error {
		switch name {
		case "list":
			return listWebhooks(ctx, d)
		case "test":
			return testWebhook(ctx, d, args[0])
		case "rotate":
			return rotateWebhook(ctx, d, args[0])
		case "deliveries":
			return listDeliveries(ctx, d, args[0])
		case "redeliver":
			return d.Redeliver(ctx, operator, args[0], args[1], time.Now())
		}
		for _, id := range args {
			if err := d.Delete(ctx, operator, id); err != nil {
				return fmt.Errorf("%s: %w", id, err)
			}
		}
		return nil
	})
}

// withDesk opens the archive that the settings name, calls do with what keeps its
// webhooks, and closes the archive.
func withDesk(ctx context.Context, open openArchive, do func(*webhook.Desk) error) error {
	cfg, err := config.Load(os.Environ())
	if err != nil {
		return err
	}
	c, err := catalog.Load(cfg.Catalog, cfg.CatalogExtra)
	if err != nil {
		return err
	}
	a, err := open(ctx, cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	key, err := app.SealKey(cfg)
	if err != nil {
		return errors.Join(err, a.Close())
	}
	return errors.Join(do(app.WebhookDesk(cfg, c, a, key)), a.Close())
}

// createWebhook makes a webhook and prints its secret.
func createWebhook(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("webhooks create", flag.ContinueOnError)
	flags.Usage = func() {
		fmt.Fprint(flags.Output(), "Usage: outcry webhooks create --url URL|- [flags]\n\nMakes a webhook and prints its secret once. Without a filter it is about every incident.\n\n")
		flags.PrintDefaults()
	}
	var w webhook.Wish
	flags.StringVar(&w.URL, "url", "", "where messages are posted to; - reads it from standard input, so that its secrets stay out of the list of processes")
	flags.StringVar(&w.Format, "format", webhook.Standard, "one of "+strings.Join(webhook.FormatNames, ", "))
	flags.StringVar(&w.Name, "name", "", "what the webhook is for")
	for name, list := range map[string]*[]string{"service": &w.Services, "provider": &w.Providers, "category": &w.Categories, "country": &w.Countries} {
		flags.Func(name, "only incidents of this "+name+"; may be repeated", func(value string) error {
			*list = append(*list, value)
			return nil
		})
	}
	flags.StringVar(&w.From, "from", "outage", "the level from which on an incident matters: warning or outage")
	flags.BoolVar(&w.NoEnd, "no-end", false, "do not tell when an incident is over")
	flags.BoolVar(&w.Details, "details", false, "tell also when an incident recovers, spreads or is linked with others")
	flags.StringVar(&w.Language, "language", "en", "language of the texts")
	flags.DurationVar(&w.Distance, "distance", notify.DefaultDistance, "the shortest time between two messages about one incident")
	quiet := flags.Bool("quiet", false, "print the secret alone")
	if err := parse(flags, args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("webhooks create does not know what to do with %q", flags.Arg(0))
	}
	if w.URL == "-" {
		line, err := bufio.NewReader(os.Stdin).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read the URL from standard input: %w", err)
		}
		w.URL = strings.TrimSpace(line)
	}
	return withDesk(ctx, app.OpenArchive, func(d *webhook.Desk) error {
		s, secret, err := d.Create(ctx, operator, w, time.Now())
		switch {
		case err != nil:
			return err
		case *quiet:
			fmt.Println(secret)
		case secret == "":
			fmt.Printf("The webhook %s is made. Try it: outcry webhooks test %s\n", s.ID, s.ID)
		default:
			fmt.Printf("%s\n\nThis is the only time the secret is shown. The ID of the webhook is %s.\nTry it: outcry webhooks test %s\n", secret, s.ID, s.ID)
		}
		return nil
	})
}

// listWebhooks prints all webhooks without their secrets.
func listWebhooks(ctx context.Context, d *webhook.Desk) error {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tNAME\tFORMAT\tURL\tABOUT\tFROM\tSTATE\tCREATED\tKEY")
	for after := ""; ; {
		page, err := d.List(ctx, operator, after, 0)
		if err != nil {
			return err
		}
		for _, s := range page {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", s.ID, printable(s.Name), webhook.FormatOf(&s), printable(s.Hint), printable(about(s.Filter)), s.Filter.From,
				printable(strings.TrimSpace(string(s.State)+" "+s.Why)), s.Created.Format(time.DateTime), cmp.Or(s.Owner, "-"))
			after = s.ID
		}
		if len(page) == 0 {
			return w.Flush()
		}
	}
}

// about writes what a filter selects.
func about(f notify.Filter) string {
	var parts []string
	for _, list := range [][]string{f.Services, f.Providers, f.Categories, f.Countries} {
		if len(list) > 0 {
			parts = append(parts, strings.Join(list, ","))
		}
	}
	return cmp.Or(strings.Join(parts, " "), "everything")
}

func rotateWebhook(ctx context.Context, d *webhook.Desk, id string) error {
	_, secret, err := d.Rotate(ctx, operator, id, time.Now())
	if err != nil {
		return err
	}
	fmt.Printf("%s\n\nThis is the only time the secret is shown. The old one is valid for 24 hours more.\n", secret)
	return nil
}

// testWebhook has a running server send a test message, and waits for the first
// attempt.
func testWebhook(ctx context.Context, d *webhook.Desk, id string) error {
	message, err := d.Test(ctx, operator, id, time.Now())
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, testPatience)
	defer cancel()
	for {
		made, err := d.Deliveries(ctx, operator, id, 0, shownDeliveries)
		if err != nil && ctx.Err() == nil {
			return err
		}
		for _, m := range made {
			if m.Message == message {
				return testResult(m)
			}
		}
		select {
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.Canceled) {
				return ctx.Err()
			}
			return fmt.Errorf("the test %s waits: no server has sent it in %s; is one running on this data?", message, testPatience)
		case <-time.After(testPause):
		}
	}
}

// testResult prints what became of a test, or returns it as an error.
func testResult(m archive.Delivery) error {
	if m.Outcome.Result != notify.Delivered {
		return fmt.Errorf("the test %s %s: %s", m.Message, m.Outcome.Result, m.Outcome.Detail)
	}
	fmt.Printf("The test %s was delivered in %d ms; the receiver answered %d.\n", m.Message, m.Took.Milliseconds(), m.Outcome.Status)
	return nil
}

// listDeliveries prints the latest attempts, latest first.
func listDeliveries(ctx context.Context, d *webhook.Desk, id string) error {
	made, err := d.Deliveries(ctx, operator, id, 0, shownDeliveries)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "TIME\tMESSAGE\tTYPE\tINCIDENT\tATTEMPT\tRESULT\tSTATUS\tDETAIL")
	for _, m := range made {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%s\t%d\t%s\n", m.At.Format(time.DateTime), m.Message, webhook.TypeOf(m.Kind), cmp.Or(m.Incident, "-"), m.Attempt,
			m.Outcome.Result, m.Outcome.Status, printable(m.Outcome.Detail))
	}
	return w.Flush()
}
