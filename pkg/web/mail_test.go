package web

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/outcry/outcry/internal/pagetest"
	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/mail"
)

// fakeMail is a desk that knows one token.
type fakeMail struct {
	err              error
	asked            []string
	confirmed, ended int
}

const goodToken = "0190b1a4.proof"

func (f *fakeMail) find(token string) (string, error) {
	if f.err == nil && token != goodToken {
		return "", fault.New(fault.NotFound, "no")
	}
	return "whatsapp", f.err
}

func (f *fakeMail) Ask(_ context.Context, address, service, language string, _ time.Time) error {
	if _, err := mail.CheckAddress(address); err != nil {
		return err
	}
	f.asked = append(f.asked, address+" "+service+" "+language)
	return f.err
}

func (f *fakeMail) ToConfirm(_ context.Context, token string, _ time.Time) (string, error) {
	return f.find(token)
}

func (f *fakeMail) Confirm(_ context.Context, token string, _ time.Time) (string, error) {
	service, err := f.find(token)
	if err == nil {
		f.confirmed++
	}
	return service, err
}

func (f *fakeMail) ToStop(_ context.Context, token string) (string, error) { return f.find(token) }

func (f *fakeMail) Stop(_ context.Context, token string) (string, error) {
	service, err := f.find(token)
	if err == nil {
		f.ended++
	}
	return service, err
}

// post sends a form as a browser does, from a page of an origin.
func postForm(t *testing.T, h http.Handler, path string, form url.Values, origin string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if origin != "" {
		r.Header.Set("Origin", origin)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestTheFormForMailIsOnThePageOnlyWhereItIsSetUp(t *testing.T) {
	without, _, err := newEngine(pagetest.Morning(), &pagetest.Ingester{}, engineOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if page := pagetest.Get(t, without, "/en/whatsapp").Body.String(); strings.Contains(page, `id="mail"`) || strings.Contains(page, "#mail") {
		t.Error("the page offers mail that nobody sends")
	}
	if w := postForm(t, without, "/en/whatsapp/mail", url.Values{"address": {"a@example.org"}}, ""); w.Code != http.StatusNotFound {
		t.Errorf("POST without a server answered %d, want 404", w.Code)
	}
	with, _, err := newEngine(pagetest.Morning(), &pagetest.Ingester{}, engineOptions{Mail: &fakeMail{}})
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range locale.Codes() {
		page := pagetest.Get(t, with, "/"+code+"/whatsapp").Body.String()
		if !strings.Contains(page, `action="/`+code+`/whatsapp/mail"`) || !strings.Contains(page, `href="#mail"`) {
			t.Errorf("%s: the page has no form for mail, or no link to it", code)
		}
	}
}

func TestAskingForMailIsAnsweredTheSameForEveryAddress(t *testing.T) {
	desk := &fakeMail{}
	h, _, err := newEngine(pagetest.Morning(), &pagetest.Ingester{}, engineOptions{Mail: desk})
	if err != nil {
		t.Fatal(err)
	}
	first := postForm(t, h, "/bn/whatsapp/mail", url.Values{"address": {"a@example.org"}}, "")
	second := postForm(t, h, "/bn/whatsapp/mail", url.Values{"address": {"b@example.org"}}, "")
	if first.Code != http.StatusOK || first.Body.String() != second.Body.String() || len(desk.asked) != 2 || desk.asked[0] != "a@example.org whatsapp bn" {
		t.Errorf("asking answered %d and %d and gave %q, want the same page twice", first.Code, second.Code, desk.asked)
	}
	for _, x := range []struct {
		path, address, origin string
		err                   error
		want                  int
	}{
		{"/en/whatsapp/mail", "nobody", "", nil, http.StatusUnprocessableEntity},
		{"/en/nosuch/mail", "a@example.org", "", nil, http.StatusNotFound},
		{"/en/whatsapp/mail", "a@example.org", "https://other.example", nil, http.StatusForbidden},
		{"/en/whatsapp/mail", "a@example.org", "", errors.New("disk"), http.StatusServiceUnavailable},
	} {
		desk.err = x.err
		w := postForm(t, h, x.path, url.Values{"address": {x.address}}, x.origin)
		if w.Code != x.want || strings.Contains(w.Body.String(), x.address) {
			t.Errorf("POST %s of %q from %q answered %d, want %d and a page without the address", x.path, x.address, x.origin, w.Code, x.want)
		}
	}
}

func TestFollowingALinkChangesNothingAndAPressDoes(t *testing.T) {
	whatsApp, _ := catalog.Default().Service("whatsapp")
	for _, code := range locale.Codes() {
		name := whatsApp.Names.In(code)
		desk := &fakeMail{}
		h, _, err := newEngine(pagetest.Morning(), &pagetest.Ingester{}, engineOptions{Mail: desk})
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{mail.ConfirmPath, mail.StopPath} {
			path = "/" + code + path
			page := pagetest.Get(t, h, path+"?token="+goodToken)
			body := page.Body.String()
			if page.Code != http.StatusOK || !strings.Contains(body, `value="`+goodToken+`"`) || !strings.Contains(body, name) || strings.Contains(body, "mail_") {
				t.Errorf("GET %s answered %d, want a page with a button and the service: %s", path, page.Code, body)
			}
			if gone := pagetest.Get(t, h, path+"?token=x"); gone.Code != http.StatusNotFound {
				t.Errorf("GET %s with a wrong token answered %d, want 404", path, gone.Code)
			}
		}
		if desk.confirmed+desk.ended != 0 {
			t.Errorf("%s: following links confirmed %d and stopped %d times, want none", code, desk.confirmed, desk.ended)
		}
		if w := postForm(t, h, "/"+code+mail.ConfirmPath, url.Values{"token": {goodToken}}, ""); w.Code != http.StatusOK || desk.confirmed != 1 {
			t.Errorf("%s: the press to confirm answered %d and confirmed %d times, want 200 and once", code, w.Code, desk.confirmed)
		}
		// As a program for mail posts by RFC 8058.
		oneClick := url.Values{"List-Unsubscribe": {"One-Click"}}
		if w := postForm(t, h, "/"+code+mail.StopPath+"?token="+goodToken, oneClick, ""); w.Code != http.StatusOK || desk.ended != 1 {
			t.Errorf("%s: one click answered %d and stopped %d times, want 200 and once", code, w.Code, desk.ended)
		}
		if w := postForm(t, h, "/"+code+mail.StopPath, url.Values{"token": {"x"}}, ""); w.Code != http.StatusNotFound || desk.ended != 1 {
			t.Errorf("%s: a wrong token answered %d and stopped %d times, want 404 and once", code, w.Code, desk.ended)
		}
	}
}
