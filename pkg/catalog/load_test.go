package catalog

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestLoadCombinesFiles(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	slugs := func(c *Catalog) []string {
		var slugs []string
		for _, s := range c.Services() {
			slugs = append(slugs, s.Slug)
		}
		return slugs
	}

	t.Run("nothing given is the default", func(t *testing.T) {
		c, err := Load("", "")
		if err != nil || c != Default() {
			t.Errorf("Load = %p, %v, want Default() = %p", c, err, Default())
		}
	})
	t.Run("a file replaces the default", func(t *testing.T) {
		c, err := Load(write("small.yaml", small), "")
		if err != nil {
			t.Fatal(err)
		}
		if got, want := slugs(c), []string{"chat"}; !slices.Equal(got, want) {
			t.Errorf("services = %v, want %v", got, want)
		}
	})
	t.Run("files may begin with a byte-order mark", func(t *testing.T) {
		extra := "services:\n  mine: {names: {en: Mine}, category: messaging}\n"
		c, err := Load(write("small.yaml", "\ufeff"+small), write("extra.yaml", "\ufeff"+extra))
		if err != nil {
			t.Fatal(err)
		}
		if got, want := slugs(c), []string{"chat", "mine"}; !slices.Equal(got, want) {
			t.Errorf("services = %v, want %v", got, want)
		}
	})
	t.Run("another encoding is named", func(t *testing.T) {
		if _, err := Load("", write("extra.yaml", "\xff\xfes\x00")); err == nil || !strings.Contains(err.Error(), "UTF-16") {
			t.Errorf("error is %v, want one that names UTF-16", err)
		}
	})
	t.Run("an extra file adds at the end and replaces in place", func(t *testing.T) {
		extra := write("extra.yaml", `symptoms:
  smell: {en: Smell}
categories:
  messaging: {names: {en: Talking}, symptoms: [smell, other]}
providers:
  chat: {en: The Chat Company}
services:
  mine: {names: {en: Mine}, category: messaging}
  chat: {names: {en: Chat 2}, category: messaging, aliases: [two]}
`)
		c, err := Load(write("small.yaml", small), extra)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := slugs(c), []string{"chat", "mine"}; !slices.Equal(got, want) {
			t.Errorf("services = %v, want %v", got, want)
		}
		chat, _ := c.Service("chat")
		if chat.Names["en"] != "Chat 2" || !chat.HasSymptom("smell") {
			t.Errorf("chat = %+v, want the one of the extra file with the symptoms of its category", chat)
		}
		if p, _ := c.Provider("chat"); p.Names["en"] != "The Chat Company" {
			t.Errorf("provider of chat = %v, want the one of the extra file", p)
		}
		if len(c.Categories()) != 1 {
			t.Errorf("%d categories, want the one, replaced", len(c.Categories()))
		}
	})
	t.Run("an extra file adds to the default", func(t *testing.T) {
		c, err := Load("", write("extra.yaml", "services:\n  my-shop: {names: {en: My shop}, category: shopping}\n"))
		if err != nil {
			t.Fatal(err)
		}
		if got, want := len(c.Services()), len(Default().Services())+1; got != want {
			t.Errorf("%d services, want %d", got, want)
		}
		if _, ok := Default().Service("my-shop"); ok {
			t.Error("the default catalog changed")
		}
	})
	t.Run("an extra file may be empty", func(t *testing.T) {
		if _, err := Load("", write("extra.yaml", "# none yet\n")); err != nil {
			t.Error(err)
		}
	})
	t.Run("a problem of the extra file names that file", func(t *testing.T) {
		extra := write("extra.yaml", "services:\n  mine: {names: {en: Mine}, category: nothing}\n")
		_, err := Load("", extra)
		if err == nil || !strings.HasPrefix(err.Error(), extra+`:2: category "nothing" is unknown`) {
			t.Errorf("Load = %v, want the problem of %s:2", err, extra)
		}
	})
	t.Run("problems of the first file come first", func(t *testing.T) {
		base := write("z.yaml", small+"\n\n  bad: {names: {en: Bad}, category: none}\n")
		extra := write("a.yaml", "services:\n  chat: {names: {en: Chat}, category: none}\n")
		_, err := Load(base, extra)
		if err == nil {
			t.Fatal("Load = nil, want errors")
		}
		first, second, _ := strings.Cut(err.Error(), "\n")
		if !strings.HasPrefix(first, base+":13: ") || !strings.HasPrefix(second, extra+":2: ") {
			t.Errorf("Load = %v, want %s:13 before %s:2", err, base, extra)
		}
	})
	t.Run("an entry that replaces another is checked like any", func(t *testing.T) {
		base := write("base.yaml", small)
		_, err := Load(base, write("extra.yaml", "categories:\n  messaging: {names: {en: M}, symptoms: [gone, other]}\n"))
		if err == nil || !strings.Contains(err.Error(), `extra.yaml:2: symptom "gone" is unknown`) {
			t.Errorf("Load = %v, want the problem of extra.yaml:2", err)
		}
	})
	t.Run("a missing file is an error", func(t *testing.T) {
		missing := filepath.Join(dir, "missing.yaml")
		for _, args := range [][2]string{{missing, ""}, {"", missing}} {
			if _, err := Load(args[0], args[1]); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("Load(%q, %q) = %v, want an error that the file does not exist", args[0], args[1], err)
			}
		}
	})
}
