package web

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/outcry/outcry/internal/pagetest"
	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/push"
	"github.com/outcry/outcry/pkg/view"
)

func TestThePageGivesTheBoundsOfSubscriptions(t *testing.T) {
	if days := int(push.Lifetime / (24 * time.Hour)); view.TellDays != days || view.TellServices != push.MaxOfBrowser {
		t.Errorf("the page says %d days and %d services, want %d and %d", view.TellDays, view.TellServices, days, push.MaxOfBrowser)
	}
}

func TestTheButtonForNotificationsIsInThePageWithItsWordsOnlyWithAKey(t *testing.T) {
	with, _, err := newEngine(pagetest.Morning(), &pagetest.Ingester{}, engineOptions{PushKey: pushKey})
	if err != nil {
		t.Fatal(err)
	}
	without, _, err := newEngine(pagetest.Morning(), &pagetest.Ingester{}, engineOptions{})
	if err != nil {
		t.Fatal(err)
	}
	tag := regexp.MustCompile(`<button[^>]*id="tell"[^>]*>`)
	missing := regexp.MustCompile(`data-[a-z-]+=""|[{}]`)
	for _, code := range locale.Codes() {
		page := pagetest.Get(t, with, "/"+code+"/whatsapp").Body.String()
		button := tag.FindString(page)
		if !strings.Contains(button, "hidden") || !strings.Contains(button, pushKey) || missing.MatchString(button) {
			t.Errorf("%s: the button is %s, want it hidden until the script shows it, with the key and all words", code, button)
		}
		if !strings.Contains(page, `data-incident="whatsapp-2022-10-25-0637" id="reason"`) {
			t.Errorf("%s: the page does not name the incident that goes on", code)
		}
		page = pagetest.Get(t, without, "/"+code+"/whatsapp").Body.String()
		if tag.MatchString(page) || !strings.Contains(page, "/"+code+"/whatsapp/feed.atom") {
			t.Errorf("%s: without a key the page has the button, or it lacks the feed", code)
		}
	}
}
