package curl_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hookrig/hookrig/contract/checks"
	"github.com/hookrig/hookrig/contract/curl"
	"github.com/hookrig/hookrig/schemas"
)

const testSecret = "curl-test-secret"

// sent is a signed message as it was sent to the endpoint, and answered 200.
func sent(t *testing.T, p *schemas.Provider, e schemas.Endpoint, body string) checks.Exchange {
	t.Helper()
	m, err := p.Read([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)
	env, err := p.Envelope(m, e, schemas.Attempt{Number: 1, At: at})
	if err != nil {
		t.Fatal(err)
	}
	return checks.Exchange{Message: m, Request: env, URL: e.URL, At: at, Reply: checks.Reply{Status: 200}}
}

func config(t *testing.T) curl.Config {
	t.Helper()
	catalog, err := schemas.Builtin("watsi")
	if err != nil {
		t.Fatal(err)
	}
	return curl.Config{Provider: catalog.Provider, Endpoints: []schemas.Endpoint{{
		URL: "http://127.0.0.1:4000/hook", Secrets: []schemas.Secret{testSecret}, Headers: schemas.Headers{{"X-Bypass", "bypass-value"}},
	}}}
}

const plainBody = `{"id":"evt_1","type":"contact.created","created_at":"2026-01-05T08:00:00Z","data":{"contactId":"contact_1"}}`

func TestWrite(t *testing.T) {
	plain := func(t *testing.T) checks.Exchange {
		return sent(t, config(t).Provider, config(t).Endpoints[0], plainBody)
	}
	tests := []struct {
		name   string
		change func(*curl.Config, *curl.Requests)
		says   []string
		not    []string
	}{
		{"one message is one line", func(*curl.Config, *curl.Requests) {},
			[]string{"b(){ printf %s '{", `openssl dgst -sha256 -hmac "$HOOKRIG_SECRET"`, `-H 'X-Watsi-Signature: '"$s"`, `-H 'X-Bypass: '"$X_BYPASS"`, "http://127.0.0.1:4000/hook"},
			[]string{"\n", "# "}},
		{"a consumer without an address", func(c *curl.Config, _ *curl.Requests) { c.Unserved = true },
			[]string{`: "${URL:?`, `"$URL"/hook`}, []string{"127.0.0.1:4000", "\n"}},
		{"several messages are lines", func(_ *curl.Config, r *curl.Requests) { r.Exchanges = append(r.Exchanges, r.Exchanges[0]) },
			[]string{"/hook\nb(){"}, []string{"wait", "&"}},
		{"copies at one instant", func(_ *curl.Config, r *curl.Requests) {
			r.Exchanges, r.Parallel = append(r.Exchanges, r.Exchanges[0], r.Exchanges[0]), true
		}, []string{"for i in $(seq 3); do { b(){", "; } & done\nwait"}, nil},
		{"what shows now and then", func(_ *curl.Config, r *curl.Requests) { r.Ratio = 0.5 },
			[]string{"for n in $(seq 1); do for j in $(seq 7); do { b(){", "wait; done"}, nil},
		{"on one connection", func(_ *curl.Config, r *curl.Requests) {
			r.Exchanges, r.Kept = append(r.Exchanges, r.Exchanges[0]), true
		},
			[]string{"$(for i in $(seq 2); do printf '%s ' http://127.0.0.1:4000/hook; done)"}, nil},
		{"beside slow connections", func(_ *curl.Config, r *curl.Requests) { r.Beside = 50 },
			[]string{"for i in $(seq 50); do {", "& done\nsleep 2\nb(){"}, nil},
		{"a body that breaks off", func(_ *curl.Config, r *curl.Requests) { r.Exchanges[0].Fault = checks.Fault{CutAt: 10} },
			[]string{fmt.Sprintf("'Content-Length: %d'", len(plainBody)), `printf %s '{"id":"evt'; } | perl `, "shutdown $s,1", "127.0.0.1:4000"}, []string{"curl"}},
		{"a body in pieces", func(_ *curl.Config, r *curl.Requests) {
			r.Exchanges[0].Fault = checks.Fault{Splits: []int{10}, PauseMS: 20, Chunked: true}
		}, []string{"sleep 0.02", `printf 'a\r\n'`, `printf '0\r\n\r\n'`}, []string{"shutdown", "Content-Length"}},
		{"pieces over TLS", func(_ *curl.Config, r *curl.Requests) {
			r.Exchanges[0].URL, r.Exchanges[0].Fault = "https://localhost/hook", checks.Fault{CutAt: 10}
		}, []string{"# no shell can send this again: over TLS", "the replay line does"}, []string{"printf"}},
		{"nobody knows which", func(_ *curl.Config, r *curl.Requests) { r.Exchanges = nil }, []string{"# no shell can send this again: it is not known which"}, nil},
		{"a body of blanks", func(_ *curl.Config, r *curl.Requests) {
			r.Exchanges[0].Request.Body = bytes.Repeat([]byte(" "), 50<<20)
			r.Exchanges[0].Request.Headers = schemas.Headers{{"Content-Type", "application/json"}}
		}, []string{`yes ' ' | tr -d '\n' | head -c 52428800`}, nil},
		{"a hook comes first", func(_ *curl.Config, r *curl.Requests) { r.First = "make it fail" }, []string{"# first make it fail\nb(){"}, nil},
		{"no answer came", func(_ *curl.Config, r *curl.Requests) {
			r.Exchanges[0].Reply = checks.Reply{Failure: checks.FailureTimeout, Done: 2 * time.Second}
		}, []string{"-m 3"}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			cfg, r := config(t), curl.Requests{Exchanges: []checks.Exchange{plain(t)}}
			test.change(&cfg, &r)
			script := curl.Write(cfg, r)
			for _, said := range test.says {
				if !strings.Contains(script.Text, said) {
					t.Errorf("the script does not say %q: %s", said, script.Text)
				}
			}
			for _, said := range append(test.not, testSecret, "bypass-value") {
				if strings.Contains(script.Text, said) {
					t.Errorf("the script says %q: %s", said, script.Text)
				}
			}
			if len(script.Files) != 0 || len(script.Text) > 20<<10 {
				t.Errorf("%d files and %d characters, want all in one short text", len(script.Files), len(script.Text))
			}
		})
	}
}

