package catalog

import "testing"

func TestInFallsBackToEnglish(t *testing.T) {
	names := Names{"en": "Brazil", "pt": "Brasil", "zh-Hant": "巴西"}
	for lang, want := range map[string]string{
		"en":         "Brazil",
		"pt":         "Brasil",
		"pt-BR":      "Brasil",
		"pt_BR":      "Brasil",
		"zh-Hant-HK": "巴西",
		"zh":         "Brazil",
		"bn":         "Brazil",
		"":           "Brazil",
		"-":          "Brazil",
	} {
		if got := names.In(lang); got != want {
			t.Errorf("In(%q) = %q, want %q", lang, got, want)
		}
	}
}
