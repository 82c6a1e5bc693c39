package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestNoTwoNamesDifferByLetterCaseOnly looks at the names of each package, and at
// the members of each of its types.
func TestNoTwoNamesDifferByLetterCaseOnly(t *testing.T) {
	first := map[string]map[string]*ast.Ident{} // by package or type, and lower-case name
	fset := token.NewFileSet()
	note := func(where string, name *ast.Ident) {
		if name.Name == "_" || name.Name == "init" {
			return
		}
		if first[where] == nil {
			first[where] = map[string]*ast.Ident{}
		}
		lower := strings.ToLower(name.Name)
		other := first[where][lower]
		if other == nil {
			first[where][lower] = name
			return
		}
		if other.Name != name.Name {
			t.Errorf("%s: %s differs from %s (%s) by letter case only", fset.Position(name.Pos()), name.Name, other.Name, fset.Position(other.Pos()))
		}
	}
	for _, path := range trackedFiles(t, "*.go") {
		if strings.HasSuffix(path, ".gen.go") {
			continue
		}
		file, err := parser.ParseFile(fset, path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		pkg := filepath.Dir(path) + "." + file.Name.Name
		for _, decl := range file.Decls {
			switch decl := decl.(type) {
			case *ast.FuncDecl:
				where := pkg
				if decl.Recv != nil {
					where += "." + receiverType(decl.Recv.List[0].Type)
				}
				note(where, decl.Name)
			case *ast.GenDecl:
				noteDeclared(pkg, decl, note)
			}
		}
	}
	if len(first) < 100 {
		t.Fatalf("found %d packages and types: the test does not see the project", len(first))
	}
}

// noteDeclared notes the constants, variables and types of a declaration, and the
// members of the types.
func noteDeclared(pkg string, decl *ast.GenDecl, note func(where string, name *ast.Ident)) {
	for _, spec := range decl.Specs {
		switch spec := spec.(type) {
		case *ast.ValueSpec:
			for _, name := range spec.Names {
				note(pkg, name)
			}
		case *ast.TypeSpec:
			note(pkg, spec.Name)
			var members *ast.FieldList
			switch t := spec.Type.(type) {
			case *ast.StructType:
				members = t.Fields
			case *ast.InterfaceType:
				members = t.Methods
			default:
				continue
			}
			for _, member := range members.List {
				for _, name := range member.Names {
					note(pkg+"."+spec.Name.Name, name)
				}
			}
		}
	}
}

// receiverType returns the name of the type that a method belongs to.
func receiverType(expr ast.Expr) string {
	for {
		switch t := expr.(type) {
		case *ast.StarExpr:
			expr = t.X
		case *ast.IndexExpr:
			expr = t.X
		case *ast.IndexListExpr:
			expr = t.X
		case *ast.Ident:
			return t.Name
		default:
			return ""
		}
	}
}

// TestFilesAreShortAndInPlainWords holds source files to 350 lines, and everything
// that is written to a few rules of docs/glossary.md.
func TestFilesAreShortAndInPlainWords(t *testing.T) {
	const maxLines = 350
	avoided := map[string]string{
		"tells" + " whether":   "reports whether",
		"told" + " of":         "the plain verb: logged, named, listed",
		"page" + " of others":  "host page",
		"pages" + " of others": "host pages",
	}
	files := trackedFiles(t, "*.go", "*.ts", "*.mjs", "*.md", "*.html", "*.css", "*.lua", "*.sql", "scripts/*", "Makefile")
	for _, path := range files {
		if strings.Contains(path, "/releases/") || strings.Contains(path, "/testdata/") || strings.HasSuffix(path, ".gen.go") || strings.HasSuffix(path, ".gen.ts") {
			continue
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		text := string(data)
		if lines := strings.Count(text, "\n"); lines > maxLines && !strings.HasSuffix(path, ".md") {
			t.Errorf("%s has %d lines, more than %d: divide it by what its parts are for", path, lines, maxLines)
		}
		flat := strings.Join(strings.Fields(text), " ")
		for words, better := range avoided {
			if strings.Contains(flat, words) {
				t.Errorf("%s says %q; write %q", path, words, better)
			}
		}
	}
}

// trackedFiles returns the files of the repository that match patterns of git, by
// their paths from this folder.
func trackedFiles(t *testing.T, patterns ...string) []string {
	t.Helper()
	root := filepath.Join("..", "..")
	out, err := exec.Command("git", append([]string{"-C", root, "ls-files", "-z", "--"}, patterns...)...).Output()
	if err != nil {
		t.Fatalf("list the files of the repository: %v", err)
	}
	var paths []string
	for _, path := range strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		paths = append(paths, filepath.Join(root, path))
	}
	return paths
}
