package httpapi

import (
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/api"
	"github.com/outcry/outcry/pkg/ingest"
	"github.com/outcry/outcry/pkg/report"
)

// maxReport bounds the body of one report, in bytes: many times what its fields
// can hold.
const maxReport = 16 << 10

// PostReport counts a problem.
func (a *API) PostReport(c *gin.Context, service api.ServicePath) {
	a.submit(c, service, report.Problem)
}

// PostRecovery counts a recovery.
func (a *API) PostRecovery(c *gin.Context, service api.ServicePath) {
	a.submit(c, service, report.Recovery)
}

func (a *API) submit(c *gin.Context, service string, kind report.Kind) {
	who, err := a.caller(c)
	if err != nil {
		a.fail(c, err)
		return
	}
	var body api.NewReport // a recovery has the same fields
	if err := read(c, maxReport, &body); err != nil {
		a.fail(c, err)
		return
	}
	receipt, err := a.Ingest.Submit(submission(service, kind, body), who.sender())
	if err != nil {
		rateLimit(c, receipt.Limit)
		a.fail(c, err)
		return
	}
	a.accepted(c, receipt)
}

func submission(service string, kind report.Kind, b api.NewReport) report.Submission {
	return report.Submission{Service: service, Kind: kind, Symptom: b.Symptom, Country: b.Country,
		ID: b.Id, OccurredAt: b.OccurredAt, Device: b.Device}
}

// accepted answers with what became of a report.
func (a *API) accepted(c *gin.Context, r ingest.Receipt) {
	a.reply(c, api.Receipt{Id: r.ID.String(), Service: r.Service, Symptom: r.Symptom, Country: r.Country, Counted: r.Counted,
		Status: r.Status.String(), AsOf: moment(r.AsOf), Simulated: a.Simulated})
}

// rateLimit tells a sender that was refused how its limit stands, as the IETF
// draft writes it.
func rateLimit(c *gin.Context, d ingest.Decision) {
	if d.Limit == 0 || d.Allowed {
		return
	}
	c.Header("RateLimit-Policy", `"reports";q=`+strconv.Itoa(d.Limit)+`;w=`+seconds(ingest.LimitPeriod, ingest.LimitPeriod))
	c.Header("RateLimit", `"reports";r=`+strconv.Itoa(d.Remaining)+`;t=`+seconds(d.Reset, ingest.LimitPeriod))
}
