package markup

import (
	"fmt"
	"html/template"
	"io/fs"
)

// Parse returns the templates that the named files define, trimmed. Its error names
// the file and the line of a mistake.
func Parse(files fs.FS, names ...string) (*template.Template, error) {
	all := template.New("")
	for _, name := range names {
		source, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("read a template: %w", err)
		}
		// Trimming joins lines, so that only the source knows where a mistake is.
		if _, err := template.New(name).Parse(string(source)); err != nil {
			return nil, fmt.Errorf("parse a template: %w", err)
		}
		if _, err := all.Parse(Trim(string(source))); err != nil {
			return nil, fmt.Errorf("parse the template %s after trimming it: %w", name, err)
		}
	}
	return all, nil
}
