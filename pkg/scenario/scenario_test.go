package scenario

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/outcry/outcry/pkg/catalog"
)

func mustLoad(t testing.TB, name string) *Scenario {
	t.Helper()
	s, err := Load(name)
	if err != nil {
		t.Fatalf("Load(%q): %v", name, err)
	}
	return s
}

func TestNamesListsEveryEmbeddedScenario(t *testing.T) {
	want := []string{
		"att-2024-02-22", "att-2024-02-22-carrier", "aws-2025-10-20", "brigade", "meta-2021-10-04", "meta-2021-10-04-carrier", "quiet-fortnight", "whatsapp-2017-11-03",
		"whatsapp-2022-10-25", "whatsapp-2022-10-25-carrier", "whatsapp-evening", "whatsapp-instagram-2024-04-03",
	}
	if got := Names(); !slices.Equal(got, want) {
		t.Errorf("Names() = %q, want %q", got, want)
	}
}

func TestEveryFileFitsTheCatalog(t *testing.T) {
	for _, name := range Names() {
		s := mustLoad(t, name)
		if s.Name != name {
			t.Errorf("%s.yaml is named %q", name, s.Name)
		}
		if err := s.Check(catalog.Default()); err != nil {
			t.Errorf("Check of %s: %v", name, err)
		}
		if s.Expect == Declared && s.Weeks != 4 {
			t.Errorf("%s has %d weeks of history, want 4", name, s.Weeks)
		}
	}
}

func TestCheckRefusesWhatIsNotInTheCatalog(t *testing.T) {
	for what, spoil := range map[string]func(*Scenario){
		"a service":             func(s *Scenario) { s.Services[0].Slug = "no-such-service" },
		"a symptom":             func(s *Scenario) { s.Services[0].Split[0].Symptom = "hiccups" },
		"a symptom of a surge":  func(s *Scenario) { s.Services[0].Surges[0].Moves[0].Split[0].Symptom = "hiccups" },
		"a country":             func(s *Scenario) { s.Services[0].Quiet[0].Country = "QQ" },
		"a brigade's symptom":   func(s *Scenario) { s.Brigades = []Brigade{{Service: "whatsapp", Country: "IN", Symptom: "hiccups"}} },
		"a country of a report": func(s *Scenario) { s.Services[0].Surges[0].Rates[0].Country = "QQ" },
	} {
		s := mustLoad(t, "whatsapp-evening")
		spoil(s)
		if s.Check(catalog.Default()) == nil {
			t.Errorf("Check accepted %s that is not in the catalog", what)
		}
	}
}

func TestLoadReadsAFile(t *testing.T) {
	data, err := files.ReadFile("brigade.yaml")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "mine.yaml")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Load(path)
	if err != nil || s.Name != "brigade" {
		t.Errorf("Load(%q) = %v, %v, want the brigade", path, s, err)
	}
	for _, name := range []string{"no-such-scenario", "no-such-file.yaml", "./no-such-file"} {
		if _, err := Load(name); err == nil {
			t.Errorf("Load(%q) gave no error", name)
		}
	}
}

func TestTheQuietFortnightHasManyServicesOfAllRates(t *testing.T) {
	s := mustLoad(t, "quiet-fortnight")
	var busy, sparse int
	for _, sv := range s.Services {
		var rate float64
		for _, r := range sv.Quiet {
			rate += r.PerQuarter
		}
		switch {
		case rate >= 10:
			busy++
		case rate <= 1:
			sparse++
		}
		if len(sv.Surges) > 0 {
			t.Errorf("%s has a surge in a quiet fortnight", sv.Slug)
		}
	}
	if len(s.Services) < 40 || busy < 8 || sparse < 8 {
		t.Errorf("%d services, %d busy and %d sparse, want at least 40, 8 and 8", len(s.Services), busy, sparse)
	}
	if days := s.End.Sub(s.Start).Hours() / 24; days != 14 {
		t.Errorf("the quiet fortnight has %g days, want 14", days)
	}
}

func TestAFileMayBeginWithAByteOrderMark(t *testing.T) {
	path := filepath.Join(t.TempDir(), "small.yaml")
	if err := os.WriteFile(path, []byte("\ufeff"+small), 0o600); err != nil {
		t.Fatal(err)
	}
	if s := mustLoad(t, path); s.Name != "small" {
		t.Errorf("the scenario is named %q, want small", s.Name)
	}
}
