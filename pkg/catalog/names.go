package catalog

import "strings"

// Names holds the names of something by language tag. "en" is always there.
type Names map[string]string

// In returns the name in lang. Where there is none, it returns the name in the
// language that lang is a variety of, such as "pt" for "pt-BR", or else in English.
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
