//go:build e2e

package e2e_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// The document is clean under redocly's recommended rules.
func TestRedoclyLint(t *testing.T) {
	document, err := filepath.Abs("../openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), "npx", "--no-install", "redocly", "lint", "--extends=recommended", document)
	command.Dir = "node"
	command.Env = append(os.Environ(), "REDOCLY_TELEMETRY=off", "NO_COLOR=1")
	if out, err := command.CombinedOutput(); err != nil {
		t.Errorf("redocly lint: %v\n%s", err, out)
	}
}
