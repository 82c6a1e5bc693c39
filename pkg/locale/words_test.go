package locale

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/outcry/outcry/frontend"
)

// wordsFolder writes files into a new folder and returns its path.
func wordsFolder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestWordsReplaceBuiltInOnes(t *testing.T) {
	dir := wordsFolder(t, map[string]string{
		"de.json": "\ufeff{\r\n  \"home_search\": \"Nachsehen\",\r\n  \"date\": \"{{.Year}}, {{.Day}}. {{.Month}}\"\r\n}\r\n",
		"bn.json": "",
	})
	languages, err := LoadWith(frontend.Files, Changes{Words: dir})
	if err != nil {
		t.Fatal(err)
	}
	builtIn, err := Load(frontend.Files)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range languages {
		before, _ := builtIn.ByCode(l.Code)
		want := before.Say("home_search")
		if l.Code == "de" {
			want = "Nachsehen"
		}
		if got := l.Say("home_search"); got != want {
			t.Errorf("the button in %s says %q, want %q", l.Code, got, want)
		}
		if got, want := l.Say("home_which"), before.Say("home_which"); got != want {
			t.Errorf("a text in %s that no file has is %q, want %q", l.Code, got, want)
		}
	}
	de, _ := languages.ByCode("de")
	if got, want := de.Fill("date", Values{"Day": "1", "Month": "Mai", "Year": "2024"}), "2024, 1. Mai"; got != want {
		t.Errorf("the date is %q, want %q", got, want)
	}
}

func TestWrongWordsAreRefusedWithTheirPlace(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"de.json", "{\n \"home_serch\": \"x\"}", `de.json:2: there is no text "home_serch"`},
		{"de.json", "{\n \"home_search\": \"x\",\n \"home_search\": \"y\"}", `de.json:3: "home_search" is already on line 2`},
		{"de.json", "{\"home_search\": 1}", `de.json:1: "home_search" is not a text`},
		{"de.json", "{\"home_search\": {\"other\": \"x\"}}", `"home_search" has no plural forms`},
		{"de.json", "{\"date\": \"{{.Day}} {{.Hour}}\"}", `"date" has no value {{.Hour}}`},
		{"de.json", "{\"date\": \"{{.Day\"}", `"date" has braces that are no value`},
		{"de.json", "{\"date\": \"{{printf .Day}}\"}", `"date" has braces that are no value`},
		{"de.json", "[]", "de.json:1: this is not a JSON object"},
		{"de.json", "{\"home_search\": \"x\"", "de.json:1: the object does not end"},
		{"de.json", "{\"home_search\": \"x\"} {}", "something follows the object"},
		{"de.json", "{\n\"home_search\": \"x\n\"}", `de.json:2: the text of "home_search" is not JSON`},
		{"fr.json", "{}", `"fr" is no language of the site; use en, bn`},
	} {
		dir := wordsFolder(t, map[string]string{c.name: c.text})
		if _, err := LoadWith(frontend.Files, Changes{Words: dir}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("LoadWith of %s with %q = %v, want an error with %q", c.name, c.text, err, c.want)
		}
	}
	if _, err := LoadWith(frontend.Files, Changes{Words: filepath.Join(t.TempDir(), "missing")}); err == nil {
		t.Error("LoadWith of a folder that is missing = nil, want an error")
	}
}

func TestTheSiteHasTheNameOfItsOperator(t *testing.T) {
	languages, err := LoadWith(frontend.Files, Changes{Brand: "Campus Status"})
	if err != nil {
		t.Fatal(err)
	}
	builtIn, err := Load(frontend.Files)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range languages {
		before, _ := builtIn.ByCode(l.Code)
		if got := l.Say("brand"); got != "Campus Status" {
			t.Errorf("the name in %s is %q", l.Code, got)
		}
		for key, text := range l.plain {
			if strings.Contains(text, "Outcry") || strings.Contains(text, before.Say("brand")) {
				t.Errorf("the text %s in %s still has the built-in name: %q", key, l.Code, text)
			}
		}
	}
}
