//go:build e2e

package e2e_test

import (
	"os"
	"path/filepath"
	"testing"
)

const (
	plainSecret    = "e2e-made-up-secret-1"
	standardSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
)

// The specificity half: consumers that are right, in the frameworks that people use, under a signed, a
// Standard-Webhooks and an unsigned provider. None is blamed, three times; a hundred times in a soak.
func TestCorrectNodeConsumers(t *testing.T) {
	for _, framework := range []string{"http", "express", "fastify"} {
		for _, scheme := range []string{"watsi", "standard-webhooks", "none"} {
			t.Run(framework+" "+scheme, func(t *testing.T) {
				secret := plainSecret
				if scheme == "standard-webhooks" {
					secret = standardSecret
				}
				address := startNode(t, framework, "SCHEME="+scheme, "WEBHOOK_SECRET="+secret)
				for range rounds() {
					report := hookrigTest(t, secret, append(schemeArguments(t, scheme), address+"/webhooks/in", "--observe", address+"/effects/{key}")...)
					blameless(t, report)
				}
			})
		}
	}
}

func TestCorrectPHPConsumer(t *testing.T) {
	address := startPHP(t, "WATSI_WEBHOOK_SECRET="+plainSecret)
	for range rounds() {
		report := hookrigTest(t, plainSecret, "-p", "watsi", "--max-body", "65536", address+"/webhooks/watsi", "--observe", address+"/effects/{key}")
		blameless(t, report)
	}
}

// The README's promise: hookrig starts the consumer of the provider's tutorial, makes up its secret, and
// stops it again.
func TestOwnedNodeConsumer(t *testing.T) {
	script, err := filepath.Abs("node/consumers/http.mjs")
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("PORT", "4000")
	t.Setenv("JOURNAL", filepath.Join(t.TempDir(), "journal")) // hookrig kills it in the middle of a run
	report := hookrigTest(t, "", "-p", "watsi", "--max-body", "65536", "--observe", "http://127.0.0.1:4000/effects/{key}", "--", "node", script)
	blameless(t, report)
}

// A bot that answers through the provider's API is seen by its own calls there: it changes its base URL and
// nothing else, and its duplicates are judged.
func TestAnsweringNodeConsumer(t *testing.T) {
	port := freePort(t)
	address := startNode(t, "answering", "WATSI_WEBHOOK_SECRET="+plainSecret, "API_URL=http://127.0.0.1:"+port)
	report := hookrigTest(t, plainSecret, "-p", "watsi", "--max-body", "65536", "--observe", "api:"+port, address+"/webhooks/watsi")
	blameless(t, report)
	for _, check := range []string{"dup-sequential-reprocessed", "dup-concurrent-race", "sig-effect-before-verify"} {
		if !report.passes(check, "message.received") {
			t.Errorf("%s was not assessed, although the consumer can be seen", check)
		}
	}
}

// rounds is how often a correct consumer must come through.
func rounds() int {
	if os.Getenv("HOOKRIG_SOAK") != "" {
		return 100
	}
	return 3
}

func blameless(t *testing.T, report testReport) {
	t.Helper()
	if report.Exit != 0 || report.Verdict != "pass" {
		t.Errorf("exit %d, verdict %q, want 0 and pass", report.Exit, report.Verdict)
	}
	for check, verdict := range report.findings() {
		if verdict == "fail" {
			t.Errorf("a correct consumer fails %s", check)
		}
	}
	if t.Failed() {
		report.explain(t)
	}
}

// schemeArguments says how hookrig plays the sender of a scheme: as a provider, or with a body and a
// description of the signature.
func schemeArguments(t *testing.T, scheme string) []string {
	t.Helper()
	switch scheme {
	case "watsi":
		return []string{"-p", "watsi", "--max-body", "65536"}
	case "none":
		return []string{"-p", "sentsays", "--max-body", "262144"}
	}
	return []string{"--sample", sample(t, "contact.created", contactCreated),
		"--signing", scheme, "--max-body", "20480"}
}

// sample writes a body into a file that is named for its event.
func sample(t *testing.T, event, body string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), event+".json")
	if err := os.WriteFile(file, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
