package catalog

import (
	"fmt"
	"unicode"
	"unicode/utf8"
)

// maxName is the most characters of a name or an alias.
const maxName = 60

// textProblem describes what is wrong with a text, and what to do about it. It
// returns "" for a good text.
func textProblem(s string) string {
	if s == "" {
		return "is empty; write it or remove the line"
	}
	if n := utf8.RuneCountInString(s); n > maxName {
		return fmt.Sprintf("has %d characters; shorten it to %d", n, maxName)
	}
	for _, c := range s {
		if unicode.IsControl(c) || unicode.Is(unicode.Cf, c) && c != zwnj && c != zwj {
			return fmt.Sprintf("contains the invisible character %U; remove it", c)
		}
	}
	first, _ := utf8.DecodeRuneInString(s)
	last, _ := utf8.DecodeLastRuneInString(s)
	if unicode.IsSpace(first) || unicode.IsSpace(last) {
		return "begins or ends with a space; remove it"
	}
	return ""
}

// Invisible characters that Bengali and other scripts need.
const (
	zwnj = '\u200c'
	zwj  = '\u200d'
)
