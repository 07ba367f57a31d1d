package consumer

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/hookrig/hookrig/schemas"
)

// Config says whom a Consumer serves. Provider, or a Catalog that has one, is required.
type Config struct {
	Provider  *schemas.Provider // Default the catalog's
	Catalog   *schemas.Catalog  // where given, bodies are held against their schemas. Default none
	Secrets   []schemas.Secret  // taken at any path and from any tenant
	Endpoints []Endpoint        // taken where they stand only. Default none
	Token     string            // verify token of the handshake. Default ""
	Journal   string            // file that keeps what was done over a crash; made when missing. Default: memory only
	MaxBody   int64             // bytes. Default twice the provider's largest, at least 8 MiB
	Memory    int               // messages and entities remembered. Default 1,000,000
	Now       func() time.Time  // Default time.Now
}

// Endpoint is a place with secrets of its own.
type Endpoint struct {
	Path    string // "" is any path
	Tenant  string // "" is any tenant
	Secrets []schemas.Secret
}

// Consumer acts once on every message of one provider. Safe for concurrent use.
type Consumer struct {
	cfg      Config
	ledger   *ledger
	failNext atomic.Bool
}

// New reads the journal, where there is one. The caller closes.
func New(cfg Config) (*Consumer, error) {
	if cfg.Provider == nil && cfg.Catalog != nil {
		cfg.Provider = cfg.Catalog.Provider
	}
	if cfg.Provider == nil {
		return nil, errors.New("make consumer: it needs a provider")
	}
	if cfg.MaxBody <= 0 {
		cfg.MaxBody = max(8<<20, 2*cfg.Provider.Policy.LargestBodyBytes)
	}
	if cfg.Memory <= 0 {
		cfg.Memory = 1_000_000
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	ledger, err := openLedger(cfg.Journal, cfg.Memory)
	if err != nil {
		return nil, err
	}
	return &Consumer{cfg: cfg, ledger: ledger}, nil
}

// Close closes the journal.
func (c *Consumer) Close() error { return c.ledger.close() }

// Effects returns how often the consumer has acted on the key, and the newest message about it. The empty
// key counts everything.
func (c *Consumer) Effects(_ context.Context, key string) (count int, value json.RawMessage, err error) {
	count, value = c.ledger.read(key)
	return count, value, nil
}

// FailNext makes the next delivery fail with 500 before anything is done.
func (c *Consumer) FailNext() { c.failNext.Store(true) }

// ServeHTTP takes one delivery, or the provider's handshake.
func (c *Consumer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, c.cfg.MaxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		refuse(w, http.StatusRequestEntityTooLarge, "body too large")
		return
	case err != nil:
		refuse(w, http.StatusBadRequest, "body cut short")
		return
	}
	if c.shakeHands(w, r, body) {
		return
	}
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		refuse(w, http.StatusMethodNotAllowed, "only POST")
		return
	}
	if coding := r.Header.Get("Content-Encoding"); coding != "" && coding != "identity" {
		refuse(w, http.StatusUnsupportedMediaType, "content encoding not supported")
		return
	}
	c.deliver(w, r, body)
}

// deliver verifies, reads, acts, and then acknowledges.
func (c *Consumer) deliver(w http.ResponseWriter, r *http.Request, body []byte) {
	received := schemas.Received{Header: r.Header, Body: body}
	if err := c.verify(received, c.secrets(r.URL.Path)); err != nil {
		refuse(w, http.StatusUnauthorized, "signature not accepted")
		return
	}
	text := bytes.TrimPrefix(body, []byte("\ufeff"))
	doc, err := schemas.Decode(text)
	if _, isObject := doc.(map[string]any); err != nil || !isObject {
		refuse(w, http.StatusBadRequest, "body is not a JSON object")
		return
	}
	m, err := c.cfg.Provider.Read(text)
	if err != nil {
		refuse(w, http.StatusBadRequest, "body is not a message")
		return
	}
	c.fromHeaders(&m, r.Header)
	if secrets, own := c.tenantSecrets(r.URL.Path, m.Tenant); own && c.verify(received, secrets) != nil {
		refuse(w, http.StatusUnauthorized, "signature not accepted")
		return
	}
	if c.failNext.CompareAndSwap(true, false) {
		refuse(w, http.StatusInternalServerError, "failed as told")
		return
	}
	c.act(w, m, doc)
}

// act does once what the message asks for.
func (c *Consumer) act(w http.ResponseWriter, m schemas.Message, doc any) {
	items, known := c.items(m, doc)
	if !known {
		reply(w, http.StatusAccepted, `{"ignored":true}`)
		return
	}
	items, ok := c.valid(m, items)
	if !ok {
		refuse(w, http.StatusUnprocessableEntity, "body breaks the schema")
		return
	}
	if err := c.ledger.record(items); err != nil {
		refuse(w, http.StatusInternalServerError, "not stored, try again")
		return
	}
	reply(w, http.StatusOK, `{"received":true}`)
}

// verify is the provider's own verification; an unsigned provider has none.
func (c *Consumer) verify(r schemas.Received, secrets []schemas.Secret) error {
	return c.cfg.Provider.Verify(r, secrets, c.cfg.Now())
}

// secrets are those that the path takes.
func (c *Consumer) secrets(path string) []schemas.Secret {
	secrets := c.cfg.Secrets[:len(c.cfg.Secrets):len(c.cfg.Secrets)]
	for _, e := range c.cfg.Endpoints {
		if e.Path == "" || e.Path == path {
			secrets = append(secrets, e.Secrets...)
		}
	}
	return secrets
}

// tenantSecrets are those of the endpoint that the tenant has to itself; own is false when it has none.
func (c *Consumer) tenantSecrets(path, tenant string) (secrets []schemas.Secret, own bool) {
	for _, e := range c.cfg.Endpoints {
		if e.Tenant != "" && e.Tenant == tenant && (e.Path == "" || e.Path == path) {
			secrets, own = append(secrets, e.Secrets...), true
		}
	}
	return secrets, own
}

func refuse(w http.ResponseWriter, status int, why string) {
	reply(w, status, `{"error":"`+why+`"}`)
}

// reply answers with a fixed text: nothing of the request is repeated, so nothing of it can do harm.
func reply(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body+"\n") // the peer may be gone
}
