package catalog

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Fold returns s in a form in which different spellings of a word are equal. It
// has small letters of normal width, without accents, nuktas and vowel signs of
// Arabic, ASCII digits, and one space for all that separates two words.
func Fold(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	gap := false
	for _, c := range norm.NFKD.String(marks.Replace(s)) {
		c = foldRune(c)
		switch {
		case c == dropped:
		case unicode.IsLetter(c) || unicode.IsDigit(c) || unicode.IsMark(c):
			if gap && b.Len() > 0 {
				b.WriteByte(' ')
			}
			gap = false
			b.WriteRune(c)
		default:
			gap = true
		}
	}
	return b.String()
}

// marks removes what is no part of a name, and what compatibility would turn into
// letters.
var marks = strings.NewReplacer("™", "", "℠", "")

// dropped is what foldRune returns for a character that makes no difference.
const dropped = -1

// foldRune returns the character that Fold writes for c.
func foldRune(c rune) rune {
	switch {
	case c == zwnj || c == zwj || c == '\'' || c == '’':
		return dropped
	case 0xff01 <= c && c <= 0xff5e: // ASCII in the width of Chinese characters
		return foldRune(c - 0xff01 + '!')
	case c < 0x80:
		return unicode.ToLower(c)
	case 0x064b <= c && c <= 0x065f || c == 0x0670 || c == 0x0640: // Arabic vowel signs and tatweel
		return dropped
	case 0x0300 <= c && c <= 0x036f: // combining accents
		return dropped
	case c == 0x09bc || c == 0x093c: // nukta in Bengali and Devanagari
		return dropped
	case '০' <= c && c <= '৯':
		return '0' + c - '০'
	case '٠' <= c && c <= '٩':
		return '0' + c - '٠'
	case '۰' <= c && c <= '۹':
		return '0' + c - '۰'
	case '०' <= c && c <= '९':
		return '0' + c - '०'
	}
	c = unicode.ToLower(c)
	if base, ok := accented[c]; ok {
		return base
	}
	return c
}

// accented maps letters to their plain forms. It has Latin letters with an accent,
// Bengali and Devanagari letters that include a nukta, and letters that people who
// write Arabic or Persian use for each other.
var accented = func() map[rune]rune {
	groups := map[rune]string{
		'a': "àáâãäåāăą", 'c': "çćĉċč", 'd': "ďđ", 'e': "èéêëēĕėęě", 'g': "ĝğġģ",
		'h': "ĥħ", 'i': "ìíîïĩīĭįı", 'j': "ĵ", 'k': "ķ", 'l': "ĺļľŀł", 'n': "ñńņňŉ",
		'o': "òóôõöøōŏő", 'r': "ŕŗř", 's': "śŝşšßș", 't': "ţťŧț", 'u': "ùúûüũūŭůűų",
		'w': "ŵ", 'y': "ýÿŷ", 'z': "źżž",
		'ড': "\u09dc", 'ঢ': "\u09dd", 'য': "\u09df",
		'क': "\u0958", 'ख': "\u0959", 'ग': "\u095a", 'ज': "\u095b", 'ड': "\u095c",
		'ढ': "\u095d", 'फ': "\u095e", 'य': "\u095f",
		'ا': "أإآٱ", 'ي': "ىیئ", 'ه': "ة", 'و': "ؤ", 'ك': "ک",
	}
	m := make(map[rune]rune)
	for base, letters := range groups {
		for _, letter := range letters {
			m[letter] = base
		}
	}
	return m
}()