// A body that is long and repeats nothing goes to a file beside the report.
func TestWriteLongBodyToFile(t *testing.T) {
	var words strings.Builder
	for i := uint32(1); words.Len() < 30_000; i++ {
		fmt.Fprintf(&words, "%x ", i*2654435761)
	}
	body := strings.Replace(plainBody, `"contact_1"`, `"contact_1","note":"`+words.String()+`"`, 1)
	cfg := config(t)
	cfg.Files = "hookrig-body-check"
	script := curl.Write(cfg, curl.Requests{Exchanges: []checks.Exchange{sent(t, cfg.Provider, cfg.Endpoints[0], body)}})
	if !strings.Contains(script.Text, "b(){ cat hookrig-body-check.json; }") || string(script.Files["hookrig-body-check.json"]) != body {
		t.Errorf("script is %s with %d files, want the body in a file", script.Text, len(script.Files))
	}
}

// Of several secrets the one that signed is taken from its line of the variable.
func TestWriteTakesTheSecretThatSigned(t *testing.T) {
	cfg := config(t)
	x := sent(t, cfg.Provider, cfg.Endpoints[0], plainBody)
	cfg.Endpoints[0].Secrets = []schemas.Secret{"another-test-secret", testSecret}
	script := curl.Write(cfg, curl.Requests{Exchanges: []checks.Exchange{x}})
	if !strings.Contains(script.Text, `k=$(printf '%s\n' "$HOOKRIG_SECRET" | sed -n 2p)`) {
		t.Errorf("script is %s, want the second secret", script.Text)
	}
}

func ExampleWrite() {
	script := curl.Write(curl.Config{Provider: &schemas.Provider{}}, curl.Requests{Exchanges: []checks.Exchange{{
		URL: "http://127.0.0.1:4000/hook", Request: schemas.Envelope{Method: "POST", Path: "/hook", Headers: schemas.Headers{{"Content-Type", "application/json"}}, Body: []byte(`{"a":1}`)},
	}}})
	fmt.Println(script.Text)
	// Output: curl -sS -i -g --path-as-is -X POST -H 'Content-Type: application/json' -H User-Agent: -H Accept: -H Expect: --data-raw '{"a":1}' http://127.0.0.1:4000/hook
}
