// Package locale words messages, numbers and times in the languages of the
// site. It knows plural forms, digits and the order of a date; it knows nothing
// about pages or services.
//
// Messages come from frontend/locales. Times are written in UTC, or in the zone of
// a page.
package locale

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// Locale writes in one language. It is safe for concurrent use.
type Locale struct {
	Code     string // as in <html lang>
	Dir      string // "rtl" if written from right to left, else empty
	Tall     bool   // the script has signs far above and below the line
	plain    map[string]string
	messages *i18n.Localizer
	numbers  *message.Printer
	zero     rune              // the digit 0
	articles map[string]string // by country code
	location *time.Location    // nil: UTC
	named    bool              // the page names the zone, so that times do not
}

// Load reads the messages of every language from the directory locales/ of
// files.
func Load(files fs.FS) (Set, error) { return LoadWith(files, Changes{}) }

// LoadWith reads messages as Load does, with the changes of an operator.
func LoadWith(files fs.FS, changes Changes) (Set, error) {
	if err := changes.check(); err != nil {
		return nil, err
	}
	bundle := i18n.NewBundle(language.Make(languages[0].code))
	bundle.RegisterUnmarshalFunc("json", json.Unmarshal)
	all := make(Set, 0, len(languages))
	for _, lang := range languages {
		l, err := readLocale(files, bundle, lang, changes)
		if err != nil {
			return nil, fmt.Errorf("read the messages of %s: %w", lang.code, err)
		}
		all = append(all, l)
	}
	return all, nil
}

func readLocale(files fs.FS, bundle *i18n.Bundle, lang languageInfo, changes Changes) (*Locale, error) {
	name := lang.code + ".json"
	data, err := fs.ReadFile(files, "locales/"+name)
	if err != nil {
		return nil, err
	}
	var file map[string]any
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, err
	}
	if err := changes.apply(file, lang.code); err != nil {
		return nil, err
	}
	plain := plainMessages(file)
	for key := range plain {
		delete(file, key) // two copies of each would take megabytes
	}
	completePlurals(file)
	if data, err = json.Marshal(file); err != nil {
		return nil, err
	}
	if _, err := bundle.ParseMessageFileBytes(data, name); err != nil {
		return nil, err
	}
	l := &Locale{
		Code: lang.code, Tall: lang.tall, plain: plain,
		messages: i18n.NewLocalizer(bundle, lang.code), numbers: message.NewPrinter(language.Make(lang.code)),
	}
	if lang.rightToLeft {
		l.Dir = "rtl"
	}
	l.zero = []rune(l.Number(0))[0]
	if l.articles, err = readArticles(files, lang.code); err != nil {
		return nil, err
	}
	return l, nil
}

// pluralForms are the plural forms of the CLDR.
var pluralForms = []string{"zero", "one", "two", "few", "many", "other"}

// completePlurals gives every message of a file all plural forms. Translators
// write the forms that differ from "other"; go-i18n wants all of them.
func completePlurals(file map[string]any) {
	for _, value := range file {
		forms, ok := value.(map[string]any)
		if !ok {
			continue
		}
		for _, form := range pluralForms {
			if _, given := forms[form]; !given {
				forms[form] = forms["other"]
			}
		}
	}
}

// plainMessages returns the messages without values and plural forms. Looking
// them up in a map is faster than asking go-i18n.
func plainMessages(file map[string]any) map[string]string {
	plain := map[string]string{}
	for key, value := range file {
		if text, ok := value.(string); ok && !strings.Contains(text, "{{") {
			plain[key] = text
		}
	}
	return plain
}

// readArticles returns the articles of country names by country code. Most
// languages have no file of articles.
func readArticles(files fs.FS, code string) (map[string]string, error) {
	data, err := fs.ReadFile(files, "locales/articles/"+code+".json")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var countries map[string][]string
	if err := json.Unmarshal(data, &countries); err != nil {
		return nil, fmt.Errorf("read the articles: %w", err)
	}
	articles := map[string]string{}
	for article, codes := range countries {
		for _, country := range codes {
			articles[country] = article
		}
	}
	return articles, nil
}

// Direction returns the direction of the script, "ltr" or "rtl".
func (l *Locale) Direction() string {
	if l.Dir == "" {
		return "ltr"
	}
	return l.Dir
}
