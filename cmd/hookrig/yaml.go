package main

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// Bounds of a config file. The parser's time grows with the square of the depth.
const (
	configBytes  = 64 << 10
	configNested = 200 // brackets, or dashes on one line
)

// document is a YAML file: plain mappings, lists and scalars, with ${VAR} filled in where it is read.
type document struct {
	file    string
	getenv  func(string) string
	lenient bool // variables that are not set are empty, not an error
}

// member is one key of a mapping and its value.
type member struct {
	key   string
	line  int
	value ast.Node
}

// parse reads the top mapping.
func (d *document) parse(data []byte) ([]member, error) {
	if problem := textProblem(data); problem != "" {
		return nil, misused("%s: %s", d.file, problem)
	}
	if len(data) > configBytes {
		return nil, misused("%s: it is larger than %d KiB", d.file, configBytes>>10)
	}
	if tooNested(data) {
		return nil, misused("%s: it is nested too deep", d.file)
	}
	file, err := parser.ParseBytes(data, 0)
	if err != nil {
		return nil, d.syntax(err)
	}
	switch {
	case len(file.Docs) == 0 || file.Docs[0].Body == nil:
		return nil, misused("%s: it is empty", d.file)
	case len(file.Docs) > 1:
		return nil, misused("%s: it holds %d documents, want one", d.file, len(file.Docs))
	}
	return d.mapping(file.Docs[0].Body, "the file")
}

// mapping reads a mapping; what names it in an error.
func (d *document) mapping(node ast.Node, what string) ([]member, error) {
	var values []*ast.MappingValueNode
	switch node := node.(type) {
	case *ast.MappingNode:
		values = node.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{node}
	default:
		return nil, d.wrong(node, "%s must be a mapping (key: value)", what)
	}
	var members []member
	for _, value := range values {
		key, err := d.scalar(value.Key, "a key")
		if err != nil {
			return nil, err
		}
		members = append(members, member{key, line(value.Key), value.Value})
	}
	return members, nil
}

// items reads a list, or a single value as a list of one.
func (d *document) items(node ast.Node) []ast.Node {
	if list, ok := node.(*ast.SequenceNode); ok {
		return list.Values
	}
	return []ast.Node{node}
}

// scalars reads a list of scalars, or a single one.
func (d *document) scalars(node ast.Node, what string) ([]string, error) {
	var all []string
	for _, item := range d.items(node) {
		text, err := d.scalar(item, what)
		if err != nil {
			return nil, err
		}
		all = append(all, text)
	}
	return all, nil
}

// scalar reads a string, number or boolean as text, ${VAR} filled in.
func (d *document) scalar(node ast.Node, what string) (string, error) {
	switch node := node.(type) {
	case *ast.StringNode:
		return d.expand(node, node.Value)
	case *ast.LiteralNode:
		return d.expand(node, node.Value.Value)
	case *ast.MappingKeyNode, *ast.AnchorNode, *ast.AliasNode, *ast.TagNode, *ast.MergeKeyNode:
		return "", d.wrong(node, "anchors, aliases, tags and merge keys are not understood")
	case *ast.NullNode:
		return "", d.wrong(node, "%s has no value", what)
	case ast.ScalarNode:
		return node.GetToken().Value, nil
	}
	return "", d.wrong(node, "%s must be a single value", what)
}

// literal reads any value, as encoding/json would hold it.
func (d *document) literal(node ast.Node, what string) (any, error) {
	switch node := node.(type) {
	case *ast.StringNode, *ast.LiteralNode:
		return d.scalar(node, what)
	case ast.ScalarNode, *ast.SequenceNode, *ast.MappingNode, *ast.MappingValueNode:
		var v any
		if err := yaml.NodeToValue(node, &v); err != nil {
			return nil, d.wrong(node, "%s cannot be read", what)
		}
		return v, nil
	}
	return nil, d.wrong(node, "anchors, aliases, tags and merge keys are not understood")
}

var variable = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\$(\$|\{[^}]*\}?)`) })

// expand fills in ${VAR} from the environment; $$ stands for a dollar sign.
func (d *document) expand(node ast.Node, text string) (string, error) {
	var problem error
	text = variable().ReplaceAllStringFunc(text, func(found string) string {
		if found == "$$" {
			return "$"
		}
		name, closed := strings.CutSuffix(found[2:], "}")
		value := d.getenv(name)
		switch {
		case !closed || name == "":
			problem = d.wrong(node, "%q is not a variable: write ${NAME}, or $$ for a dollar sign", found)
		case value == "" && !d.lenient && problem == nil:
			problem = d.wrong(node, "the environment variable %s is not set", name)
		}
		return value
	})
	return text, problem
}

func (d *document) wrong(node ast.Node, format string, args ...any) *exitError {
	return misused("%s:%d: %s", d.file, line(node), fmt.Sprintf(format, args...))
}

func (d *document) syntax(err error) error {
	var problem yaml.Error
	if errors.As(err, &problem) && problem.GetToken() != nil {
		return misused("%s:%d: %s", d.file, problem.GetToken().Position.Line, shorten(problem.GetMessage(), 200))
	}
	return misused("%s: %s", d.file, shorten(err.Error(), 200))
}

func line(node ast.Node) int {
	if node == nil || node.GetToken() == nil || node.GetToken().Position == nil {
		return 1
	}
	return node.GetToken().Position.Line
}

// tooNested says whether brackets, or dashes on one line, open more levels than a config file needs.
func tooNested(data []byte) bool {
	depth := 0
	for _, c := range data {
		switch c {
		case '[', '{':
			depth++
		case ']', '}':
			depth--
		}
		if depth > configNested {
			return true
		}
	}
	for row := range bytes.Lines(data) {
		indent := len(row) - len(bytes.TrimLeft(row, " "))
		dashes := len(row) - len(bytes.TrimLeft(row, " -?"))
		if indent > configNested || dashes-indent > configNested {
			return true
		}
	}
	return false
}
