package httpapi

import (
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/api"
	"github.com/outcry/outcry/pkg/ingest"
	"github.com/outcry/outcry/pkg/report"
)

// maxReportBody is the most bytes of the body of one report, many times the size of
// its fields.
const maxReportBody = 16 << 10

// PostReport counts a report of a problem.
func (a *API) PostReport(c *gin.Context, service api.ServicePath) {
	a.submit(c, service, report.Problem)
}

// PostRecovery counts a report that the service works.
func (a *API) PostRecovery(c *gin.Context, service api.ServicePath) {
	a.submit(c, service, report.Recovery)
}

// submit counts one report and answers with its receipt.
func (a *API) submit(c *gin.Context, service string, kind report.Kind) {
	who, err := a.identify(c)
	if err != nil {
		a.fail(c, err)
		return
	}
	var body api.NewReport // a recovery has the same fields
	if err := readBody(c, maxReportBody, &body); err != nil {
		a.fail(c, err)
		return
	}
	receipt, err := a.Ingest.Submit(submissionOf(service, kind, body), who.sender())
	if err != nil {
		setRateLimit(c, receipt.Limit)
		a.fail(c, err)
		return
	}
	a.accept(c, api.Receipt{Id: receipt.ID.String(), Service: receipt.Service, Symptom: receipt.Symptom, Country: receipt.Country,
		Counted: receipt.Counted, Status: receipt.Status.String(), AsOf: moment(receipt.AsOf), Simulated: a.Simulated})
}

// submissionOf returns the submission of a body.
func submissionOf(service string, kind report.Kind, b api.NewReport) report.Submission {
	return report.Submission{Service: service, Kind: kind, Symptom: b.Symptom, Country: b.Country,
		ID: b.Id, OccurredAt: b.OccurredAt, Device: b.Device}
}

// setRateLimit sets the RateLimit headers of the IETF draft, if d refuses the
// sender.
func setRateLimit(c *gin.Context, d ingest.Decision) {
	if d.Limit == 0 || d.Allowed {
		return
	}
	c.Header("RateLimit-Policy", `"reports";q=`+strconv.Itoa(d.Limit)+`;w=`+seconds(ingest.LimitPeriod, ingest.LimitPeriod))
	c.Header("RateLimit", `"reports";r=`+strconv.Itoa(d.Remaining)+`;t=`+seconds(d.Reset, ingest.LimitPeriod))
}
