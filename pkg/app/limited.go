package app

import (
	"math"
	"strconv"
	"sync"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/pkg/httpapi"
	"github.com/outcry/outcry/pkg/limit"
	"github.com/outcry/outcry/pkg/site"
	"github.com/outcry/outcry/pkg/web"
)

// limited returns a handler that answers requests of senders whose allowance is
// exhausted. It logs once if such a sender is most likely a proxy that the
// settings do not name, because then every visitor is refused.
func (p *Parts) limited(api *httpapi.API, pages *web.Pages) func(*gin.Context, limit.Decision) {
	var once sync.Once
	return func(c *gin.Context, d limit.Decision) {
		p.limitedReads.WithLabelValues(d.Policy()).Inc()
		if addr := site.Addr(c.ClientIP()); !p.proxied() && (addr.IsPrivate() || addr.IsLoopback()) {
			once.Do(func() {
				p.log.Warn("an address of a private network asks for too much and is refused; if it is a proxy, all visitors are: name it in OUTCRY_TRUSTED_PROXIES",
					"allowance", d.Policy())
			})
		}
		if isAPI(c) {
			api.Limited(c, d)
			return
		}
		d.AnnounceRefusal(c.Writer.Header())
		pages.Limited(c, strconv.Itoa(int(max(1, math.Ceil(d.RetryAfter.Seconds())))))
	}
}
