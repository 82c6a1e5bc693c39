package web

import (
	"net/http"
	"strings"
	"testing"

	"github.com/outcry/outcry/internal/pagetest"
	"github.com/outcry/outcry/pkg/admin"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/locale"
)

func TestThePageOfOperatorsHoldsNoDataAndSendsNothingByItself(t *testing.T) {
	h := mountPages(t, pagetest.Morning(), &pagetest.Ingester{})
	for _, code := range locale.Codes() {
		w := pagetest.Get(t, h, "/"+code+"/admin")
		page := w.Body.String()
		if w.Code != http.StatusOK || !strings.Contains(page, "noindex") {
			t.Fatalf("GET /%s/admin: %d; want a page that search engines leave out", code, w.Code)
		}
		_, form, found := strings.Cut(page, "admin-key")
		form, _, closed := strings.Cut(form, "</form>")
		if !found || !closed || strings.Contains(form, "name=") || strings.Contains(form, "action=") {
			t.Errorf("/%s/admin: the form of the key is %q; want one without names, which sends nothing", code, form)
		}
		for _, reason := range []detect.ReasonCode{detect.ReasonFewSources, detect.ReasonOneSource, detect.ReasonFewHolders, detect.ReasonNoHistory, detect.ReasonBrief,
			detect.ReasonEcho, detect.ReasonUnusual, detect.ReasonCommonRise, detect.ReasonDismissed, detect.ReasonMuted, detect.ReasonAbove} {
			if !strings.Contains(page, `data-reason="`+string(reason)+`"`) && !strings.Contains(page, "data-reason="+string(reason)+">") {
				t.Errorf("/%s/admin has no words for the reason %s", code, reason)
			}
		}
		for _, kind := range admin.Kinds {
			if !strings.Contains(page, "<option value="+string(kind)+" ") && !strings.Contains(page, `<option value="`+string(kind)+`" `) {
				t.Errorf("/%s/admin has no action %s", code, kind)
			}
		}
	}
}
