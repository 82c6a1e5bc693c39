package httpapi

import (
	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/api"
)

// maxWishes is the most services in an answer.
const maxWishes = 200

// ListWishes answers with the services that visitors asked for.
func (a *API) ListWishes(c *gin.Context) {
	list, err := a.wishes(c)
	a.answer(c, private, list, err)
}

func (a *API) wishes(c *gin.Context) (list api.WishList, err error) {
	if _, err := a.identifyAdmin(c); err != nil {
		return list, err
	}
	wishes, err := a.Desk.Wishes.Wishes(c.Request.Context(), maxWishes)
	if err != nil {
		return list, a.trailError(err)
	}
	list = api.WishList{AsOf: moment(a.Now().UTC()), Wishes: []api.Wish{}, Simulated: a.Simulated}
	for _, w := range wishes {
		list.Wishes = append(list.Wishes, api.Wish{Name: w.Name, Count: w.Count, First: moment(w.First), Last: moment(w.Last)})
	}
	return list, nil
}
