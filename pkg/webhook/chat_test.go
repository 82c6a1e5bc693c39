package webhook_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/notify"
)

// TestEachReceiverGetsWhatItDocuments holds the exact bodies. Sources:
// docs.slack.dev/messaging/sending-messages-using-incoming-webhooks,
// learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors (workflows),
// discord.com/developers/docs/resources/webhook#execute-webhook,
// core.telegram.org/bots/api#sendmessage,
// developer.pagerduty.com/docs/events-api-v2-overview.
func TestEachReceiverGetsWhatItDocuments(t *testing.T) {
	over := func(d *notify.Delivery) {
		in := &d.Message.Incident
		in.State, in.Level, in.Resolved = incident.Resolved, detect.OK, noon.Add(time.Hour)
		d.Message.Kind = notify.Resolved
	}
	test := func(d *notify.Delivery) { d.Message.Kind, d.Message.Incident = notify.Test, incident.Incident{} }
	const url = "https://outcry.example/incidents/acme-2026-03-04-1200"
	for _, x := range []struct {
		name, format, query string
		change              func(*notify.Delivery)
		path, want          string
	}{
		{"Slack", "slack", "", nil, "/hook", `{"blocks":[{"text":{"emoji":false,"text":"Acme & <Sons> is *down*","type":"plain_text"},"type":"header"},` +
			`{"text":{"emoji":false,"text":"Since 12:00 UTC. “90” people_reported.","type":"plain_text"},"type":"section"},` +
			`{"text":{"text":"<` + url + `>","type":"mrkdwn"},"type":"section"}],"text":"Acme &amp; &lt;Sons&gt; is *down*"}`},
		{"Teams", "teams", "", nil, "/hook", `{"attachments":[{"content":{"$schema":"http://adaptivecards.io/schemas/adaptive-card.json",` +
			`"actions":[{"title":"Outcry","type":"Action.OpenUrl","url":"` + url + `"}],` +
			`"body":[{"inlines":[{"size":"Medium","text":"Acme & <Sons> is *down*","type":"TextRun","weight":"Bolder"}],"type":"RichTextBlock"},` +
			`{"inlines":[{"text":"Since 12:00 UTC. “90” people_reported.","type":"TextRun"}],"type":"RichTextBlock"}],` +
			`"type":"AdaptiveCard","version":"1.4"},"contentType":"application/vnd.microsoft.card.adaptive","contentUrl":null}],"type":"message"}`},
		{"Discord", "discord", "", nil, "/hook", `{"allowed_mentions":{"parse":[]},"embeds":[{"color":12986408,"description":"Since 12:00 UTC. “90” people\\_reported.",` +
			`"timestamp":"2026-03-04T12:05:00Z","title":"Acme & \\<Sons\\> is \\*down\\*","url":"` + url + `"}]}`},
		{"Discord, over", "discord", "", over, "/hook", `{"allowed_mentions":{"parse":[]},"embeds":[{"color":3046706,"description":"Since 12:00 UTC. “90” people\\_reported.",` +
			`"timestamp":"2026-03-04T12:05:00Z","title":"Acme & \\<Sons\\> is \\*down\\*","url":"` + url + `"}]}`},
		{"Telegram", "telegram", "?chat_id=-100123", nil, "/hook", `{"chat_id":"-100123","link_preview_options":{"is_disabled":true},"parse_mode":"HTML",` +
			`"text":"<b>Acme &amp; &lt;Sons&gt; is *down*</b>\nSince 12:00 UTC. “90” people_reported.\n` + url + `"}`},
		{"PagerDuty", "pagerduty", "?routing_key=R0", nil, "/hook", `{"client":"Outcry","client_url":"` + url + `","dedup_key":"acme-2026-03-04-1200","event_action":"trigger",` +
			`"links":[{"href":"` + url + `","text":"Outcry"}],"payload":{"component":"acme","custom_details":{"incident":"acme-2026-03-04-1200","reports":123,"simulated":false},` +
			`"severity":"critical","source":"Outcry","summary":"Acme & <Sons> is *down*. Since 12:00 UTC. “90” people_reported.","timestamp":"2026-03-04T12:05:00Z"},"routing_key":"R0"}`},
		{"PagerDuty, over", "pagerduty", "?routing_key=R0", over, "/hook", `{"dedup_key":"acme-2026-03-04-1200","event_action":"resolve","routing_key":"R0"}`},
		{"PagerDuty, a test", "pagerduty", "?routing_key=R0", test, "/hook", `{"client":"Outcry","client_url":"` + url + `","dedup_key":"outcry-test","event_action":"trigger",` +
			`"links":[{"href":"` + url + `","text":"Outcry"}],"payload":{"severity":"info","source":"Outcry",` +
			`"summary":"Acme & <Sons> is *down*. Since 12:00 UTC. “90” people_reported.","timestamp":"2026-03-04T12:05:00Z"},"routing_key":"R0"}`},
	} {
		t.Run(x.name, func(t *testing.T) {
			in := newInbox(t, nil)
			d := delivery(x.format, in.URL+"/hook"+x.query)
			if x.change != nil {
				x.change(&d)
			}
			if got := poster(loopback).Deliver(t.Context(), d); got.Result != notify.Delivered {
				t.Fatalf("Deliver = %+v, want it delivered", got)
			}
			got := in.requests()[0]
			if diff := cmp.Diff(x.want, got.body); diff != "" || got.path != x.path {
				t.Errorf("the receiver got %s with (-want +got):\n%s", got.path, diff)
			}
			if got.header.Get("webhook-signature") != "" {
				t.Error("the message is signed, which only the format standard is")
			}
		})
	}
}

func TestLongTextsAreCutToWhatReceiversTake(t *testing.T) {
	for _, format := range []string{"slack", "teams", "discord", "telegram", "pagerduty"} {
		in := newInbox(t, nil)
		d := delivery(format, in.URL)
		d.Text.Title, d.Text.Body = strings.Repeat("আ", 2_000), strings.Repeat("ব", 20_000)
		poster(loopback).Deliver(t.Context(), d)
		if n := len([]rune(in.requests()[0].body)); n > 9_000 || !strings.Contains(in.requests()[0].body, "…") {
			t.Errorf("the message in the format %s has %d characters, want it cut with an ellipsis", format, n)
		}
	}
}
