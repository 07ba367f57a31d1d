//go:build e2e

package e2e_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The document is clean under redocly's recommended rules: no error and no warning.
func TestRedoclyLint(t *testing.T) {
	document, err := filepath.Abs("../openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), "npx", "--no-install", "redocly", "lint", "--config=redocly.yaml", "--max-problems=20", document)
	command.Dir = "node"
	command.Env = append(os.Environ(), "REDOCLY_TELEMETRY=off", "NO_COLOR=1")
	out, err := command.CombinedOutput()
	if err != nil || strings.Contains(string(out), "You have ") || !strings.Contains(string(out), "is valid") {
		t.Errorf("redocly lint: %v\n%s", err, out)
	}
}
