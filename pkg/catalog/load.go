package catalog

import (
	_ "embed"
	"fmt"
	"sync"

	"github.com/outcry/outcry/pkg/textfile"
)

// defaultFile is the name of the embedded catalog in messages.
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

// Load reads the catalog file at path, or the embedded one if path is empty. If
// extra is not empty, Load adds the entries of the file at extra. An entry of extra
// replaces the whole entry with the same ID.
//
// The error lists the problems of the files, one a line, as
// "FILE:LINE: what is wrong; what to do". It lists at most 20 of them.
func Load(path, extra string) (*Catalog, error) {
	if path == "" && extra == "" {
		return Default(), nil
	}
	base := source{file: defaultFile, data: defaultYAML}
	if path != "" {
		data, err := textfile.Read(path)
		if err != nil {
			return nil, fmt.Errorf("read catalog: %w", err)
		}
		base = source{file: path, data: data}
	}
	if extra == "" {
		return build(base)
	}
	data, err := textfile.Read(extra)
	if err != nil {
		return nil, fmt.Errorf("read extra catalog: %w", err)
	}
	return build(base, source{file: extra, data: data})
}

// Parse returns the catalog of one file's content. Its errors are those of Load,
// in which file is the name of the file.
func Parse(file string, data []byte) (*Catalog, error) {
	return build(source{file: file, data: data})
}

// source is the content of a file.
type source struct {
	file string
	data []byte
}

// build returns the catalog of a base file and of files that add to it.
func build(base source, extras ...source) (*Catalog, error) {
	var ps problems
	files := []string{base.file}
	d := read(base, &ps)
	for _, extra := range extras {
		files = append(files, extra.file)
		d = d.with(read(extra, &ps))
	}
	// A reference to an entry that could not be read would only repeat the problem.
	if err := ps.err(files...); err != nil {
		return nil, err
	}
	c := assemble(d, &ps)
	if err := ps.err(files...); err != nil {
		return nil, err
	}
	return c, nil
}
