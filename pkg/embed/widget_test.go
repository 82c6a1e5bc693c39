package embed

import (
	"bufio"
	"bytes"
	"crypto/sha512"
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"github.com/outcry/outcry/frontend"
	"github.com/outcry/outcry/internal/pagetest"
)

// hashes returns what releases were when they were made, by version.
func hashes(t *testing.T) map[string]string {
	t.Helper()
	data, err := frontend.Files.ReadFile("releases/hashes")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	lines := bufio.NewScanner(bytes.NewReader(data))
	for lines.Scan() {
		version, hash, ok := strings.Cut(lines.Text(), " ")
		if !ok {
			t.Fatalf("releases/hashes: %q", lines.Text())
		}
		all[version] = hash
	}
	return all
}

func TestReleasesNeverChange(t *testing.T) {
	h := mountEmbeds(t, pagetest.Morning(), &pagetest.Ingester{})
	all := hashes(t)
	if len(all) == 0 {
		t.Fatal("there is no release")
	}
	for version, want := range all {
		w := pagetest.Get(t, h, "/widget/"+version+"/outcry.js")
		sum := sha512.Sum384(w.Body.Bytes())
		if got := "sha384-" + base64.StdEncoding.EncodeToString(sum[:]); w.Code != http.StatusOK || got != want {
			t.Errorf("%s: status %d, hash %s, want %s", version, w.Code, got, want)
		}
		if cache := w.Header().Get("Cache-Control"); cache != "public, max-age=31536000, immutable" {
			t.Errorf("%s: kept as %q", version, cache)
		}
		if w.Header().Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s cannot be checked by its hash", version)
		}
	}
	if latest := released(); all[latest.version] == "" || all[latest.version] != latest.integrity {
		t.Errorf("the builder prints %+v", latest)
	}
	for _, version := range []string{"v9.9.9", "..", "hashes", "%2e%2e"} {
		if got := pagetest.Get(t, h, "/widget/"+version+"/outcry.js").Code; got != http.StatusNotFound {
			t.Errorf("/widget/%s/outcry.js: status %d", version, got)
		}
	}
}

func TestReleasesAreOrderedByNumber(t *testing.T) {
	if got := latestOf([]string{"v1.9.0", "v1.10.0", "v1.2.3"}); got != "v1.10.0" {
		t.Errorf("latestOf: %s", got)
	}
}
