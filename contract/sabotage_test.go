package contract_test

import (
	"context"
	"encoding/json"
	"io/fs"
	"net/http"
	"slices"
	"strings"
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
		Catalog: catalog, Timeout: time.Second, MaxBody: 256 << 10, Seed: 7, RunID: "rig", Token: "right-token",
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

// rigs are the three kinds of provider, on events that show every check: one that others refer to,
// one that updates it, and where there are any a batch.
func rigs(t *testing.T) map[string]contract.Config {
	signed, stampedRig, unsigned := rig(t, builtin(t, "watsi")), rig(t, stampedCatalog(t)), rig(t, builtin(t, "sentsays"))
	signed.Events = []string{"contact.updated"}
	stampedRig.Events = signed.Events
	unsigned.Events = []string{"message.received"}
	return map[string]contract.Config{"signed": signed, "stamped": stampedRig, "unsigned": unsigned}
}

func TestSabotage(t *testing.T) {
	proved := map[string]bool{}
	for name, cfg := range rigs(t) {
		t.Run(name, func(t *testing.T) {
			proofs, err := contract.Selftest(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			t.Log("\n" + contract.Table(proofs))
			for _, p := range proofs {
				if p.Before == report.VerdictNotAssessed {
					continue
				}
				if !p.Proved {
					t.Errorf("%s: before %s, after its sabotage %s (%s), want a finding", p.Check, p.Before, p.After, p.Reason)
				}
				proved[p.Check] = true
				for _, result := range p.Unrelated {
					t.Errorf("%s: its sabotage makes %s fail on %q: %s, want %s", p.Check, result.Check, result.Event, result.Finding.Got, result.Finding.Want)
				}
			}
		})
	}
	for _, c := range checks.All() {
		if !proved[c.ID] && c.Level != checks.LevelNever {
			t.Errorf("%s was not assessed for any provider", c.ID)
		}
	}
}

var _ = slices.Contains[[]string]
var _ http.Handler
