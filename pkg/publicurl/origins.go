package publicurl

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
)

// Origins tells requests that browsers send for pages of this server from those
// that they send for other sites. It is safe for concurrent use.
type Origins struct {
	protection       *http.CrossOriginProtection
	log              *slog.Logger
	refused, unknown sync.Once // what is logged once
}

// NewOrigins returns Origins for a server with a public URL, which may be empty.
func NewOrigins(public string, log *slog.Logger) (*Origins, error) {
	o := &Origins{protection: http.NewCrossOriginProtection(), log: log}
	if public == "" {
		return o, nil
	}
	u, err := Parse(public)
	if err != nil {
		return nil, fmt.Errorf("read the public URL: %w", err)
	}
	if err := o.protection.AddTrustedOrigin(u.Origin); err != nil {
		return nil, fmt.Errorf("read the public URL: %w", err)
	}
	return o, nil
}

// Check returns an error for a request that a browser sends for another site. What
// a browser itself calls same-origin passes, whatever name the server goes by.
func (o *Origins) Check(r *http.Request) error {
	err := o.protection.Check(r)
	origin, site := r.Header.Get("Origin"), r.Header.Get("Sec-Fetch-Site")
	named := origin != "" && origin != "null"
	own := named && (sameHost(origin, r.Host) || sameHost(origin, Of(r).Host()))
	switch {
	case site == "" && own:
		return nil
	case site == "" && named && err != nil:
		o.refused.Do(func() {
			o.log.Warn("refused a form or call of another site, by its header Origin; if that is the address of this server, set OUTCRY_PUBLIC_URL to it, or let the proxy pass on the host (nginx: proxy_set_header Host $http_host)",
				"origin", fmt.Sprintf("%.100s", origin), "own", fmt.Sprintf("%.100s", Of(r).Origin))
		})
	case site == "same-origin" && named && !own:
		o.unknown.Do(func() {
			o.log.Warn("visitors reach this server at another address than it writes into links, feeds and embeds; set OUTCRY_PUBLIC_URL to the address of visitors, or let the proxy pass on the host (nginx: proxy_set_header Host $http_host)",
				"origin", fmt.Sprintf("%.100s", origin), "own", fmt.Sprintf("%.100s", Of(r).Origin))
		})
	}
	return err
}

// sameHost reports whether an origin has this host. The default port of its scheme
// makes no difference.
func sameHost(origin, host string) bool {
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && plainHost(u.Host, u.Scheme) == plainHost(host, u.Scheme)
}
