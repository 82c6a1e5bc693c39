package locale

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Part is a stretch of a sentence.
type Part struct {
	Text   string
	Strong bool
	Code   bool   // part of a program or a protocol
	Href   string // the address it links to; empty: no link
}

// Parts divides a text at its ** marks. Text between two marks is strong.
func Parts(text string) []Part {
	var all []Part
	for i, piece := range strings.Split(text, "**") {
		if piece != "" {
			all = append(all, Part{Text: piece, Strong: i%2 == 1})
		}
	}
	return all
}

// LinkStrong is like Parts with every strong part a link to href.
func LinkStrong(text, href string) []Part {
	all := Parts(text)
	for i := range all {
		if all[i].Strong {
			all[i].Href = href
		}
	}
	return all
}

// PlainText returns the text of all parts.
func PlainText(all []Part) string {
	var b strings.Builder
	for _, p := range all {
		b.WriteString(p.Text)
	}
	return b.String()
}

// Join joins two sentences, of which either may be empty.
func Join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + " " + b
}

// Capitalize returns text with its first letter in upper case.
func Capitalize(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:]
}

// InSentence returns a name in the form that it has within a sentence. English
// names begin with a capital where they stand alone; acronyms keep theirs.
func (l *Locale) InSentence(name string) string {
	if l.Code != "en" {
		return name
	}
	first, size := utf8.DecodeRuneInString(name)
	second, _ := utf8.DecodeRuneInString(name[size:])
	if unicode.IsUpper(second) {
		return name
	}
	return string(unicode.ToLower(first)) + name[size:]
}

// CountryInSentence returns the name of the country with this code in the form
// that it has within a sentence: "the United Kingdom".
func (l *Locale) CountryInSentence(code, name string) string {
	if article := l.articles[code]; article != "" {
		return article + " " + name
	}
	return name
}
