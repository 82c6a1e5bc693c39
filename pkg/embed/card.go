package embed

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	social "github.com/outcry/outcry/pkg/card"
	"github.com/outcry/outcry/pkg/heatmap"
	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/view"
)

const (
	// cardLife is how long a card is kept: one takes tens of milliseconds to draw.
	cardLife = 30 * time.Second
	// keptCards bounds the cards that are kept, with 120 KB each.
	keptCards = 100
)

// cardKey identifies a card.
type cardKey struct{ slug, lang, home string }

// getCard serves the picture beside a link to a service.
func (s *Embeds) getCard(c *gin.Context) {
	e, ok := s.asked(c, strings.TrimSuffix(c.Param("file"), ".png"))
	if !ok {
		return
	}
	key := cardKey{e.service.Slug, e.to.Locale.Code, s.Home(c.Request)}
	picture, err := s.cards.Get(c.Request.Context(), key, s.Now(), func(ctx context.Context) ([]byte, error) {
		return s.drawCard(ctx, e, key.home)
	})
	if err != nil {
		s.LogUnread(err, "card", e.service.Slug)
		s.unavailable(c, e.to)
		return
	}
	c.Header("Content-Security-Policy", "default-src 'none'; frame-ancestors *")
	s.give(c, "image/png", picture, carried)
}

// drawCard draws the card of a service.
func (s *Embeds) drawCard(ctx context.Context, e embedding, home string) ([]byte, error) {
	one, err := s.board.Status(ctx, e.service.Slug)
	if err != nil {
		return nil, err
	}
	l := e.to.Locale
	v := view.NewVerdict(l, one)
	card := social.Card{
		Lang: l.Code, RTL: l.Dir == "rtl", Tall: l.Tall, Brand: l.Say("brand"),
		Title: e.names.Service(e.service.Slug), Level: v.Level, Word: v.Word,
		Sentence: locale.PlainText(view.Sentence(l, one, e.names.CountryInSentence)),
		Map:      heatmap.Earth().Draw(one.Countries, heatmap.Reports, nil),
		Foot:     host(home+"/") + between + l.Date(one.AsOf),
	}
	for _, moment := range v.When {
		card.When = append(card.When, locale.PlainText(moment.Parts))
	}
	if s.Simulated {
		card.Foot += between + l.Say("simulated")
	}
	picture, err := social.Draw(card)
	if err != nil {
		return nil, fmt.Errorf("draw the card of %s: %w", e.service.Slug, err)
	}
	return picture, nil
}
