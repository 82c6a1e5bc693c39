package locale

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/outcry/outcry/pkg/textfile"
)

// builtInBrand is the name of the site in the built-in messages.
const builtInBrand = "Outcry"

// Changes are what an operator changes of the messages.
type Changes struct {
	// Words is a folder with files such as bn.json. Their messages replace built-in
	// ones. Without a folder no message is replaced.
	Words string
	// Brand is the name of the site; empty: the built-in one. Messages of Words are
	// left as they are.
	Brand string
}

// apply changes the messages of a language in place.
func (c Changes) apply(messages map[string]any, code string) error {
	if c.Brand != "" {
		own, _ := messages["brand"].(string) // the built-in name in this language
		for key, message := range messages {
			messages[key] = rename(message, own, c.Brand)
		}
	}
	if c.Words == "" {
		return nil
	}
	path := filepath.Join(c.Words, code+".json")
	data, err := textfile.Read(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return replaceMessages(messages, path, data)
}

// rename replaces the built-in names of the site in a message.
func rename(message any, own, brand string) any {
	switch m := message.(type) {
	case string:
		return strings.NewReplacer(own, brand, builtInBrand, brand).Replace(m)
	case map[string]any:
		for form, text := range m {
			m[form] = rename(text, own, brand)
		}
	}
	return message
}

// check returns an error if the folder of words does not exist or holds a file of
// no language of the site.
func (c Changes) check() error {
	if c.Words == "" {
		return nil
	}
	entries, err := os.ReadDir(c.Words)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		name := entry.Name()
		code, isJSON := strings.CutSuffix(name, ".json")
		if isJSON && !slices.Contains(Codes(), code) {
			return fmt.Errorf("%s: %q is no language of the site; use %s", filepath.Join(c.Words, name), code, strings.Join(Codes(), ", "))
		}
	}
	return nil
}

// replaceMessages reads a JSON object of messages and replaces those with the same
// keys. The error names the file, the line and the message.
func replaceMessages(messages map[string]any, path string, data []byte) error {
	if len(bytes.TrimSpace(data)) == 0 {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(data))
	line := func() int { return 1 + bytes.Count(data[:d.InputOffset()], []byte{'\n'}) }
	if start, err := d.Token(); err != nil || start != json.Delim('{') {
		return fmt.Errorf("%s:1: this is not a JSON object; write {\"key\": \"text\"}", path)
	}
	lineOf := map[string]int{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return fmt.Errorf("%s:%d: this is not JSON (%w); look at the commas and quotes here and just above", path, line(), err)
		}
		key, at := token.(string), line() // keys of an object are strings
		if first, repeated := lineOf[key]; repeated {
			return fmt.Errorf("%s:%d: %q is already on line %d; remove one of them", path, at, key, first)
		}
		lineOf[key] = at
		var message any
		if err := d.Decode(&message); err != nil {
			return fmt.Errorf("%s:%d: the text of %q is not JSON (%w); look at the commas and quotes here and just below", path, at, key, err)
		}
		builtIn, known := messages[key]
		if !known {
			return fmt.Errorf("%s:%d: there is no text %q; the keys are those of frontend/locales/en.json", path, at, key)
		}
		if problem := messageProblem(builtIn, message); problem != "" {
			return fmt.Errorf("%s:%d: %q %s", path, at, key, problem)
		}
		messages[key] = message
	}
	if _, err := d.Token(); err != nil {
		return fmt.Errorf("%s:%d: the object does not end; add a }", path, line())
	}
	if d.More() {
		return fmt.Errorf("%s:%d: something follows the object; remove it", path, line())
	}
	return nil
}

// namedValue matches a value in a message.
var namedValue = regexp.MustCompile(`\{\{\.(\w+)\}\}`)

// messageProblem describes what is wrong with a message that is to replace a
// built-in one, and what to do about it. It returns "" if nothing is.
func messageProblem(builtIn, message any) string {
	allowed := map[string]bool{}
	for _, text := range texts(builtIn) {
		for _, match := range namedValue.FindAllStringSubmatch(text, -1) {
			allowed[match[1]] = true
		}
	}
	_, plural := builtIn.(map[string]any)
	switch m := message.(type) {
	case string:
		if plural {
			return `has plural forms; write an object such as {"one": "…", "other": "…"}`
		}
	case map[string]any:
		if !plural {
			return "has no plural forms; write one text"
		}
		for form, text := range m {
			if _, isText := text.(string); !isText || !slices.Contains(pluralForms, form) {
				return fmt.Sprintf("has the plural form %q; use texts for %s", form, strings.Join(pluralForms, ", "))
			}
		}
		if m["other"] == nil {
			return `has no form "other"; add it`
		}
	default:
		return "is not a text; write it in quotes"
	}
	for _, text := range texts(message) {
		for _, match := range namedValue.FindAllStringSubmatch(text, -1) {
			if !allowed[match[1]] {
				return fmt.Sprintf("has no value {{.%s}}; remove it, or use one of the built-in text", match[1])
			}
		}
		if rest := namedValue.ReplaceAllString(text, ""); strings.Contains(rest, "{{") || strings.Contains(rest, "}}") {
			return "has braces that are no value; write {{.Name}} without spaces, or remove them"
		}
	}
	return ""
}

// texts returns all texts of a message.
func texts(message any) []string {
	switch m := message.(type) {
	case string:
		return []string{m}
	case map[string]any:
		var all []string
		for _, text := range m {
			all = append(all, texts(text)...)
		}
		return all
	}
	return nil
}
