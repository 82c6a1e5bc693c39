package catalog

import "testing"

func TestFoldMakesSpellingsEqual(t *testing.T) {
	for s, want := range map[string]string{
		"":                   "",
		"WhatsApp":           "whatsapp",
		"  AT&T ":            "at t",
		"Disney+":            "disney",
		"Battle.net":         "battle net",
		"McDonald's ’s":      "mcdonalds s",
		"Itaú ÇŁØ":           "itau clo",
		"Poke\u0301mon":      "pokemon",
		"০১২৩৪৫৬৭৮৯":         "0123456789",
		"१२३":                "123",
		"য\u09bc \u09df":     "য য",
		"क\u093c \u0958":     "क क",
		"র\u200d্যা র\u200c": "র্যা র",
		"微信":                 "微信",
		"ＷｈａｔｓＡｐｐ　３６５":       "whatsapp 365",
		"إنستاغرام أبل":      "انستاغرام ابل",
		"وَاتْسَـاب":         "واتساب",
		"٣٦٥ ۳۶۵":            "365 365",
	} {
		if got := Fold(s); got != want {
			t.Errorf("Fold(%q) = %q, want %q", s, got, want)
		}
	}
}
