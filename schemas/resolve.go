package schemas

import (
	"encoding/json"
	"io/fs"
	"net/url"
	"path"
	"strings"
)

// resolver turns schema files into Schema trees. It reports what the compiler would let through:
// unknown keywords and formats, references that leave the folder, repeated names.
type resolver struct {
	fsys     fs.FS
	trust    trust
	problems *problems
	files    map[string]*node   // nil for a file that cannot be read
	schemas  map[string]*Schema // by location; set before its parts, so that cycles end
}

func newResolver(fsys fs.FS, how trust, found *problems) *resolver {
	return &resolver{fsys: fsys, trust: how, problems: found, files: map[string]*node{}, schemas: map[string]*Schema{}}
}

// file reads a JSON file of the folder, once; nil when it cannot be read, which is then a problem.
func (r *resolver) file(name string) *node {
	if n, seen := r.files[name]; seen {
		return n
	}
	r.files[name] = nil
	text, err := readFile(r.fsys, name)
	if err != nil {
		r.problems.add(name, 0, "", "%v", err)
		return nil
	}
	n, err := parseNode(text)
	if err != nil {
		r.problems.add(name, 0, "", "%v", err)
		return nil
	}
	if r.trust != trusted {
		reportRepeats(r.problems, name, n)
	}
	r.files[name] = n
	return n
}

// root resolves the schema that a file holds; nil when the file cannot be read.
func (r *resolver) root(name string) *Schema {
	n := r.file(name)
	if n == nil {
		return nil
	}
	return r.schema(name, "", n)
}

// schema resolves the schema at a place.
func (r *resolver) schema(file string, at Pointer, n *node) *Schema {
	location := file + "#" + string(at)
	if s, seen := r.schemas[location]; seen {
		return s
	}
	s := &Schema{Location: location, Raw: json.RawMessage(n.raw)}
	r.schemas[location] = s
	switch n.kind {
	case 't', 'f':
		yes := n.kind == 't'
		s.Bool = &yes
		return s
	case '{':
	default:
		r.report(file, at, n, "a schema must be an object or a boolean")
		return s
	}
	p := place{r, file, at, s}
	for _, m := range n.members {
		if !p.annotation(m) && !p.value(m) && !p.object(m) && !p.array(m) && !p.logic(m) {
			r.report(file, at.Child(m.name), m.value, "unknown keyword %q", m.name)
		}
	}
	return s
}

func (r *resolver) report(file string, at Pointer, n *node, format string, args ...any) {
	line := 0
	if root := r.files[file]; root != nil {
		line = root.line(n)
	}
	r.problems.add(file, line, at, format, args...)
}

// reference finds the schema that a $ref names: "other.schema.json#/$defs/part", within the folder.
func (r *resolver) reference(file string, at Pointer, n *node) *Schema {
	text := n.text()
	target, fragment, _ := strings.Cut(text, "#")
	if u, err := url.Parse(target); err != nil || u.IsAbs() || u.Host != "" || strings.HasPrefix(target, "/") {
		r.report(file, at, n, "$ref %q leaves the provider folder: refer to a file in it, by its relative path", text)
		return nil
	}
	name := file
	if target != "" {
		unescaped, err := url.PathUnescape(target)
		name = path.Join(path.Dir(file), unescaped)
		if err != nil || !fs.ValidPath(name) {
			r.report(file, at, n, "$ref %q leaves the provider folder", text)
			return nil
		}
	}
	if _, seen := r.files[name]; !seen && !exists(r.fsys, name) {
		r.report(file, at, n, "$ref %q: there is no file %q", text, name)
		return nil
	}
	root := r.file(name)
	if root == nil {
		return nil // reported with the file
	}
	fragment, err := url.PathUnescape(fragment)
	pointer := Pointer(fragment)
	if err != nil || pointer.Check() != nil {
		r.report(file, at, n, "$ref %q: after # want a JSON Pointer", text)
		return nil
	}
	found := root.find(pointer)
	if found == nil {
		r.report(file, at, n, "$ref %q: %q has nothing there", text, name)
		return nil
	}
	return r.schema(name, pointer, found)
}

// reportRepeats reports every name that an object holds twice.
func reportRepeats(found *problems, file string, root *node) {
	root.walk("", func(at Pointer, n *node) {
		seen := map[string]bool{}
		for _, m := range n.members {
			if seen[m.name] {
				found.add(file, root.line(m.value), at.Child(m.name), "%q stands twice in one object", m.name)
			}
			seen[m.name] = true
		}
	})
}
