package catalog

import (
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
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
// extra is not empty, Load adds the entries of the file at extra, or of every file
// in the folder at extra whose name ends in .yaml or .yml, in the order of the names.
// The fields of an added entry replace those of the entry with the same ID.
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
	extras, err := readExtras(extra)
	if err != nil {
		return nil, fmt.Errorf("read extra catalog: %w", err)
	}
	return build(base, extras...)
}

// readExtras reads the file at path, or the files in the folder at path.
func readExtras(path string) ([]source, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	files := []string{path}
	if info.IsDir() {
		if files, err = catalogFiles(path); err != nil {
			return nil, err
		}
	}
	sources := make([]source, len(files))
	for i, file := range files {
		data, err := textfile.Read(file)
		if err != nil {
			return nil, err
		}
		sources[i] = source{file, data}
	}
	return sources, nil
}

// catalogFiles returns the paths of the catalog files in a folder, sorted. Files
// whose names begin with a dot are those of editors and of Kubernetes.
func catalogFiles(folder string) ([]string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, entry := range entries {
		name := entry.Name()
		isCatalog := strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml")
		if isCatalog && !strings.HasPrefix(name, ".") && !entry.IsDir() {
			files = append(files, filepath.Join(folder, name))
		}
	}
	if len(files) == 0 && len(entries) > 0 {
		return nil, fmt.Errorf("the folder %s holds no file whose name ends in .yaml or .yml; name the files so", folder)
	}
	return files, nil
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
	var changes []Change
	for _, extra := range extras {
		files = append(files, extra.file)
		var made []Change
		d, made = d.with(read(extra, &ps))
		changes = append(changes, made...)
	}
	// A reference to an entry that could not be read would only repeat the problem.
	if err := ps.err(files...); err != nil {
		return nil, err
	}
	c, notes := assemble(d, &ps)
	if err := ps.err(files...); err != nil {
		return nil, err
	}
	made := c.current.Load()
	made.changes = slices.Concat(changes, notes, c.collisions(d))
	return c, nil
}
