package httpapi

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/api"
	"github.com/outcry/outcry/pkg/apikey"
	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/notify"
	"github.com/outcry/outcry/pkg/webhook"
)

const maxWebhookBody = 64 << 10 // bytes: four lists of a hundred elements

// identifyOwner returns who asks for webhooks.
func (a *API) identifyOwner(c *gin.Context) (webhook.Owner, error) {
	who, err := a.identifyKey(c)
	if err != nil {
		return webhook.Owner{}, err
	}
	if !who.trusted() {
		return webhook.Owner{}, fault.New(fault.Forbidden, "webhooks take a key of scope server or admin; this one has scope %s", who.key.Scope)
	}
	return webhook.Owner{Key: who.key.ID, Admin: apikey.Scope(who.key.Scope) == apikey.Admin}, nil
}

// CreateWebhook makes a webhook and answers with its secret.
func (a *API) CreateWebhook(c *gin.Context) {
	answer, err := a.newWebhook(c)
	a.reply(c, http.StatusCreated, answer, err)
}

func (a *API) newWebhook(c *gin.Context) (answer api.WebhookAnswer, err error) {
	owner, err := a.identifyOwner(c)
	if err != nil {
		return answer, err
	}
	var body api.NewWebhook
	if err := readBody(c, maxWebhookBody, &body); err != nil {
		return answer, err
	}
	wish, err := wishOf(body)
	if err != nil {
		return answer, err
	}
	s, secret, err := a.Webhooks.Create(c.Request.Context(), owner, wish, a.Now())
	if err != nil {
		return answer, a.webhookError(err)
	}
	return api.WebhookAnswer{AsOf: moment(a.Now()), Webhook: webhookOf(s), Secret: secret, Simulated: a.Simulated}, nil
}

// wishOf returns the webhook that a body asks for.
func wishOf(b api.NewWebhook) (w webhook.Wish, err error) {
	w = webhook.Wish{
		URL: b.Url, Format: b.Format, Name: b.Name, Services: b.Services, Providers: b.Providers, Categories: b.Categories, Countries: b.Countries,
		From: b.From, NoEnd: b.Over != nil && !*b.Over, Details: b.Details, Language: b.Language,
	}
	if b.Distance != "" {
		if w.Distance, err = time.ParseDuration(b.Distance); err != nil {
			return w, fault.Field("distance", "must be a duration such as 10m")
		}
		if w.Distance == 0 {
			return w, fault.Field("distance", "must be at least 1m")
		}
	}
	return w, nil
}

// ListWebhooks answers with a page of the webhooks that the caller may see.
func (a *API) ListWebhooks(c *gin.Context, p api.ListWebhooksParams) {
	list, err := a.webhookList(c, p)
	a.answer(c, private, list, err)
}

func (a *API) webhookList(c *gin.Context, p api.ListWebhooksParams) (list api.WebhookList, err error) {
	owner, err := a.identifyOwner(c)
	if err != nil {
		return list, err
	}
	limit, err := parseLimit(p.Limit)
	if err != nil {
		return list, err
	}
	after, err := parseCursor(p.Cursor)
	if err != nil {
		return list, err
	}
	found, err := a.Webhooks.List(c.Request.Context(), owner, after, limit+1)
	if err != nil {
		return list, a.webhookError(err)
	}
	list = api.WebhookList{AsOf: a.judgedAt(), Simulated: a.Simulated, Webhooks: []api.Webhook{}}
	if len(found) > limit {
		found = found[:limit]
		list.Next = cursor(found[limit-1].ID)
	}
	for _, s := range found {
		list.Webhooks = append(list.Webhooks, webhookOf(s))
	}
	return list, nil
}

// GetWebhook answers with a webhook.
func (a *API) GetWebhook(c *gin.Context, id string) {
	answer, err := a.webhook(c, id)
	a.answer(c, private, answer, err)
}

func (a *API) webhook(c *gin.Context, id string) (answer api.WebhookAnswer, err error) {
	owner, err := a.identifyOwner(c)
	if err != nil {
		return answer, err
	}
	s, err := a.Webhooks.Get(c.Request.Context(), owner, id)
	return api.WebhookAnswer{AsOf: a.judgedAt(), Webhook: webhookOf(s), Simulated: a.Simulated}, a.webhookError(err)
}

// DeleteWebhook deletes a webhook.
func (a *API) DeleteWebhook(c *gin.Context, id string) {
	owner, err := a.identifyOwner(c)
	if err == nil {
		err = a.webhookError(a.Webhooks.Delete(c.Request.Context(), owner, id))
	}
	if err != nil {
		a.fail(c, err)
		return
	}
	c.Status(http.StatusNoContent)
	c.Writer.WriteHeaderNow()
}

// RotateWebhook gives a webhook a new secret and answers with it.
func (a *API) RotateWebhook(c *gin.Context, id string) {
	answer, err := a.newSecret(c, id)
	a.reply(c, http.StatusOK, answer, err)
}

func (a *API) newSecret(c *gin.Context, id string) (answer api.WebhookAnswer, err error) {
	owner, err := a.identifyOwner(c)
	if err != nil {
		return answer, err
	}
	s, secret, err := a.Webhooks.Rotate(c.Request.Context(), owner, id, a.Now())
	return api.WebhookAnswer{AsOf: moment(a.Now()), Webhook: webhookOf(s), Secret: secret, Simulated: a.Simulated}, a.webhookError(err)
}

