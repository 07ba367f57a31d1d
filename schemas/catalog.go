package schemas

import "io/fs"

// Catalog is a provider folder, loaded: checked, compiled and read-only. Safe for concurrent use.
type Catalog struct {
	Provider *Provider
}

// Load reads the provider folder at the root of fsys: provider.json, events/, examples/, vectors/.
// A provider that extends a built-in one is completed from it, file by file. All problems are joined
// in one error, each with file and JSON Pointer. Journeys and laws are left to generators.Load.
func Load(fsys fs.FS) (*Catalog, error) { panic("unwritten") }

// Builtin returns the catalog of a built-in provider, by its folder's name.
func Builtin(name string) (*Catalog, error) { panic("unwritten") }

// Builtins lists the built-in providers, sorted.
func Builtins() []string { panic("unwritten") }

// Events lists the events in the order of provider.json.
func (c *Catalog) Events() []*Event { panic("unwritten") }

// Event returns the event of that name, or nil.
func (c *Catalog) Event(name string) *Event { panic("unwritten") }

// Select returns the events that any of the glob patterns matches (`message.*`), in catalog order; no
// pattern selects all. A pattern that matches nothing is an error that lists the names.
func (c *Catalog) Select(patterns ...string) ([]*Event, error) { panic("unwritten") }

// Files is the folder as loaded, the overlay of `extends` included.
func (c *Catalog) Files() fs.FS { panic("unwritten") }

// Digest identifies the content of the folder: "sha256:" and hex, over sorted names and bytes.
func (c *Catalog) Digest() string { panic("unwritten") }

// Validate checks a body against the schema of the event that it names. Errors: *InvalidError for
// violations (an unknown event is one), never anything about the wire.
func (c *Catalog) Validate(body []byte) error { panic("unwritten") }
