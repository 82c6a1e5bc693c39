package httpapi

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/api"
	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/push"
)

const maxPushBody = 8 << 10 // bytes

// GetPush answers with the key for notifications.
func (a *API) GetPush(c *gin.Context) {
	answer := api.PushKey{AsOf: a.judgedAt(), Missing: a.Push.Missing(), Simulated: a.Simulated}
	if answer.Missing == "" {
		answer.PublicKey = a.Push.Identity.PublicKey()
	}
	a.answer(c, settled, answer, nil)
}

// identifyVisitor returns an error for who is no page of this server: a subscription
// belongs to an origin.
func (a *API) identifyVisitor(c *gin.Context) error {
	who, err := a.identify(c)
	if err == nil && who.origin != "" {
		err = fault.New(fault.Forbidden, "only the pages of this server may subscribe browsers")
	}
	return err
}

// PostPushSubscription stores the subscription of a browser.
func (a *API) PostPushSubscription(c *gin.Context) {
	answer, err := a.subscribeBrowser(c)
	a.reply(c, http.StatusCreated, answer, err)
}

func (a *API) subscribeBrowser(c *gin.Context) (answer api.PushSubscription, err error) {
	if err := a.identifyVisitor(c); err != nil {
		return answer, err
	}
	var body api.NewPushSubscription
	if err := readBody(c, maxPushBody, &body); err != nil {
		return answer, err
	}
	s, err := a.Push.Subscribe(c.Request.Context(), push.Wish{
		Service: body.Service, When: push.When(body.When), Language: body.Language,
		Browser: push.Browser{Endpoint: body.Subscription.Endpoint, Keys: push.Keys{P256dh: body.Subscription.Keys.P256dh, Auth: body.Subscription.Keys.Auth}},
	}, a.Now())
	return api.PushSubscription{AsOf: moment(a.Now()), Token: s.Token, Service: s.Service, When: string(s.When), Expires: moment(s.Expires), Simulated: a.Simulated}, a.storeError("subscriptions", err)
}

// DeletePushSubscription ends a subscription.
func (a *API) DeletePushSubscription(c *gin.Context, token string) {
	err := a.identifyVisitor(c)
	if err == nil {
		err = a.storeError("subscriptions", a.Push.Unsubscribe(c.Request.Context(), token))
	}
	if err != nil {
		a.fail(c, err)
		return
	}
	c.Status(http.StatusNoContent)
	c.Writer.WriteHeaderNow()
}
