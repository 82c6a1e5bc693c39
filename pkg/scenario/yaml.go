package scenario

import (
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

const (
	maxFile  = 1 << 20 // bytes
	maxDepth = 3       // nested brackets; a scenario needs two
)

// decode reads a file into f and returns its tree, which holds the lines of its
// fields. It accepts only the plain part of YAML: with the rest the library may
// not return, or panic.
func decode(file string, data []byte) (f *fileScenario, tree *ast.File, err error) {
	if len(data) > maxFile {
		return nil, nil, fmt.Errorf("%s:1: the file is larger than %d bytes", file, maxFile)
	}
	if !utf8.Valid(data) {
		return nil, nil, fmt.Errorf("%s:1: the file is not UTF-8", file)
	}
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("%s:1: this is not YAML that can be read (%v)", file, fault)
		}
	}()
	tokens := lexer.Tokenize(string(data))
	if err := checkPlain(file, tokens); err != nil {
		return nil, nil, err
	}
	tree, err = parser.Parse(tokens, 0)
	if err != nil {
		return nil, nil, locate(file, err)
	}
	if len(tree.Docs) != 1 || tree.Docs[0].Body == nil {
		return nil, nil, fmt.Errorf("%s:1: the file must hold one scenario", file)
	}
	f = new(fileScenario)
	if err := yaml.UnmarshalWithOptions(data, f, yaml.Strict()); err != nil {
		return nil, nil, locate(file, err)
	}
	return f, tree, nil
}

// checkPlain returns an error for YAML syntax that no scenario needs.
func checkPlain(file string, tokens token.Tokens) error {
	depth := 0
	for _, t := range tokens {
		what := ""
		switch t.Type {
		case token.AnchorType, token.AliasType, token.MergeKeyType:
			what = "anchors and aliases"
		case token.TagType, token.DirectiveType:
			what = "tags and directives"
		case token.MappingKeyType:
			what = "keys with ?"
		case token.SequenceStartType, token.MappingStartType:
			if depth++; depth > maxDepth {
				what = "brackets nested so deeply"
			}
		case token.SequenceEndType, token.MappingEndType:
			depth--
		case token.SequenceEntryType:
			if t.Prev != nil && t.Prev.Type == token.SequenceEntryType {
				what = "lists of lists"
			}
		}
		if what != "" {
			return fmt.Errorf("%s:%d: %s are not supported", file, t.Position.Line, what)
		}
	}
	return nil
}

// locate returns an error of the YAML library as "file:line: reason".
func locate(file string, err error) error {
	var at yaml.Error
	if errors.As(err, &at) && at.GetToken() != nil {
		return fmt.Errorf("%s:%d: %s", file, at.GetToken().Position.Line, at.GetMessage())
	}
	return fmt.Errorf("%s:1: %w", file, err)
}
