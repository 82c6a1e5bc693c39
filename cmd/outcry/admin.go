package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/outcry/outcry/api"
	"github.com/outcry/outcry/pkg/admin"
)

const adminHelp = `
  outcry admin note INCIDENT --text LANGUAGE=TEXT [--text ...]
  outcry admin retract INCIDENT --text LANGUAGE=TEXT [--text ...]
  outcry admin correct INCIDENT [--onset TIME] [--end TIME] [--countries BD,IN]
  outcry admin confirm INCIDENT [--hours N]
  outcry admin declare SERVICE --onset TIME [--countries BD,IN] [--hours N]
  outcry admin merge INCIDENT --into INCIDENT
  outcry admin mute SERVICE --hours N --text LANGUAGE=TEXT [--text ...]
  outcry admin unmute SERVICE
  outcry admin block NETWORK
  outcry admin unblock NETWORK
  outcry admin senders SERVICE [--from TIME] [--to TIME]
  outcry admin exclude SERVICE --from TIME --to TIME [--symptom ID] [--countries BD,IN]
      [--sender SENDER | --network NETWORK] --text LANGUAGE=TEXT [--text ...]
  outcry admin include ACTION
  outcry admin wishes
  outcry admin audit [--limit N]

Each of them but audit, senders and wishes takes --text, what the page of the incident says
in public, once for each language. Times are RFC 3339, such as 2022-10-25T07:12:00Z.

The command asks the running server, at the address in OUTCRY_LISTEN or --server,
with the key of scope admin in OUTCRY_ADMIN_KEY (or the file in
OUTCRY_ADMIN_KEY_FILE). Every action is in the audit trail with its key. The server
applies it at its next tick; the command waits for that.`

// adminTarget says what the argument after the name of an action is.
var adminTarget = map[admin.Kind]string{
	admin.Note: "INCIDENT", admin.Retract: "INCIDENT", admin.Correct: "INCIDENT", admin.Confirm: "INCIDENT", admin.Merge: "INCIDENT",
	admin.Declare: "SERVICE", admin.MuteService: "SERVICE", admin.UnmuteService: "SERVICE",
	admin.BlockNetwork: "NETWORK", admin.UnblockNetwork: "NETWORK",
	admin.Exclude: "SERVICE", admin.Include: "ACTION",
}

// runAdmin has the server do what an operator decided, or lists the audit trail.
func runAdmin(ctx context.Context, args []string) error {
	names := make([]string, len(admin.Kinds))
	for i, k := range admin.Kinds {
		names[i] = string(k)
	}
	if len(args) == 0 {
		return fmt.Errorf("admin needs one of %s, audit, senders, wishes; outcry admin --help explains them", strings.Join(names, ", "))
	}
	switch name := args[0]; {
	case name == "audit":
		return listAudit(ctx, args[1:])
	case name == "senders":
		return listSenders(ctx, args[1:])
	case name == "wishes":
		return listWishes(ctx, args[1:])
	case slices.Contains(names, name):
		return act(ctx, admin.Kind(name), args[1:])
	}
	return fmt.Errorf("admin has no command %q; use one of %s, audit, senders, wishes", args[0], strings.Join(names, ", "))
}

