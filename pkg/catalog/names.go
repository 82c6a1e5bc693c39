package catalog

import "strings"

// Names holds what something is called: language tag → text. "en" is always
// there.
type Names map[string]string

// In returns the name in lang, else in the language it is a variety of ("pt" for
// "pt-BR"), else in English.
func (n Names) In(lang string) string {
	for lang != "" {
		if name, ok := n[lang]; ok {
			return name
		}
		cut := strings.LastIndexAny(lang, "-_")
		if cut < 0 {
			break
		}
		lang = lang[:cut]
	}
	return n["en"]
}
