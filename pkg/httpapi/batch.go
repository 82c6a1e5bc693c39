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
	maxBatch     = 1000
	maxBatchBody = 1 << 20
)

// PostReports counts many reports, each on its own.
func (a *API) PostReports(c *gin.Context) {
	who, err := a.caller(c)
	if err != nil {
		a.fail(c, err)
		return
	}
	if who.key == nil {
		a.fail(c, fault.New(fault.Unauthorized, "this call takes a key: Authorization: Bearer KEY"))
		return
	}
	var body struct {
		Reports []json.RawMessage `json:"reports"` // one that is wrong does not spoil the others
	}
	if err := read(c, maxBatchBody, &body); err != nil {
		a.fail(c, err)
		return
	}
	if n := len(body.Reports); n == 0 || n > maxBatch {
		a.fail(c, fault.Field("reports", "must hold 1 to %d reports", maxBatch))
		return
	}
	out := api.Results{Results: make([]api.Result, len(body.Reports)), Simulated: a.Simulated}
	items := make([]ingest.Item, 0, len(body.Reports))
	places := make([]int, 0, len(body.Reports)) // of each item in the results
	for i, raw := range body.Reports {
		item, err := itemOf(raw, who)
		out.Results[i].Id = ownID(item.ID)
		switch {
		case err == nil:
			items = append(items, item)
			places = append(places, i)
		case fault.KindOf(err) == fault.Forbidden:
			// The client takes its key for another: none of this can be meant so.
			a.fail(c, &fault.Error{Kind: fault.Forbidden, Field: fmt.Sprintf("reports[%d].ip", i), Msg: "an ip takes a key of scope server"})
			return
		default:
			a.refuse(&out.Results[i], err)
		}
	}
	results := a.Ingest.SubmitAll(items)
	if err := common(results); err != nil && len(results) == len(out.Results) {
		rateLimit(c, results[0].Limit)
		a.fail(c, err)
		return
	}
	for i, res := range results {
		a.judge(&out.Results[places[i]], res)
	}
	out.AsOf = moment(a.Now())
	a.reply(c, out)
}

// itemOf reads one report of a batch. The error is fault.Forbidden for an
// address that the caller may not name.
func itemOf(raw []byte, who caller) (item ingest.Item, err error) {
	if raw[0] != '{' {
		return item, fault.New(fault.Malformed, "is not a JSON object")
	}
	var b api.NewReportItem
	if err := decode(raw, &b); err != nil {
		return item, err
	}
	item.Sender = who.sender()
	item.Submission = submission(b.Service, report.Problem, api.NewReport{Symptom: b.Symptom, Country: b.Country, Id: b.Id,
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
	// It is the person who reports, not the key.
	item.Addr, item.Source = addr.Unmap().WithZone(""), ""
	return item, nil
}

// ownID returns the client's ID of a report, if it is one.
func ownID(id string) string {
	if _, err := uuid.Parse(id); err != nil || len(id) != 36 {
		return ""
	}
	return id
}

// judge writes what became of an item.
func (a *API) judge(out *api.Result, res ingest.Result) {
	if res.Err != nil {
		a.refuse(out, res.Err)
		return
	}
	out.Id, out.Status = res.ID.String(), res.Status.String()
	if res.Resent {
		out.Status = "known"
	}
}

// refuse writes why an item was not counted.
func (a *API) refuse(out *api.Result, err error) {
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

// common returns the error of all results if they are all alike in being
// limited or unavailable: then the whole call is.
func common(results []ingest.Result) error {
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