// act asks for one action and waits until it is applied.
func act(ctx context.Context, kind admin.Kind, args []string) error {
	action := api.AdminAction{Action: string(kind), Text: map[string]string{}}
	target := adminTarget[kind]
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		switch target {
		case "SERVICE":
			action.Service = args[0]
		case "NETWORK":
			action.Network = args[0]
		case "ACTION":
			number, err := strconv.ParseInt(args[0], 10, 64)
			if err != nil {
				return fmt.Errorf("admin include needs the number of the action that excluded the reports, not %q; outcry admin audit lists them", args[0])
			}
			action.Exclusion = number
		default:
			action.Incident = args[0]
		}
		args = args[1:]
	}
	flags := flag.NewFlagSet("admin "+string(kind), flag.ContinueOnError)
	server := serverFlag(flags)
	flags.StringVar(&action.Onset, "onset", "", "when it began, such as 2022-10-25T07:12:00Z")
	flags.StringVar(&action.End, "end", "", "when it ended")
	flags.StringVar(&action.Into, "into", "", "the ID of the incident that it is merged into")
	flags.StringVar(&action.From, "from", "", "the first minute of the reports that are excluded")
	flags.StringVar(&action.To, "to", "", "the minute after their last")
	flags.StringVar(&action.Symptom, "symptom", "", "their symptom")
	flags.StringVar(&action.Sender, "sender", "", "their sender, as outcry admin senders names it")
	flags.Func("network", "their network: an IPv4 /16 or /24 or an IPv6 /29 or /48", func(network string) error {
		action.Network = network
		return nil
	})
	flags.IntVar(&action.Hours, "hours", 0, "for how long few reports do not end a declared outage, or a service is muted")
	flags.Func("countries", "the countries of the outage, as codes divided by commas", func(list string) error {
		action.Countries = strings.Split(list, ",")
		return nil
	})
	flags.Func("text", "what is said in public, as LANGUAGE=TEXT; may be repeated", func(said string) error {
		code, text, found := strings.Cut(said, "=")
		if !found {
			return errors.New("must be LANGUAGE=TEXT, such as en=Hello")
		}
		action.Text[code] = text
		return nil
	})
	if err := parse(flags, args); err != nil {
		return err
	}
	if action.Incident == "" && action.Service == "" && action.Network == "" && action.Exclusion == 0 {
		return fmt.Errorf("admin %s needs the %s as its first argument", kind, strings.ToLower(target))
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("admin %s does not know what to do with %q", kind, flags.Arg(0))
	}
	c, err := newAdminClient(*server)
	if err != nil {
		return err
	}
	entry, err := c.act(ctx, action)
	if err != nil {
		return err
	}
	switch admin.State(entry.State) {
	case admin.Applied:
		fmt.Printf("Action %d was applied.\n", entry.Id)
		return nil
	case admin.Refused:
		return fmt.Errorf("action %d was refused: %s", entry.Id, entry.Message)
	}
	return fmt.Errorf("action %d still waits after %s; outcry admin audit shows what becomes of it", entry.Id, adminPatience)
}

// listAudit prints the latest entries of the audit trail.
func listAudit(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("admin audit", flag.ContinueOnError)
	server := serverFlag(flags)
	limit := flags.Int("limit", 25, "how many entries, at most 100")
	if err := parse(flags, args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("admin audit takes no arguments, not %q", flags.Arg(0))
	}
	c, err := newAdminClient(*server)
	if err != nil {
		return err
	}
	entries, err := c.audit(ctx, *limit)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tAT\tKEY\tACTION\tOF\tSTATE\tDETAILS")
	for _, e := range entries {
		fmt.Fprintf(w, "%d\t%s\t%s (%s…)\t%s\t%s\t%s\t%s\n", e.Id, e.At.Format(time.DateTime), printable(e.Key.Name), e.Key.Prefix,
			e.Action.Action, actedOn(e.Action), e.State, printable(auditDetails(e)))
	}
	return w.Flush()
}

// actedOn returns what an action is about.
func actedOn(a api.AdminAction) string {
	if a.Exclusion != 0 {
		return fmt.Sprint(a.Exclusion)
	}
	return cmp.Or(a.Incident, a.Service, a.Network)
}

// auditDetails returns the rest of an entry in one line.
func auditDetails(e api.AuditEntry) string {
	var all []string
	add := func(name, value string) {
		if value != "" {
			all = append(all, name+" "+value)
		}
	}
	a := e.Action
	add("into", a.Into)
	add("onset", a.Onset)
	add("end", a.End)
	add("from", a.From)
	add("to", a.To)
	add("symptom", a.Symptom)
	add("sender", a.Sender)
	add("countries", strings.Join(a.Countries, ","))
	if a.Hours > 0 {
		add("hours", fmt.Sprint(a.Hours))
	}
	for _, code := range sortedKeys(a.Text) {
		add(code+":", a.Text[code])
	}
	add("refused:", e.Message)
	return strings.Join(all, "; ")
}
