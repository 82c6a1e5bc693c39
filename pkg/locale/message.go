package locale

import (
	"maps"

	"github.com/nicksnyder/go-i18n/v2/i18n"
)

// Values are the values of a message by their names, already worded in the
// language of the message.
type Values map[string]string

// Say returns a message without values. Templates call it.
func (l *Locale) Say(key string) string {
	if text, ok := l.plain[key]; ok {
		return text
	}
	return l.Fill(key, nil)
}

// Fill returns a message with its values.
func (l *Locale) Fill(key string, values Values) string {
	return l.localize(&i18n.LocalizeConfig{MessageID: key, TemplateData: values})
}

// Count returns the plural form of a message for n things. The message may use
// N, the number n, beside the given values.
func (l *Locale) Count(key string, n int64, values Values) string {
	return l.CountText(key, int(n), l.Number(n), values)
}

// CountRounded is like Count with n rounded to three significant digits.
func (l *Locale) CountRounded(key string, n int64, values Values) string {
	return l.Count(key, roundThree(n), values)
}

// CountText is like Count with text in place of the number n.
func (l *Locale) CountText(key string, n int, text string, values Values) string {
	all := Values{"N": text}
	maps.Copy(all, values)
	return l.localize(&i18n.LocalizeConfig{MessageID: key, TemplateData: all, PluralCount: n})
}

// localize returns the key itself for a message that is missing: a page with
// one odd word is better than none. A test finds keys without a message.
func (l *Locale) localize(c *i18n.LocalizeConfig) string {
	if text, ok := l.plain[c.MessageID]; ok {
		return text
	}
	text, err := l.messages.Localize(c)
	if err != nil {
		return c.MessageID
	}
	return text
}
