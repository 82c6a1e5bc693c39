package app

import (
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/pkg/httpapi"
	"github.com/outcry/outcry/pkg/publicurl"
)

// anyHost are the paths that answer under every name: what asks for them knows
// the address of a machine and not the name of the site.
var anyHost = map[string]bool{"/healthz": true, "/readyz": true, "/metrics": true}

// ownHost returns a handler that refuses requests for other hosts than that of
// publicURL with 421. A page that was made to resolve to this server can then
// neither read from it nor post to it. Only the first refusal is logged: the
// reason is most likely a proxy, which then refuses everybody.
func ownHost(publicURL string, api *httpapi.API, log *slog.Logger) (gin.HandlerFunc, error) {
	own, err := publicurl.Parse(publicURL)
	if err != nil {
		return nil, fmt.Errorf("OUTCRY_PUBLIC_URL: %w", err)
	}
	want := plainHost(own.Host())
	var once sync.Once
	return func(c *gin.Context) {
		path := c.Request.URL.Path
		if plainHost(c.Request.Host) == want || anyHost[path] {
			return
		}
		once.Do(func() {
			log.Warn("refused a request for another host than that of OUTCRY_PUBLIC_URL; if visitors come through a proxy, it must pass on the Host header (nginx: proxy_set_header Host $http_host), or be listed in OUTCRY_TRUSTED_PROXIES and send X-Forwarded-Host",
				"host", fmt.Sprintf("%.100s", c.Request.Host), "want", want)
		})
		c.Abort()
		if isAPI(c) {
			api.Misdirected(c)
			return
		}
		c.Header("Cache-Control", "no-store")
		c.String(http.StatusMisdirectedRequest, "this is not the server of this host; it is the one of %s\n", publicURL)
	}, nil
}

// plainHost returns a host as comparisons need it: in small letters, and without a
// port that is the default of its scheme.
func plainHost(host string) string {
	host = strings.ToLower(host)
	for _, port := range []string{":80", ":443"} {
		if name, found := strings.CutSuffix(host, port); found {
			return name
		}
	}
	return host
}