// TestWebhook queues a test message.
func (a *API) TestWebhook(c *gin.Context, id string) {
	owner, err := a.identifyOwner(c)
	var message string
	if err == nil {
		message, err = a.Webhooks.Test(c.Request.Context(), owner, id, a.Now())
	}
	a.reply(c, http.StatusAccepted, a.queued(message), a.webhookError(err))
}

// RedeliverMessage queues a message again.
func (a *API) RedeliverMessage(c *gin.Context, id, message string) {
	owner, err := a.identifyOwner(c)
	if err == nil {
		err = a.Webhooks.Redeliver(c.Request.Context(), owner, id, message, a.Now())
	}
	a.reply(c, http.StatusAccepted, a.queued(message), a.webhookError(err))
}

func (a *API) queued(message string) api.QueuedMessage {
	return api.QueuedMessage{AsOf: moment(a.Now()), Message: message, Simulated: a.Simulated}
}

// ListDeliveries answers with a page of the attempts to deliver to a webhook.
func (a *API) ListDeliveries(c *gin.Context, id string, p api.ListDeliveriesParams) {
	list, err := a.deliveryList(c, id, p)
	a.answer(c, private, list, err)
}

func (a *API) deliveryList(c *gin.Context, id string, p api.ListDeliveriesParams) (list api.DeliveryList, err error) {
	owner, err := a.identifyOwner(c)
	if err != nil {
		return list, err
	}
	limit, err := parseLimit(p.Limit)
	if err != nil {
		return list, err
	}
	before, err := parseAuditCursor(p.Cursor)
	if err != nil {
		return list, err
	}
	found, err := a.Webhooks.Deliveries(c.Request.Context(), owner, id, before, limit+1)
	if err != nil {
		return list, a.webhookError(err)
	}
	list = api.DeliveryList{AsOf: a.judgedAt(), Simulated: a.Simulated, Deliveries: []api.Delivery{}}
	if len(found) > limit {
		found = found[:limit]
		list.Next = cursor(strconv.FormatInt(found[limit-1].ID, 10))
	}
	for _, d := range found {
		list.Deliveries = append(list.Deliveries, api.Delivery{
			Message: d.Message, Type: webhook.TypeOf(d.Kind), Incident: d.Incident, Attempt: d.Attempt, At: moment(d.At), TookMs: d.Took.Milliseconds(),
			Result: string(d.Outcome.Result), Status: d.Outcome.Status, Detail: d.Outcome.Detail,
		})
	}
	return list, nil
}

// ListMessages answers with the messages of a webhook.
func (a *API) ListMessages(c *gin.Context, id string, p api.ListMessagesParams) {
	list, err := a.messageList(c, id, p)
	a.answer(c, private, list, err)
}

func (a *API) messageList(c *gin.Context, id string, p api.ListMessagesParams) (list api.MessageList, err error) {
	owner, err := a.identifyOwner(c)
	if err != nil {
		return list, err
	}
	limit, err := parseLimit(p.Limit)
	if err != nil {
		return list, err
	}
	switch p.State {
	case "", archive.MessageWaiting, archive.MessageDelivered, archive.MessageDead:
	default:
		return list, fault.Field("state", "must be waiting, delivered or dead")
	}
	found, err := a.Webhooks.Messages(c.Request.Context(), owner, id, p.State, limit)
	if err != nil {
		return list, a.webhookError(err)
	}
	list = api.MessageList{AsOf: a.judgedAt(), Simulated: a.Simulated, Messages: make([]api.SentMessage, len(found))}
	for i, m := range found {
		list.Messages[i] = api.SentMessage{
			Id: m.ID, Type: webhook.TypeOf(m.Kind), Incident: m.Incident, State: m.State, CreatedAt: moment(m.Created), DueAt: moment(m.Due),
			FinishedAt: moment(m.Finished), Attempts: m.Attempts, Status: m.Status, Detail: m.Detail,
		}
	}
	return list, nil
}

// webhookError is storeError for webhooks.
func (a *API) webhookError(err error) error { return a.storeError("webhooks", err) }

// storeError returns the error of a call that needs the archive. One without a kind
// means that the archive cannot be reached: it is logged, and the call may be tried
// again.
func (a *API) storeError(what string, err error) error {
	var f *fault.Error
	if err == nil || errors.As(err, &f) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	a.Log.Error(what+" cannot be read or stored", "error", err)
	return &fault.Error{Kind: fault.Unavailable, Msg: what + " cannot be reached at the moment; try again later", RetryAfter: 10 * time.Second, Err: err}
}

// webhookOf returns the answer for a webhook.
func webhookOf(s notify.Subscription) api.Webhook {
	w := api.Webhook{
		Id: s.ID, Name: s.Name, Url: s.Hint, Format: webhook.FormatOf(&s), Services: notNull(s.Filter.Services), Providers: notNull(s.Filter.Providers),
		Categories: notNull(s.Filter.Categories), Countries: notNull(s.Filter.Countries), From: s.Filter.From.String(), Over: s.Filter.Over, Details: s.Details,
		Language: s.Language, Distance: shortDuration(s.LeastDistance()), State: string(s.State), CreatedAt: moment(s.Created), EndedAt: moment(s.EndedAt), Reason: s.Why,
	}
	return w
}

// shortDuration writes whole minutes without the seconds: 5m or 1h30m.
func shortDuration(d time.Duration) string {
	text := d.String()
	if d%time.Minute == 0 && len(text) > 2 {
		text = text[:len(text)-len("0s")]
	}
	if d%time.Hour == 0 && len(text) > 2 && d > 0 {
		text = text[:len(text)-len("0m")]
	}
	return text
}
