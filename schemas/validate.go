package schemas

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// schemaBase is the made-up address under which the compiler knows the files of a folder.
const schemaBase = "folder:///"

// dialect is the one that schemas are written in.
const dialect = "https://json-schema.org/draft/2020-12/schema"

// compiler turns schema files of one folder into validators. Safe for concurrent use.
type compiler struct {
	mu         sync.Mutex // guards both, which are not safe for concurrent use
	inner      *jsonschema.Compiler
	dispatcher *dispatcher
}

// newCompiler reads schemas, named by their path in the folder, through read and from nowhere else.
func newCompiler(read func(name string) ([]byte, error)) *compiler {
	c := jsonschema.NewCompiler()
	c.Draft = jsonschema.Draft2020
	c.AssertFormat = true
	c.AssertContent = true
	c.Formats = formats()
	c.MediaTypes["application/json"] = func(text []byte) error {
		_, err := decodeInstance(text)
		return err
	}
	c.LoadURL = func(address string) (io.ReadCloser, error) {
		name, ok := folderFile(address)
		if !ok {
			return nil, fmt.Errorf("%q is not a file of the provider folder", address)
		}
		text, err := read(name)
		if err != nil {
			return nil, err
		}
		return io.NopCloser(bytes.NewReader(text)), nil
	}
	return &compiler{inner: c, dispatcher: newDispatcher()}
}

// compile compiles the schema at a place in a file. Whatever the library does with a hostile
// schema, the result is an error.
func (c *compiler) compile(file string, at Pointer) (compiled *jsonschema.Schema, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("compile %q: %v", file, r)
		}
	}()
	address := folderURL(file)
	if at != "" {
		address += "#" + (&url.URL{Path: string(at)}).EscapedPath()
	}
	if compiled, err = c.inner.Compile(address); err == nil {
		c.dispatcher.visit(compiled)
	}
	return compiled, err
}

func folderURL(file string) string {
	return schemaBase + strings.TrimPrefix((&url.URL{Path: "/" + file}).EscapedPath(), "/")
}

func folderFile(address string) (string, bool) {
	u, err := url.Parse(address)
	if err != nil || !strings.HasPrefix(address, schemaBase) {
		return "", false
	}
	name := strings.TrimPrefix(u.Path, "/")
	return name, fs.ValidPath(name)
}

// validator checks decoded documents against one schema, compiled when it is first needed. Safe for
// concurrent use.
type validator struct {
	compiler *compiler
	file     string
	at       Pointer

	once   sync.Once // guards schema and err
	schema *jsonschema.Schema
	err    error
}

func (v *validator) compile() error {
	v.once.Do(func() { v.schema, v.err = v.compiler.compile(v.file, v.at) })
	return v.err
}

// check is nil or an *InvalidError; a schema that does not compile is an error of its own.
func (v *validator) check(doc any) (err error) {
	if err := v.compile(); err != nil {
		return err
	}
	defer func() {
		if r := recover(); r != nil {
			err = invalid(Violation{Keyword: "number", Message: "a value lies beyond what can be checked"})
		}
	}()
	var failed *jsonschema.ValidationError
	switch err := v.schema.Validate(doc); {
	case err == nil:
		return nil
	case errors.As(err, &failed):
		return invalid(violations(failed)...)
	default:
		return invalid(Violation{Keyword: "schema", Message: err.Error()})
	}
}

// decodeInstance decodes a body for validation; what cannot be decoded, or must not be computed
// with, is an *InvalidError.
func decodeInstance(body []byte) (any, error) {
	doc, err := Decode(body)
	switch {
	case errors.Is(err, errTooDeep):
		return nil, invalid(Violation{Keyword: "depth", Message: err.Error()})
	case err != nil:
		return nil, invalid(Violation{Keyword: "syntax", Message: err.Error()})
	}
	var huge []Violation
	for _, at := range hugeNumbers("", doc) {
		huge = append(huge, Violation{Pointer: at, Keyword: "number",
			Message: fmt.Sprintf("longer than %d characters or an exponent beyond ±%d", maxNumberBytes, maxExponent)})
	}
	if huge != nil {
		return nil, invalid(huge...)
	}
	return doc, nil
}

// violations flattens the library's tree. Where a value fits no branch of oneOf or anyOf, but one of
// them is clearly meant, what is wrong with that one is told; else the keyword speaks for itself.
func violations(failed *jsonschema.ValidationError) []Violation {
	branches := failed.Message == "oneOf failed" || failed.Message == "anyOf failed"
	if branches {
		if meant := meantBranch(failed); meant != nil {
			return meant
		}
	} else if len(failed.Causes) > 0 {
		var found []Violation
		for _, cause := range failed.Causes {
			found = append(found, violations(cause)...)
			if len(found) > 100*maxViolations {
				break
			}
		}
		return found
	}
	v := Violation{
		Pointer: instancePointer(failed.InstanceLocation),
		Keyword: failed.KeywordLocation[strings.LastIndexByte(failed.KeywordLocation, '/')+1:],
		Schema:  strings.TrimPrefix(failed.AbsoluteKeywordLocation, schemaBase),
		Message: sortNames(failed.Message),
	}
	if branches {
		v.Message = "matches none of the alternatives"
	}
	return []Violation{v}
}

// meantBranch is what is wrong with the only branch whose type, const and enum the value fits: those
// tell branches apart. nil when there is none, or more than one.
func meantBranch(failed *jsonschema.ValidationError) []Violation {
	var meant []Violation
	for _, branch := range failed.Causes {
		found := violations(branch)
		other := slices.ContainsFunc(found, func(v Violation) bool {
			here := v.Pointer == instancePointer(failed.InstanceLocation)
			return v.Keyword == "const" || v.Keyword == "enum" || v.Keyword == "type" && here
		})
		switch {
		case other:
		case meant != nil:
			return nil
		default:
			meant = found
		}
	}
	return meant
}

// instancePointer undoes the percent-encoding that the library puts on top of a JSON Pointer.
func instancePointer(location string) Pointer {
	if text, err := url.PathUnescape(location); err == nil {
		return Pointer(text)
	}
	return Pointer(location)
}

// sortNames puts the names that the library lists in the order of a map ('b', 'a') into order.
func sortNames(message string) string {
	start, end := strings.IndexByte(message, '\''), strings.LastIndexByte(message, '\'')
	if start < 0 || !strings.Contains(message[start:end+1], "', '") {
		return message
	}
	names := strings.Split(message[start+1:end], "', '")
	slices.Sort(names)
	return message[:start+1] + strings.Join(names, "', '") + message[end:]
}
