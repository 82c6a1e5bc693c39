package catalog

import (
	_ "embed"
	"fmt"
	"os"
	"sync"
)

// defaultFile is how messages call the embedded catalog.
const defaultFile = "catalog.yaml"

//go:embed catalog.yaml
var defaultYAML []byte

// embedded returns the embedded catalog, parsed at the first call.
var embedded = sync.OnceValue(func() *Catalog {
	c, err := Parse(defaultFile, defaultYAML)
	if err != nil {
		panic(fmt.Sprintf("catalog: embedded file: %v", err))
	}
	return c
})

// Default returns the embedded catalog.
func Default() *Catalog { return embedded() }

// Load reads the catalog at path, or the embedded one if path is empty, and lets
// the file at extra, if not empty, add to it. An entry of extra whose ID is
// already there takes its place as a whole.
//
// The error names every problem, one a line, as "FILE:LINE: reason, and what to
// do", up to a bound.
func Load(path, extra string) (*Catalog, error) {
	if path == "" && extra == "" {
		return Default(), nil
	}
	base := source{file: defaultFile, data: defaultYAML}
	if path != "" {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("read catalog: %w", err)
		}
		base = source{file: path, data: data}
	}
	if extra == "" {
		return build(base)
	}
	data, err := os.ReadFile(extra)
	if err != nil {
		return nil, fmt.Errorf("read extra catalog: %w", err)
	}
	return build(base, source{file: extra, data: data})
}

// Parse makes a catalog of one file's content. The file's name is only for the
// messages of errors, which are those of Load.
func Parse(file string, data []byte) (*Catalog, error) {
	return build(source{file: file, data: data})
}

// source is the content of a file.
type source struct {
	file string
	data []byte
}

// build makes a catalog of a file and of files that add to it.
func build(base source, extras ...source) (*Catalog, error) {
	var ps problems
	files := []string{base.file}
	d := read(base, &ps)
	for _, extra := range extras {
		files = append(files, extra.file)
		d = d.with(read(extra, &ps))
	}
	// References into a part that could not be read would only repeat its problem.
	if err := ps.err(files...); err != nil {
		return nil, err
	}
	c := assemble(d, &ps)
	if err := ps.err(files...); err != nil {
		return nil, err
	}
	return c, nil
}
