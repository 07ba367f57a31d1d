package schemas

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"
)

// The folders are tested as [Load] would check them, so that Builtin need not.
//
//go:embed */provider.json */events */examples */journeys */laws.json */vectors
var builtins embed.FS

//go:embed provider.schema.json scheme.schema.json
var descriptions embed.FS

// Builtin returns the catalog of a built-in provider, by its folder's name. Schemas are compiled when
// they are first needed.
func Builtin(name string) (*Catalog, error) {
	fsys, err := builtinFolder(name)
	if err != nil {
		return nil, err
	}
	return load(fsys, trusted)
}

// Builtins lists the built-in providers, sorted.
func Builtins() []string {
	var names []string
	entries, _ := fs.ReadDir(builtins, ".")
	for _, entry := range entries {
		if _, err := fs.Stat(builtins, entry.Name()+"/provider.json"); err == nil {
			names = append(names, entry.Name())
		}
	}
	return names
}

// builtinFolder is the folder of a built-in provider, as it stands.
func builtinFolder(name string) (fs.FS, error) {
	if _, err := fs.Stat(builtins, name+"/provider.json"); err != nil || strings.Contains(name, "/") {
		return nil, fmt.Errorf("unknown provider %q; built in: %s", name, strings.Join(Builtins(), ", "))
	}
	return fs.Sub(builtins, name)
}
