package embed

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/outcry/outcry/pkg/cache"
	social "github.com/outcry/outcry/pkg/card"
	"github.com/outcry/outcry/pkg/gate"
	"github.com/outcry/outcry/pkg/heatmap"
	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/view"
)

const (
	// cardLife is how long a card is kept: one takes tens of milliseconds and 10 MB
	// to draw.
	cardLife = 30 * time.Second
	// keptCards and keptCardBytes bound the cards that are kept. One takes about
	// 60 KB.
	keptCards     = 2000
	keptCardBytes = 32 << 20
)

// cardKey holds all that a card depends on, besides the time. Nothing that a
// client may choose freely belongs here.
type cardKey struct{ slug, lang string }

// newCards returns an empty cache of cards.
func newCards() *cache.Cache[cardKey, []byte] {
	cards := cache.New[cardKey, []byte](cardLife, keptCards)
	cards.Size, cards.MaxBytes = func(picture []byte) int { return len(picture) }, keptCardBytes
	cards.StaleFor, cards.StaleOnError = cardLife, cardLife
	return cards
}

// getCard serves the picture beside a link to a service.
func (s *Embeds) getCard(c *gin.Context) {
	e, ok := s.asked(c, strings.TrimSuffix(c.Param("file"), ".png"))
	if !ok {
		return
	}
	key := cardKey{e.service.Slug, e.to.Locale.Code}
	picture, err := s.cards.Get(c.Request.Context(), key, s.Now(), func(ctx context.Context) ([]byte, error) {
		return gate.Do(ctx, s.gates.Drawing, func() ([]byte, error) { return s.drawCard(ctx, e) })
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
func (s *Embeds) drawCard(ctx context.Context, e embedding) ([]byte, error) {
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
		Foot:     l.Date(one.AsOf),
	}
	if s.PublicURL != "" { // a request may name any host
		card.Foot = host(s.PublicURL) + between + card.Foot
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
