package contract_test

import (
	"context"
	"encoding/json"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/hookrig/hookrig/contract"
	"github.com/hookrig/hookrig/contract/checks"
	"github.com/hookrig/hookrig/contract/report"
	"github.com/hookrig/hookrig/internal/consumer"
	"github.com/hookrig/hookrig/schemas"
)

// stampedCatalog is Watsi's catalog, signed as Standard Webhooks does, with a handshake.
func stampedCatalog(t *testing.T) *schemas.Catalog {
	t.Helper()
	plain := builtin(t, "watsi")
	files := fstest.MapFS{}
	err := fs.WalkDir(plain.Files(), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(path, "vectors") {
			return err
		}
		text, err := fs.ReadFile(plain.Files(), path)
		files[path] = &fstest.MapFile{Data: text}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var provider map[string]any
	if err := json.Unmarshal(files["provider.json"].Data, &provider); err != nil {
		t.Fatal(err)
	}
	provider["name"], provider["title"] = "stamped", "Stamped"
	delete(provider, "extends")
	provider["headers"] = map[string]string{
		"Content-Type": "application/json", "webhook-id": "{id}", "webhook-timestamp": "{timestamp}", "webhook-signature": "{signatures}",
		"webhook-delivery": "{delivery_id}",
	}
	provider["signing"] = map[string]any{
		"algorithm": "hmac-sha256", "secret": map[string]string{"prefix": "whsec_", "encoding": "base64"},
		"signs": "{id}.{timestamp}.{body}", "encoding": "base64", "item": "v1,{signature}", "separator": " ", "tolerance_seconds": 300,
	}
	provider["policy"].(map[string]any)["delivery_id"] = "per-attempt"
	provider["handshake"] = map[string]any{
		"method": "GET", "query": map[string]string{"hub.mode": "subscribe", "hub.challenge": "{challenge}", "hub.verify_token": "{token}"},
		"signed": false, "guarded": true, "answers": []any{map[string]any{"statuses": []string{"200"}, "body": "{challenge}"}},
	}
	provider["sources"] = map[string]string{"": "assumed: made for tests"}
	text, err := json.Marshal(provider)
	if err != nil {
		t.Fatal(err)
	}
	files["provider.json"].Data = text
	catalog, err := schemas.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	return catalog
}

func builtin(t *testing.T, name string) *schemas.Catalog {
	t.Helper()
	catalog, err := schemas.Builtin(name)
	if err != nil {
		t.Fatal(err)
	}
	return catalog
}

// rig is a reference consumer and the Config that tests it with every hook.
func rig(t *testing.T, catalog *schemas.Catalog) contract.Config {
	t.Helper()
	cfg := contract.Config{
		Catalog: catalog, Timeout: 4 * time.Second, MaxBody: 256 << 10, Seed: 7, RunID: "rig", Token: "right-token",
		Settle: 5 * time.Second, Aggressive: true,
	}
	ends := consumer.Config{Catalog: catalog, Token: cfg.Token}
	switch checks.SchemeOf(catalog.Provider) {
	case checks.Plain:
		cfg.Endpoints = []schemas.Endpoint{{URL: "http://handler.test/a", Secrets: []schemas.Secret{"first-test-secret"}}, {URL: "http://handler.test/b", Secrets: []schemas.Secret{"second-test-secret"}}}
	case checks.Stamped:
		cfg.Endpoints = []schemas.Endpoint{
			{URL: "http://handler.test/a", Secrets: []schemas.Secret{"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}},
			{URL: "http://handler.test/b", Secrets: []schemas.Secret{"whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"}},
		}
	case checks.Unsigned:
		cfg.Endpoints = []schemas.Endpoint{{URL: "http://handler.test/a"}}
	}
	for i, e := range cfg.Endpoints {
		ends.Endpoints = append(ends.Endpoints, consumer.Endpoint{Path: []string{"/a", "/b"}[i], Secrets: e.Secrets})
	}
	c, err := consumer.New(ends)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	cfg.Handler, cfg.Observer = c, c
	cfg.Restart = func(context.Context) error { return nil }
	cfg.FailNext = func(context.Context) error { c.FailNext(); return nil }
	return cfg
}

// rigs are the three kinds of provider, each on the event that shows most: one that updates what
// another has created, or a batch.
var rigs = []struct {
	name    string
	catalog func(*testing.T) *schemas.Catalog
	event   string
}{
	{"signed", func(t *testing.T) *schemas.Catalog { return builtin(t, "watsi") }, "contact.updated"},
	{"stamped", stampedCatalog, "contact.updated"},
	{"unsigned", func(t *testing.T) *schemas.Catalog { return builtin(t, "sentsays") }, "message.status.update"},
}

// Every check that a good consumer passes must be red for its own sabotage, and no other must be.
func TestSabotage(t *testing.T) {
	var mu sync.Mutex
	proved, ran := map[string]bool{}, map[string]bool{}
	t.Run("rigs", func(t *testing.T) {
		for _, kind := range rigs[:len(rigs)/raceFactor] {
			t.Run(kind.name, func(t *testing.T) {
				t.Parallel()
				cfg := rig(t, kind.catalog(t))
				cfg.Events = []string{kind.event}
				if err := contract.Compile(&cfg); err != nil {
					t.Fatal(err)
				}
				before := run(t, cfg)
				if before.Exit != 0 {
					t.Fatalf("the reference consumer is not green: exit %d (%s): %v", before.Exit, before.Reason, verdicts(before))
				}
				for i, result := range before.Results {
					c := checks.ByID(result.Check)
					if result.Verdict == report.VerdictNotAssessed || c.Sabotage == nil || i%(raceFactor*raceFactor) != 0 {
						continue
					}
					mu.Lock()
					proved[c.ID], ran[kind.name] = true, true
					mu.Unlock()
					t.Run(c.ID, func(t *testing.T) {
						t.Parallel()
						own := contract.Compiled(rig(t, cfg.Catalog), cfg)
						own.Events = cfg.Events
						prove(t, own, c)
					})
				}
			})
		}
	})
	for _, c := range checks.All() {
		if len(ran) == len(rigs) && !proved[c.ID] && c.Level != checks.LevelNever {
			t.Errorf("%s was not assessed for any provider", c.ID)
		}
	}
}

func prove(t *testing.T, cfg contract.Config, c *checks.Check) {
	t.Helper()
	p, err := contract.Prove(t.Context(), cfg, c)
	if err != nil {
		t.Fatal(err)
	}
	if !p.Proved {
		t.Errorf("after its sabotage %s (%s), want a finding", p.After, p.Reason)
	}
	for _, result := range p.Unrelated {
		t.Errorf("its sabotage makes %s fail on %q: %s, want %s", result.Check, result.Event, result.Finding.Got, result.Finding.Want)
	}
}

func TestSelftest(t *testing.T) {
	cfg := rig(t, builtin(t, "watsi"))
	cfg.Events, cfg.Checks = []string{"contact.updated"}, []string{"sig-missing-accepted", "dup-sequential-reprocessed", "sig-not-constant-time"}
	proofs, err := contract.Selftest(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	table := contract.Table(proofs)
	if len(proofs) != 2 || !proofs[0].Proved || !proofs[1].Proved || !strings.HasSuffix(table, "2 of 2 checks proved\n") {
		t.Errorf("Selftest = %+v\n%s", proofs, table)
	}
}
