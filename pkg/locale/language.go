package locale

import "golang.org/x/text/language"

// languageInfo is what the message file of a language does not say.
type languageInfo struct {
	code        string
	rightToLeft bool
	tall        bool
}

// languages are the languages of the site. The first one is the default.
var languages = []languageInfo{
	{code: "en"},
	{code: "bn", tall: true},
	{code: "hi", tall: true},
	{code: "es"},
	{code: "pt"},
	{code: "de"},
	{code: "it"},
	{code: "ar", rightToLeft: true, tall: true},
}

// Codes returns the codes of all languages. The first one is the default.
func Codes() []string {
	codes := make([]string, len(languages))
	for i, lang := range languages {
		codes[i] = lang.code
	}
	return codes
}

// Set holds a Locale for every language, in the order of Codes.
type Set []*Locale

// ByCode returns the Locale with this code, if there is one.
func (s Set) ByCode(code string) (*Locale, bool) {
	for _, l := range s {
		if l.Code == code {
			return l, true
		}
	}
	return nil, false
}

// maxHeader bounds the Accept-Language header that Match reads, in bytes.
const maxHeader = 1000

var matcher = func() language.Matcher {
	tags := make([]language.Tag, len(languages))
	for i, lang := range languages {
		tags[i] = language.Make(lang.code)
	}
	return language.NewMatcher(tags)
}()

// Match returns the Locale that suits an Accept-Language header best. It
// returns the default for a header that it cannot read.
func (s Set) Match(header string) *Locale {
	if len(header) > maxHeader {
		return s[0]
	}
	wanted, _, err := language.ParseAcceptLanguage(header)
	if err != nil {
		return s[0]
	}
	_, i, confidence := matcher.Match(wanted...)
	if confidence < language.High {
		return s[0]
	}
	return s[i]
}
