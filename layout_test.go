package hookrig_test

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/hookrig/hookrig"

// imports is the import table: which packages of ours each package may import. A pattern ending in
// /... stands for a folder and all below it. The longest matching row decides; change it here first.
var imports = map[string][]string{
	".":                    {},
	"schemas":              {},
	"schemas/openapi":      {"schemas"},
	"generators":           {"schemas"},
	"generators/reference": {"schemas", "generators", "internal/..."},
	"contract/checks":      {"schemas", "generators", "internal/..."},
	"contract/report":      {"schemas", "contract/checks", "internal/..."},
	"contract/shrink":      {"schemas", "contract/checks"},
	"contract/curl":        {"schemas", "contract/checks", "internal/..."},
	"contract":             {"schemas", "generators", "contract/checks", "contract/curl", "contract/report", "contract/shrink", "internal/..."},
	"contract/specs":       {"schemas", "contract", "contract/checks", "contract/report", "internal/..."},
	"contract/load/...":    {"schemas", "generators", "internal/...", "contract/load/..."},
	"mockprovider/...":     {"schemas", "generators", "internal/...", "mockprovider/..."},
	"internal/observe":     {"schemas"},
	"internal/consumer":    {"schemas"},
	"internal/...":         {},
	"cmd/hookrig":          {"..."},
}

// libraries says which packages may import a library that others must not.
var libraries = map[string][]string{
	"github.com/pb33f/libopenapi":           {"schemas/openapi"},
	"github.com/onsi/ginkgo":                {"contract/specs"},
	"github.com/onsi/gomega":                {"contract/specs"},
	"github.com/santhosh-tekuri/jsonschema": {"schemas", "schemas/openapi"},
	"github.com/spf13/cobra":                {"cmd/hookrig"},
	"github.com/brianvoe/gofakeit":          {"generators"},
	"modernc.org/sqlite":                    {"mockprovider/..."},
	"github.com/valyala/fasthttp":           {"contract/load/..."},
	"github.com/prometheus/client_golang":   {"mockprovider/...", "cmd/hookrig"},
}

type goPackage struct {
	ImportPath string   `json:"ImportPath"`
	Imports    []string `json:"Imports"`
	Deps       []string `json:"Deps"`
}

func TestImportTable(t *testing.T) {
	for _, p := range packages(t) {
		allowed, found := row(imports, p.dir())
		if !found {
			t.Errorf("%s has no row in the import table", p.dir())
			continue
		}
		for _, imported := range p.Imports {
			if ours, ok := local(imported); ok && !matchesAny(allowed, ours) {
				t.Errorf("%s imports %s; its row allows %v", p.dir(), ours, allowed)
			}
			for library, users := range libraries {
				if strings.HasPrefix(imported, library) && !matchesAny(users, p.dir()) {
					t.Errorf("%s imports %s; only %v may", p.dir(), imported, users)
				}
			}
		}
	}
}

// What users embed must not drag in libopenapi, whose yaml pin would break their build, nor Ginkgo,
// whose import registers flags.
func TestEmbeddedPackagesStayLight(t *testing.T) {
	heavy := []string{"github.com/pb33f/", "go.yaml.in/yaml/v4", "github.com/onsi/", "github.com/spf13/cobra"}
	free := []string{"schemas/openapi", "contract/specs", "cmd/hookrig"}
	seen := 0
	for _, p := range packages(t) {
		if slices.Contains(free, p.dir()) {
			continue
		}
		seen++
		for _, dep := range p.Deps {
			for _, prefix := range heavy {
				if strings.HasPrefix(dep, prefix) {
					t.Errorf("%s reaches %s", p.dir(), dep)
				}
			}
		}
	}
	if seen == 0 {
		t.Fatal("no package was looked at")
	}
}

// libopenapi v0.40.1 is the newest release whose modules can all be fetched, and it builds with
// yaml v4.0.0-rc.6 only: the final v4.0.0 removed a method it calls.
func TestPinnedVersions(t *testing.T) {
	text, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for _, pin := range []string{"github.com/pb33f/libopenapi v0.40.1", "go.yaml.in/yaml/v4 v4.0.0-rc.6"} {
		if !strings.Contains(string(text), pin) {
			t.Errorf("go.mod does not say %q", pin)
		}
	}
	if strings.Contains(string(text), "\nreplace") || strings.Contains(string(text), "\nexclude") {
		t.Error("go.mod has a replace or exclude directive; go install module@version would refuse it")
	}
}

// packages lists the packages of the module with what they import, tests left out.
func packages(t *testing.T) []goPackage {
	t.Helper()
	command := exec.Command("go", "list", "-json=ImportPath,Imports,Deps", "./...")
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []goPackage
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(p.dir(), "examples") {
			continue // examples are users: they import what users import
		}
		all = append(all, p)
	}
	if len(all) < 5 {
		t.Fatalf("go list found %d packages", len(all))
	}
	return all
}

func (p goPackage) dir() string {
	dir, _ := local(p.ImportPath)
	return dir
}

// local turns an import path of ours into its folder.
func local(importPath string) (string, bool) {
	if importPath == module {
		return ".", true
	}
	return strings.CutPrefix(importPath, module+"/")
}

// row finds the longest row of the table that matches the folder.
func row(table map[string][]string, dir string) (allowed []string, found bool) {
	longest := -1
	for pattern, value := range table {
		if matches(pattern, dir) && len(pattern) > longest {
			longest, allowed, found = len(pattern), value, true
		}
	}
	return allowed, found
}

func matchesAny(patterns []string, dir string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool { return matches(pattern, dir) })
}

func matches(pattern, dir string) bool {
	if pattern == "..." {
		return true
	}
	if folder, ok := strings.CutSuffix(pattern, "/..."); ok {
		return dir == folder || strings.HasPrefix(dir, folder+"/")
	}
	return path.Clean(pattern) == dir
}
