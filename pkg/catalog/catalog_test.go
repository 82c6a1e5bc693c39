package catalog

import (
	"slices"
	"sync"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestTheEmbeddedCatalogIsComplete(t *testing.T) {
	c := Default()
	wantValid(t, c)

	if got := len(c.Services()); got < 120 {
		t.Errorf("len(Services()) = %d, want 120 or more", got)
	}
	t.Run("everything has an English and a Bengali name", func(t *testing.T) {
		wantNames := func(kind, id string, names Names) {
			t.Helper()
			for _, lang := range []string{"en", "bn"} {
				if names[lang] == "" {
					t.Errorf("%s %s has no name in %s", kind, id, lang)
				}
			}
			if !slices.ContainsFunc([]rune(names["bn"]), func(r rune) bool { return unicode.Is(unicode.Bengali, r) }) {
				t.Errorf("%s %s is called %q in Bengali, want Bengali letters", kind, id, names["bn"])
			}
		}
		for _, s := range c.Services() {
			wantNames("service", s.Slug, s.Names)
			p, _ := c.Provider(s.Provider)
			wantNames("provider", p.ID, p.Names)
			for _, id := range s.Symptoms {
				symptom, _ := c.Symptom(id)
				wantNames("symptom", id, symptom.Names)
			}
		}
		for _, category := range c.Categories() {
			wantNames("category", category.ID, category.Names)
		}
	})
	t.Run("names of symptoms fit on a button", func(t *testing.T) {
		for _, s := range c.Services() {
			for _, id := range s.Symptoms {
				symptom, _ := c.Symptom(id)
				if n := utf8.RuneCountInString(symptom.Names["en"]); n > 12 {
					t.Errorf("%s is called %q, %d letters, want at most 12", id, symptom.Names["en"], n)
				}
			}
		}
	})
	t.Run("nothing in the file is unused", func(t *testing.T) {
		used := make(map[string]bool)
		for _, s := range c.Services() {
			used["provider "+s.Provider], used["category "+s.Category] = true, true
			for _, id := range s.Symptoms {
				used["symptom "+id] = true
			}
		}
		for id := range c.current.Load().providerByID {
			if !used["provider "+id] {
				t.Errorf("provider %s has no service", id)
			}
		}
		for id := range c.current.Load().categoryByID {
			if !used["category "+id] {
				t.Errorf("category %s has no service", id)
			}
		}
		for id := range c.current.Load().symptomByID {
			if !used["symptom "+id] {
				t.Errorf("symptom %s has no service", id)
			}
		}
	})
	t.Run("messaging services offer the symptoms that newspapers listed", func(t *testing.T) {
		want := []string{"connection", "messaging", "login", "calls", "app", "website", "other"}
		whatsapp, _ := c.Service("whatsapp")
		if !slices.Equal(whatsapp.Symptoms, want) {
			t.Errorf("whatsapp offers %v, want %v", whatsapp.Symptoms, want)
		}
		messaging, _ := c.Category("messaging")
		if !slices.Equal(messaging.Symptoms, want) {
			t.Errorf("messaging offers %v, want %v", messaging.Symptoms, want)
		}
		for id, want := range map[string]string{"connection": "সংযোগ", "messaging": "বার্তা", "login": "লগ-ইন"} {
			if symptom, _ := c.Symptom(id); symptom.Names["bn"] != want {
				t.Errorf("%s is called %q in Bengali, want %q", id, symptom.Names["bn"], want)
			}
		}
	})
	t.Run("services of Meta have one provider", func(t *testing.T) {
		for _, slug := range []string{"facebook", "instagram", "whatsapp", "messenger", "threads"} {
			if s, ok := c.Service(slug); !ok || s.Provider != "meta" || !slices.Contains(c.ByProvider("meta"), s) {
				t.Errorf("%s is not listed under meta", slug)
			}
		}
		if got := c.ByProvider("nobody"); len(got) != 0 {
			t.Errorf(`ByProvider("nobody") = %v, want none`, got)
		}
	})
	t.Run("seven countries have carriers and internet providers", func(t *testing.T) {
		for _, country := range []string{"IN", "BD", "GB", "US", "DE", "BR", "IT"} {
			n := 0
			for _, s := range c.Services() {
				if (s.Category == "carrier" || s.Category == "isp") && slices.Contains(s.Countries, country) {
					n++
				}
			}
			if n < 3 {
				t.Errorf("%s has %d carriers and internet providers, want 3 or more", country, n)
			}
		}
	})
	t.Run("categories keep the order of the file", func(t *testing.T) {
		if got := []string{c.Categories()[0].ID, c.Categories()[1].ID}; !slices.Equal(got, []string{"messaging", "social"}) {
			t.Errorf("categories begin with %v, want messaging, social", got)
		}
	})
}

func TestPagesAndLanguagesAreReserved(t *testing.T) {
	for _, slug := range []string{"api", "bn", "en", "hi", "ee", "embed", "healthz", "history", "services"} {
		if !Reserved(slug) {
			t.Errorf("Reserved(%q) = false, want true", slug)
		}
	}
	for _, slug := range []string{"x", "whatsapp", "o2", "1und1", "apis"} {
		if Reserved(slug) {
			t.Errorf("Reserved(%q) = true, want false", slug)
		}
	}
}

func TestLookupsDoNotAllocate(t *testing.T) {
	c := Default()
	n := testing.AllocsPerRun(100, func() {
		s, _ := c.Service("whatsapp")
		_ = s.HasSymptom("login")
		_, _ = c.Country("BD")
		_ = c.ByProvider("meta")
		_ = s.Names.In("pt-BR")
	})
	if n != 0 {
		t.Errorf("look-ups made %v allocations, want 0", n)
	}
}

func TestAppendDoesNotChangeSharedSlices(t *testing.T) {
	c := Default()
	_ = append(c.ByProvider("meta"), nil)
	_ = append(c.Services(), nil)
	whatsapp, _ := c.Service("whatsapp")
	_ = append(whatsapp.Symptoms, "mine")
	viber, _ := c.Service("viber")
	got := append(viber.Symptoms, "yours")
	_ = append(whatsapp.Symptoms, "mine")
	if got[len(got)-1] != "yours" {
		t.Error("append to the symptoms of one service changed those of another")
	}
}

func TestACatalogMayBeUsedConcurrently(t *testing.T) {
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			c := Default()
			for _, s := range c.Services() {
				if found := c.Search(s.Slug, 1); len(found) != 1 || found[0] != s {
					t.Errorf("Search(%q, 1) = %v, want the service itself", s.Slug, found)
				}
			}
			if len(c.Countries()) == 0 {
				t.Error("Countries() is empty")
			}
		})
	}
	wg.Wait()
}
