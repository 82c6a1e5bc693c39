package main

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/outcry/outcry/api"
)

// listSenders prints who sent most reports of a service.
func listSenders(ctx context.Context, args []string) error {
	service := ""
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		service, args = args[0], args[1:]
	}
	flags := flag.NewFlagSet("admin senders", flag.ContinueOnError)
	server := serverFlag(flags)
	from := flags.String("from", "", "the first minute; an hour before --to by default")
	to := flags.String("to", "", "the minute after the last one; now by default")
	if err := parse(flags, args); err != nil {
		return err
	}
	if service == "" || flags.NArg() > 0 {
		return fmt.Errorf("admin senders needs one service as its first argument")
	}
	c, err := newAdminClient(*server)
	if err != nil {
		return err
	}
	var list api.SenderList
	query := url.Values{"service": {service}}
	for name, value := range map[string]string{"from": *from, "to": *to} {
		if value != "" {
			query.Set(name, value)
		}
	}
	if err := c.call(ctx, http.MethodGet, "/senders?"+query.Encode(), nil, &list); err != nil {
		return err
	}
	fmt.Printf("%d reports of %s from %s to %s UTC\n", list.Reports, list.Service, list.From.Format(time.DateTime), list.To.Format(time.DateTime))
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "SENDER\tREPORTS\tSHARE\tNETWORKS\tFIRST\tLAST\tCOUNTRIES\tSYMPTOMS")
	for _, s := range list.Senders {
		fmt.Fprintf(w, "%s\t%d\t%.0f %%\t%d\t%s\t%s\t%s\t%s\n", s.Sender, s.Reports, 100*s.Share, s.Networks,
			s.First.Format("15:04"), s.Last.Format("15:04"), largestFirst(s.Countries), largestFirst(s.Symptoms))
	}
	return w.Flush()
}

// largestFirst returns the parts of a split in one line.
func largestFirst(split map[string]int64) string {
	ids := slices.SortedFunc(maps.Keys(split), func(a, b string) int {
		if split[a] != split[b] {
			return int(split[b] - split[a])
		}
		return strings.Compare(a, b)
	})
	for i, id := range ids {
		name := id
		if name == "" {
			name = "none"
		}
		ids[i] = fmt.Sprintf("%s %d", name, split[id])
	}
	return strings.Join(ids, ", ")
}
