package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"text/tabwriter"
	"time"

	"github.com/outcry/outcry/api"
)

// listWishes prints the services that visitors asked for.
func listWishes(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("admin wishes", flag.ContinueOnError)
	server := serverFlag(flags)
	if err := parse(flags, args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return errors.New("admin wishes takes no arguments")
	}
	c, err := newAdminClient(*server)
	if err != nil {
		return err
	}
	var list api.WishList
	if err := c.call(ctx, http.MethodGet, "/wishes", nil, &list); err != nil {
		return err
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "COUNT\tFIRST\tLAST\tNAME")
	for _, wish := range list.Wishes {
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\n", wish.Count, wish.First.Format(time.DateOnly), wish.Last.Format(time.DateOnly), printable(wish.Name))
	}
	return w.Flush()
}
