package webhook

import (
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"github.com/outcry/outcry/pkg/notify"
)

// object is a JSON object. Its keys are encoded in the order of the alphabet.
type object = map[string]any

// Limits of the receivers, in characters.
const (
	slackHeader, slackText      = 150, 3000
	discordTitle, discordText   = 256, 4096
	telegramTitle, telegramText = 200, 3500
	teamsText                   = 4000
)

// slackRequest returns a message of an incoming webhook of Slack. Its text is plain,
// so that no part of it becomes a mention, a link or a format.
func slackRequest(_ *Poster, d notify.Delivery) (outgoing, error) {
	plain := func(text string) object { return object{"type": "plain_text", "text": text, "emoji": false} }
	blocks := []object{
		{"type": "header", "text": plain(shorten(d.Text.Title, slackHeader))},
		{"type": "section", "text": plain(shorten(d.Text.Body, slackText))},
	}
	if d.Text.URL != "" {
		blocks = append(blocks, object{"type": "section", "text": object{"type": "mrkdwn", "text": "<" + slackEscape.Replace(d.Text.URL) + ">"}})
	}
	return encode(d, object{"text": slackEscape.Replace(d.Text.Title), "blocks": blocks})
}

var slackEscape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// teamsRequest returns a message with an adaptive card, as the workflows of Teams
// take it. Text runs know no Markdown.
func teamsRequest(_ *Poster, d notify.Delivery) (outgoing, error) {
	run := func(text string, more object) object {
		inline := object{"type": "TextRun", "text": text}
		for k, v := range more {
			inline[k] = v
		}
		return object{"type": "RichTextBlock", "inlines": []object{inline}}
	}
	card := object{
		"$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard", "version": "1.4",
		"body": []object{
			run(d.Text.Title, object{"weight": "Bolder", "size": "Medium"}),
			run(shorten(d.Text.Body, teamsText), nil),
		},
	}
	if d.Text.URL != "" {
		card["actions"] = []object{{"type": "Action.OpenUrl", "title": "Outcry", "url": d.Text.URL}}
	}
	return encode(d, object{
		"type":        "message",
		"attachments": []object{{"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": nil, "content": card}},
	})
}

// Colours of embeds in Discord, by how the incident stands.
const (
	discordRed, discordAmber, discordGreen = 0xc62828, 0xe69100, 0x2e7d32
)

// discordRequest returns a message of a webhook of Discord. It mentions nobody.
func discordRequest(_ *Poster, d notify.Delivery) (outgoing, error) {
	colour := discordAmber
	switch {
	case isOver(d.Message):
		colour = discordGreen
	case !d.Message.Incident.Declared.IsZero():
		colour = discordRed
	}
	embed := object{
		"title":       shorten(discordEscape.Replace(d.Text.Title), discordTitle),
		"description": shorten(discordEscape.Replace(d.Text.Body), discordText), "color": colour,
		"timestamp": changedAt(d.Message).Format(time.RFC3339),
	}
	if d.Text.URL != "" {
		embed["url"] = d.Text.URL
	}
	return encode(d, object{"embeds": []object{embed}, "allowed_mentions": object{"parse": []string{}}})
}

var discordEscape = strings.NewReplacer(`\`, `\\`, "*", `\*`, "_", `\_`, "~", `\~`, "`", "\\`", "|", `\|`, ">", `\>`, "#", `\#`, "[", `\[`, "]", `\]`, "<", `\<`, "@", "@\u200b")

// changedAt returns when the incident changed as a message says, or when a message
// without an incident was made.
func changedAt(m notify.Message) time.Time {
	if m.Incident.ID == "" {
		return m.Created.UTC().Truncate(time.Second)
	}
	return m.Incident.Updated.UTC().Truncate(time.Second)
}

const telegramExample = "https://api.telegram.org/bot123:ABC/sendMessage?chat_id=-100123"

func checkTelegram(u *url.URL) error { return checkParameter(u, "chat_id", telegramExample) }

// telegramRequest returns a call of sendMessage. The parameter chat_id of the URL
// moves into its body.
func telegramRequest(_ *Poster, d notify.Delivery) (outgoing, error) {
	address, chat, err := takeParameter(d.Private.Address, "chat_id")
	if err != nil {
		return outgoing{}, err
	}
	text := "<b>" + telegramEscape.Replace(shorten(d.Text.Title, telegramTitle)) + "</b>\n" + telegramEscape.Replace(shorten(d.Text.Body, telegramText))
	if d.Text.URL != "" {
		text += "\n" + telegramEscape.Replace(d.Text.URL)
	}
	d.Private.Address = address
	return encode(d, object{"chat_id": chat, "text": text, "parse_mode": "HTML", "link_preview_options": object{"is_disabled": true}})
}

var telegramEscape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")

// telegramRetry returns the pause that an answer of Telegram asks for.
func telegramRetry(body []byte) time.Duration {
	var answer struct {
		Parameters struct {
			RetryAfter int `json:"retry_after"`
		}
	}
	if json.Unmarshal(body, &answer) != nil {
		return 0
	}
	return time.Duration(answer.Parameters.RetryAfter) * time.Second
}
