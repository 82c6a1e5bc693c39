package web

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// codes are the languages of the site. The first one is the default: it is
// shown to who asks for none of them.
var codes = []string{"en", "bn", "hi", "es", "pt", "de", "it", "ar"}

// leftwards are those that are written from right to left.
var leftwards = map[string]bool{"ar": true}

// Locale says things in one language. It is safe for concurrent use.
type Locale struct {
	Code     string            // as in <html lang>
	Dir      string            // rtl where it is written from right to left
	plain    map[string]string // messages without values or plural forms
	messages *i18n.Localizer
	numbers  *message.Printer
	zero     rune // the digit 0
}

// locales reads the message files of every language.
func locales(files fs.FS) ([]*Locale, error) {
	bundle := i18n.NewBundle(language.Make(codes[0]))
	bundle.RegisterUnmarshalFunc("json", json.Unmarshal)
	all := make([]*Locale, 0, len(codes))
	for _, code := range codes {
		name := code + ".json"
		data, err := fs.ReadFile(files, "locales/"+name)
		if err != nil {
			return nil, fmt.Errorf("read the words of %s: %w", code, err)
		}
		if data, err = completed(data); err != nil {
			return nil, fmt.Errorf("read the words of %s: %w", code, err)
		}
		if _, err := bundle.ParseMessageFileBytes(data, name); err != nil {
			return nil, fmt.Errorf("read the words of %s: %w", code, err)
		}
		l, err := newLocale(bundle, code, data)
		if err != nil {
			return nil, err
		}
		all = append(all, l)
	}
	return all, nil
}

// forms are the plural forms that some language has.
var forms = []string{"zero", "one", "two", "few", "many", "other"}

// completed returns a message file in which every plural form that a message
// leaves out is that of "other": translators write the forms that differ.
func completed(data []byte) ([]byte, error) {
	var file map[string]any
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, err
	}
	for _, value := range file {
		if message, ok := value.(map[string]any); ok {
			for _, form := range forms {
				if _, given := message[form]; !given {
					message[form] = message["other"]
				}
			}
		}
	}
	return json.Marshal(file)
}

// newLocale returns the locale whose message file holds data.
func newLocale(bundle *i18n.Bundle, code string, data []byte) (*Locale, error) {
	l := &Locale{Code: code, plain: map[string]string{}, messages: i18n.NewLocalizer(bundle, code), numbers: message.NewPrinter(language.Make(code))}
	if leftwards[code] {
		l.Dir = "rtl"
	}
	l.zero = []rune(l.Number(0))[0]
	var file map[string]any
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, fmt.Errorf("read the words of %s: %w", code, err)
	}
	for key, value := range file {
		if text, ok := value.(string); ok && !strings.Contains(text, "{{") {
			l.plain[key] = text
		}
	}
	return l, nil
}

// words are the values that a message has room for, as text in the language of
// the message.
type words map[string]string

// Say returns a message without values. Templates call it.
func (l *Locale) Say(key string) string {
	if text, ok := l.plain[key]; ok {
		return text
	}
	return l.fill(key, nil)
}

// fill returns a message with its values.
func (l *Locale) fill(key string, w words) string {
	return l.localize(&i18n.LocalizeConfig{MessageID: key, TemplateData: w})
}

// count returns the plural form of a message for n things. The message has
// room for N, n itself, beside the values in w.
func (l *Locale) count(key string, n int64, w words) string {
	return l.countText(key, int(n), l.Number(n), w)
}

// countText is count where n is written as text.
func (l *Locale) countText(key string, n int, text string, w words) string {
	all := words{"N": text}
	for k, v := range w {
		all[k] = v
	}
	return l.localize(&i18n.LocalizeConfig{MessageID: key, TemplateData: all, PluralCount: n})
}

// localize falls back to the key: a page with one odd word is better than none.
// A test finds keys that have no message.
func (l *Locale) localize(c *i18n.LocalizeConfig) string {
	text, err := l.messages.Localize(c)
	if err != nil {
		return c.MessageID
	}
	return text
}

// Part is a stretch of a sentence.
type Part struct {
	Text   string
	Strong bool
	Code   bool   // what machines read
	Href   string // where it leads; empty: nowhere
}

// parts divides a message at its pairs of ** marks: what lies between them is
// strong.
func parts(text string) []Part {
	var all []Part
	for i, piece := range strings.Split(text, "**") {
		if piece != "" {
			all = append(all, Part{Text: piece, Strong: i%2 == 1})
		}
	}
	return all
}

// leading is parts with links: what is marked leads to href.
func leading(text, href string) []Part {
	all := parts(text)
	for i := range all {
		if all[i].Strong {
			all[i].Href = href
		}
	}
	return all
}

// maxHeader bounds an Accept-Language header that is worth reading, in bytes.
const maxHeader = 1000

// negotiation matches what a browser asks for with the languages of the site.
var negotiation = language.NewMatcher(tags())

func tags() []language.Tag {
	all := make([]language.Tag, len(codes))
	for i, code := range codes {
		all[i] = language.Make(code)
	}
	return all
}

// negotiate returns the index in codes of the language that suits an
// Accept-Language header best.
func negotiate(header string) int {
	if len(header) > maxHeader {
		return 0
	}
	wanted, _, err := language.ParseAcceptLanguage(header)
	if err != nil {
		return 0
	}
	_, i, confidence := negotiation.Match(wanted...)
	if confidence < language.High {
		return 0
	}
	return i
}
