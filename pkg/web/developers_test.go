package web

import (
	"net/http"
	"strings"
	"testing"

	"github.com/outcry/outcry/api"
	"github.com/outcry/outcry/internal/pagetest"
)

func TestEveryCallIsOnAPageForDevelopers(t *testing.T) {
	reference, err := api.NewReference()
	if err != nil {
		t.Fatal(err)
	}
	h := mountPages(t, pagetest.Morning(), &pagetest.Ingester{})
	first := pagetest.Get(t, h, "/bn/developers").Body.String()
	for _, g := range reference.Groups {
		page := first
		own := "/bn/developers?calls=" + g.Name
		switch linked := strings.Contains(first, `href="`+own+`"`); {
		case firstGroups[g.Name] && linked || g.Name == operatorGroup && linked:
			t.Errorf("%s is linked", own)
		case !firstGroups[g.Name] && g.Name != operatorGroup:
			if !linked {
				t.Errorf("%s is not linked", own)
			}
			page = pagetest.Get(t, h, own).Body.String()
		}
		for _, call := range g.Calls {
			if got, want := strings.Contains(page, `<details id="`+call.ID+`">`), g.Name != operatorGroup; got != want {
				t.Errorf("%s %s is on the page of %s: %t, want %t", call.Method, call.Path, g.Name, got, want)
			}
		}
	}
	for _, calls := range []string{"admin", "nothing", "read"} {
		if w := pagetest.Get(t, h, "/bn/developers?calls="+calls); w.Code != http.StatusOK || w.Body.String() != first {
			t.Errorf("calls=%s: status %d, another page than /developers", calls, w.Code)
		}
	}
}

func TestSnippetsNameTheServer(t *testing.T) {
	engine, _, err := newEngine(pagetest.Morning(), &pagetest.Ingester{}, engineOptions{PublicURL: "https://status.example"})
	if err != nil {
		t.Fatal(err)
	}
	body := pagetest.Get(t, engine, "/en/developers").Body.String()
	for _, want := range []string{
		"curl https://status.example/api/v1/services/whatsapp",
		"new Outcry({ origin: &#39;https://status.example&#39; })",
		`URL(&#34;https://status.example/api/v1/services/whatsapp$path&#34;)`,
		`URL(string: &#34;https://status.example/api/v1/services/whatsapp&#34; &#43; path)`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if strings.Contains(body, snippetHost) {
		t.Errorf("the page names %s", snippetHost)
	}
}
