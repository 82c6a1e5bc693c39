package httpapi

import (
	"time"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/api"
	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/publish"
	"github.com/outcry/outcry/pkg/window"
)

const (
	maxSenders        = 20
	longestOfSenders  = 24 * time.Hour
	ordinaryOfSenders = time.Hour
)

// ListSenders answers with the loudest senders of a service.
func (a *API) ListSenders(c *gin.Context, p api.ListSendersParams) {
	list, err := a.senders(c, p)
	a.answer(c, private, list, err)
}

func (a *API) senders(c *gin.Context, p api.ListSendersParams) (list api.SenderList, err error) {
	if _, err := a.identifyAdmin(c); err != nil {
		return list, err
	}
	if !a.Catalog.HasService(p.Service) {
		return list, fault.Field("service", "is not a service of the catalog; GET %s/services lists them", Base)
	}
	now := a.Now().UTC()
	to, err := parseTime("to", p.To)
	if err != nil {
		return list, err
	}
	if to.IsZero() {
		to = now.Add(window.Width)
	}
	from, err := parseTime("from", p.From)
	if err != nil {
		return list, err
	}
	if from.IsZero() {
		from = to.Add(-ordinaryOfSenders)
	}
	from, to = from.Truncate(window.Width), to.Truncate(window.Width)
	if !from.Before(to) || to.Sub(from) > longestOfSenders {
		return list, fault.Field("from", "must be before to, by %d hours at most", int(longestOfSenders.Hours()))
	}
	loudest, total, err := a.Desk.Senders.Senders(c.Request.Context(), p.Service, from, to, maxSenders)
	if err != nil {
		return list, a.trailError(err)
	}
	list = api.SenderList{AsOf: moment(now), Service: p.Service, From: moment(from), To: moment(to), Reports: total, Senders: []api.Sender{}, Simulated: a.Simulated}
	for _, s := range loudest {
		list.Senders = append(list.Senders, api.Sender{
			Sender: s.Sender.String(), Reports: s.Reports, Share: float32(publish.Rounded(float64(s.Reports) / float64(total))), Networks: s.Networks,
			First: moment(s.First), Last: moment(s.Last), Countries: s.Countries, Symptoms: s.Symptoms,
		})
	}
	return list, nil
}
