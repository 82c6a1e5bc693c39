package httpapi

import (
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/api"
	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/limit"
	"github.com/outcry/outcry/pkg/report"
)

// maxReportBody is the most bytes of the body of one report, many times the size of
// its fields.
const maxReportBody = 16 << 10

// PostReport counts a report of a problem.
func (a *API) PostReport(c *gin.Context, service api.ServicePath, _ api.PostReportParams) {
	a.submit(c, service, report.Problem)
}

// PostRecovery counts a report that the service works.
func (a *API) PostRecovery(c *gin.Context, service api.ServicePath, _ api.PostRecoveryParams) {
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
	s := submissionOf(service, kind, body)
	if header := c.Request.Header.Values("Idempotency-Key"); len(header) > 0 {
		if s, err = s.WithIdempotencyKey(strings.Join(header, ","), who.keyID()); err != nil {
			a.fail(c, err)
			return
		}
	}
	from := who.sender()
	from.Proof = body.Proof
	receipt, err := a.Ingest.Submit(s, from)
	receipt.Limit.Announce(c.Writer.Header())
	if err != nil {
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

// Limited answers a request of a sender whose allowance d is exhausted.
func (a *API) Limited(c *gin.Context, d limit.Decision) {
	a.setCommonHeaders(c)
	d.AnnounceRefusal(c.Writer.Header())
	a.fail(c, &fault.Error{Kind: fault.Limited, RetryAfter: d.RetryAfter, Msg: "too many requests from " + d.Level.String() + "; try again later"})
}
