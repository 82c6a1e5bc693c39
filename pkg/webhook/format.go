package webhook

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/incident"
	"github.com/outcry/outcry/pkg/notify"
)

// formatSetting is the setting of a subscription with the name of its format.
const formatSetting = "format"

// Standard is the format of programs: Standard Webhooks.
const Standard = "standard"

// format is how one kind of receivers takes messages.
type format struct {
	// request returns the request for a delivery.
	request func(*Poster, notify.Delivery) (outgoing, error)
	// check returns an error if a URL is none of such a receiver; it may be nil.
	check func(*url.URL) error
	// rejections are the statuses with which such a receiver refuses a message for
	// ever, goneStatuses those with which it does not exist any more.
	rejections, goneStatuses []int
	// retryAfter returns the pause that the body of an answer asks for; it may be nil.
	retryAfter func(body []byte) time.Duration
}

func (f format) rejects(status int) bool { return slices.Contains(f.rejections, status) }

func (f format) gone(status int) bool { return slices.Contains(f.goneStatuses, status) }

// formats are all formats by their names.
var formats = map[string]format{
	Standard: {request: standardRequest},
	"slack": {request: slackRequest, rejections: []int{http.StatusBadRequest, http.StatusForbidden},
		goneStatuses: []int{http.StatusNotFound}},
	"teams": {request: teamsRequest, rejections: []int{http.StatusBadRequest, http.StatusRequestEntityTooLarge}},
	"discord": {request: discordRequest, rejections: []int{http.StatusBadRequest},
		goneStatuses: []int{http.StatusNotFound}},
	"telegram": {request: telegramRequest, check: checkTelegram, retryAfter: telegramRetry,
		rejections: []int{http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound}},
	"pagerduty": {request: pagerDutyRequest, check: checkPagerDuty, rejections: []int{http.StatusBadRequest}},
}

// FormatNames are the names of all formats, in the order of the documentation.
var FormatNames = []string{Standard, "slack", "teams", "discord", "telegram", "pagerduty"}

// FormatOf returns the format of a webhook.
func FormatOf(s *notify.Subscription) string { return s.Settings[formatSetting] }

// encode returns the request with a body for the URL of a subscription.
func encode(d notify.Delivery, body any) (outgoing, error) {
	b, err := marshal(body)
	return outgoing{url: d.Private.Address, header: http.Header{}, body: b}, err
}

// marshal encodes JSON without the escapes for HTML, which receivers count.
func marshal(v any) ([]byte, error) {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return []byte(strings.TrimSuffix(b.String(), "\n")), nil
}

// isOver reports whether the incident of a message does not go on.
func isOver(m notify.Message) bool { return m.Incident.State == incident.Resolved }

// shorten cuts text to at most n characters, with an ellipsis at its end.
func shorten(text string, n int) string {
	if utf8.RuneCountInString(text) <= n {
		return text
	}
	return string([]rune(text)[:n-1]) + "…"
}

// checkParameter returns an error if a URL lacks a parameter that its format needs.
func checkParameter(u *url.URL, name, example string) error {
	if u.Query().Get(name) == "" {
		return fault.Field("url", "needs the parameter %s, such as %s", name, example)
	}
	return nil
}

// takeParameter returns an address without a parameter, and the parameter.
func takeParameter(address, name string) (rest, value string, err error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", "", fault.Field("url", "cannot be used")
	}
	q := u.Query()
	value = q.Get(name)
	q.Del(name)
	u.RawQuery = q.Encode()
	return u.String(), value, nil
}
