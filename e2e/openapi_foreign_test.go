//go:build e2e

package e2e_test

import (
	"encoding/json"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/hookrig/hookrig/generators"
	"github.com/hookrig/hookrig/schemas"
)

// unmakeable are GitHub's events that contradict themselves: an author that must be a user and null.
var unmakeable = []string{"repository-advisory-published", "repository-advisory-reported"}

// GitHub's own document, the largest public one with webhooks, becomes a provider: what is made of it is
// valid under jsonschema and under ajv. CI takes every tenth of the 261 webhooks.
func TestGitHubDocumentBecomesAProvider(t *testing.T) {
	binary, err := hookrigBinary()
	if err != nil {
		t.Fatal(err)
	}
	document, webhooks := gitHub(t)
	files := t.TempDir()
	out, err := exec.CommandContext(t.Context(), binary, "import", document, "--name", "github", "--out", filepath.Join(files, "github")).CombinedOutput()
	if err != nil {
		t.Fatalf("hookrig import: %v\n%s", err, out)
	}
	if got := regexp.MustCompile(`left out event "([^"]+)"`).FindAllStringSubmatch(string(out), -1); len(got) == 0 || len(got) > len(unmakeable) {
		t.Errorf("left out %v, want some of %v", got, unmakeable)
	}
	catalog, err := schemas.Load(os.DirFS(filepath.Join(files, "github")))
	if err != nil {
		t.Fatal(err)
	}
	if got := len(catalog.Events()); got < webhooks-len(unmakeable) || catalog.Provider.Signing == nil {
		t.Errorf("imported %d events of %d, signing %+v; want all of them, signed by X-Hub-Signature-256", got, webhooks, catalog.Provider.Signing)
	}
	generator, err := generators.New(catalog, generators.Config{})
	if err != nil {
		t.Fatal(err)
	}
	ajv := startScript(t, "validate.mjs", files)
	for _, event := range catalog.Events() {
		var bodies []string
		for life := range uint64(20) {
			message, err := generator.Message(event.Name, generators.Coordinate{Life: life})
			if err != nil {
				t.Fatal(err)
			}
			if err := event.Validate(message.Body); err != nil {
				t.Errorf("%s: %v", event.Name, err)
			}
			bodies = append(bodies, string(message.Body))
		}
		var answer validity
		if ajv.ask(question{"github", event.Name, bodies}, &answer); !answer.Valid {
			t.Errorf("%s: ajv refuses: %s", event.Name, answer.Errors)
		}
	}
}

// gitHub is the document's file, in CI with every tenth webhook alone, and how many webhooks it has.
func gitHub(t *testing.T) (document string, webhooks int) {
	t.Helper()
	file := "node/node_modules/@octokit/openapi-webhooks/generated/api.github.com.json"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var root map[string]json.RawMessage
	var all map[string]json.RawMessage
	if err := errors.Join(json.Unmarshal(text, &root), json.Unmarshal(root["webhooks"], &all)); err != nil {
		t.Fatal(err)
	}
	if os.Getenv("HOOKRIG_SOAK") != "" {
		return file, len(all)
	}
	for i, name := range slices.Sorted(maps.Keys(all)) {
		if i%10 != 0 && name != unmakeable[0] {
			delete(all, name)
		}
	}
	root["webhooks"], _ = json.Marshal(all) // raw JSON marshals
	if text, err = json.Marshal(root); err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), "github.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return file, len(all)
}
