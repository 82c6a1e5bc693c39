package webhook

import (
	"net/url"
	"time"

	"github.com/outcry/outcry/pkg/notify"
)

const (
	pagerDutyExample  = "https://events.pagerduty.com/v2/enqueue?routing_key=KEY"
	pagerDutySummary  = 1024 // characters
	pagerDutyDedupKey = "outcry-test"
)

func checkPagerDuty(u *url.URL) error { return checkParameter(u, "routing_key", pagerDutyExample) }

// pagerDutyRequest returns an event of the Events API v2. All messages about one
// incident have its ID as their dedup key: what goes on triggers, and what is over
// or was retracted resolves. The parameter routing_key of the URL moves into the
// body.
func pagerDutyRequest(_ *Poster, d notify.Delivery) (outgoing, error) {
	address, key, err := takeParameter(d.Private.Address, "routing_key")
	if err != nil {
		return outgoing{}, err
	}
	d.Private.Address = address
	in := d.Message.Incident
	event := object{"routing_key": key, "event_action": "trigger", "dedup_key": in.ID}
	if in.ID == "" {
		event["dedup_key"] = pagerDutyDedupKey
	}
	if isOver(d.Message) {
		event["event_action"] = "resolve"
		return encode(d, event)
	}
	severity := "warning"
	switch {
	case d.Message.Kind == notify.Test:
		severity = "info"
	case !in.Declared.IsZero():
		severity = "critical"
	}
	payload := object{
		"summary": shorten(d.Text.Title+". "+d.Text.Body, pagerDutySummary), "source": "Outcry", "severity": severity,
		"timestamp": changedAt(d.Message).Format(time.RFC3339),
	}
	if in.ID != "" {
		payload["component"] = in.Service
		payload["custom_details"] = object{"incident": in.ID, "reports": in.Reports, "simulated": d.Message.Simulated}
	}
	event["payload"], event["client"] = payload, "Outcry"
	if d.Text.URL != "" {
		event["client_url"] = d.Text.URL
		event["links"] = []object{{"href": d.Text.URL, "text": "Outcry"}}
	}
	return encode(d, event)
}
