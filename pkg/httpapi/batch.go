package httpapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/outcry/outcry/api"
	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/ingest"
	"github.com/outcry/outcry/pkg/report"
)

const (
	maxBatch     = 1000    // reports
	maxBatchBody = 1 << 20 // bytes
)

// PostReports counts many reports and answers with a result for each.
func (a *API) PostReports(c *gin.Context) {
	who, err := a.identifyKey(c)
	if err != nil {
		a.fail(c, err)
		return
	}
	var body struct {
		Reports []json.RawMessage `json:"reports"` // decoded one by one: a malformed one must not fail the others
	}
	if err := readBody(c, maxBatchBody, &body); err != nil {
		a.fail(c, err)
		return
	}
	if n := len(body.Reports); n == 0 || n > maxBatch {
		a.fail(c, fault.Field("reports", "must hold 1 to %d reports", maxBatch))
		return
	}
	out := api.Results{Results: make([]api.Result, len(body.Reports)), Simulated: a.Simulated}
	items, places, err := a.readItems(body.Reports, who, out.Results)
	if err != nil {
		a.fail(c, err)
		return
	}
	results := a.Ingest.SubmitAll(items)
	if len(results) > 0 { // what is left after the last one
		results[len(results)-1].Limit.Announce(c.Writer.Header())
	}
	if err := commonError(results); err != nil && len(results) == len(out.Results) {
		a.fail(c, err)
		return
	}
	for i, res := range results {
		a.setResult(&out.Results[places[i]], res)
	}
	out.AsOf = moment(a.Now())
	a.accept(c, out)
}

// readItems decodes the reports of a batch. It returns the valid ones and the
// index of each in results, and writes the results of the others. The error is
// fault.Forbidden if an item has an address that the caller may not name.
func (a *API) readItems(reports []json.RawMessage, who caller, results []api.Result) (items []ingest.Item, places []int, err error) {
	items = make([]ingest.Item, 0, len(reports))
	places = make([]int, 0, len(reports))
	for i, raw := range reports {
		item, err := readItem(raw, who)
		results[i].Id = clientID(item.ID)
		switch {
		case err == nil:
			items = append(items, item)
			places = append(places, i)
		case fault.KindOf(err) == fault.Forbidden:
			// The client uses the wrong key: the whole batch is refused.
			return nil, nil, &fault.Error{Kind: fault.Forbidden, Field: fmt.Sprintf("reports[%d].ip", i), Msg: "an ip takes a key of scope server"}
		default:
			a.setRefusal(&results[i], err)
		}
	}
	return items, places, nil
}

// readItem decodes one report of a batch. The error is fault.Forbidden for an
// address that the caller may not name.
func readItem(raw []byte, who caller) (item ingest.Item, err error) {
	if raw[0] != '{' {
		return item, fault.New(fault.Malformed, "is not a JSON object")
	}
	var b api.NewReportItem
	if err := decode(raw, &b); err != nil {
		return item, err
	}
	item.Sender = who.sender()
	item.Submission = submissionOf(b.Service, report.Problem, api.NewReport{Symptom: b.Symptom, Country: b.Country, Id: b.Id,
		OccurredAt: b.OccurredAt, Device: b.Device})
	switch b.Kind {
	case "", report.Problem.String():
	case report.Recovery.String():
		item.Kind = report.Recovery
	default:
		return item, fault.Field("kind", "must be problem or recovery")
	}
	if b.Ip == "" {
		return item, nil
	}
	if !who.trusted() {
		return item, fault.New(fault.Forbidden, "only a secret key speaks for others")
	}
	addr, err := netip.ParseAddr(b.Ip)
	if err != nil {
		return item, fault.Field("ip", "is not an IP address")
	}
	// The person at the address reports, and not the owner of the key.
	item.Addr, item.Source = addr.Unmap().WithZone(""), ""
	return item, nil
}

// clientID returns the ID that the client gave a report, or "" if it is not a
// UUID.
func clientID(id string) string {
	if _, err := uuid.Parse(id); err != nil || len(id) != 36 {
		return ""
	}
	return id
}

// setResult sets out to the result of an item.
func (a *API) setResult(out *api.Result, res ingest.Result) {
	if res.Err != nil {
		a.setRefusal(out, res.Err)
		return
	}
	out.Id, out.Status = res.ID.String(), res.Status.String()
	if res.Resent {
		out.Status = "known"
	}
}

// setRefusal sets out to the reason why an item was not counted.
func (a *API) setRefusal(out *api.Result, err error) {
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind == fault.Internal {
		a.Log.Error("a report of a batch failed", "error", err)
		out.Status = "failed"
		return
	}
	out.Reason, out.Field = detail(f), f.Field
	switch f.Kind {
	case fault.Limited:
		out.Status = "limited"
	case fault.Unavailable:
		out.Status = "failed"
	default:
		out.Status = "rejected"
	}
}

// commonError returns the error of the whole batch: that of the first result, if
// all results are limited or all are unavailable.
func commonError(results []ingest.Result) error {
	for _, r := range results {
		kind := fault.KindOf(r.Err)
		if kind != fault.KindOf(results[0].Err) || kind != fault.Limited && kind != fault.Unavailable {
			return nil
		}
	}
	if len(results) == 0 {
		return nil
	}
	return results[0].Err
}
