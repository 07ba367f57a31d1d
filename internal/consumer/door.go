package consumer

import (
	"bytes"
	"errors"
	"io"
	"net/http"
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

// withDefaults fills in what is not given.
func (cfg Config) withDefaults() (Config, error) {
	if cfg.Provider == nil && cfg.Catalog != nil {
		cfg.Provider = cfg.Catalog.Provider
	}
	if cfg.Provider == nil {
		return cfg, errors.New("make consumer: it needs a provider")
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
	return cfg, nil
}

// door is where deliveries come in: it lets through what the provider sent, and answers all else itself.
type door struct {
	cfg   Config
	novel map[string]novelties // by event
	times versions
}

func newDoor(cfg Config) door {
	return door{cfg: cfg, novel: noveltiesOf(cfg.Catalog), times: versionsOf(cfg.Catalog)}
}

// open reads and verifies a request. When it is no delivery of the provider, it has been answered and ok
// is false.
func (d *door) open(w http.ResponseWriter, r *http.Request) (m schemas.Message, doc any, ok bool) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, d.cfg.MaxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		refuse(w, http.StatusRequestEntityTooLarge, "body too large")
		return m, nil, false
	case err != nil:
		refuse(w, http.StatusBadRequest, "body cut short")
		return m, nil, false
	}
	if d.shakeHands(w, r, body) {
		return m, nil, false
	}
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		refuse(w, http.StatusMethodNotAllowed, "only POST")
		return m, nil, false
	}
	if coding := r.Header.Get("Content-Encoding"); coding != "" && coding != "identity" {
		refuse(w, http.StatusUnsupportedMediaType, "content encoding not supported")
		return m, nil, false
	}
	return d.read(w, r, body)
}

// read verifies the bytes as they came, and only then looks into them.
func (d *door) read(w http.ResponseWriter, r *http.Request, body []byte) (m schemas.Message, doc any, ok bool) {
	received := schemas.Received{Header: r.Header, Body: body}
	if err := d.verify(received, d.secrets(r.URL.Path)); err != nil {
		refuse(w, http.StatusUnauthorized, "signature not accepted")
		return m, nil, false
	}
	text := bytes.TrimPrefix(body, []byte("\ufeff"))
	doc, err := schemas.Decode(text)
	if err == nil {
		m, err = d.cfg.Provider.Receive(schemas.Received{Header: r.Header, Body: text})
	}
	if _, isObject := doc.(map[string]any); err != nil || !isObject {
		refuse(w, http.StatusBadRequest, "body is not a JSON object")
		return m, nil, false
	}
	if secrets, own := d.tenantSecrets(r.URL.Path, m.Tenant); own && d.verify(received, secrets) != nil {
		refuse(w, http.StatusUnauthorized, "signature not accepted")
		return m, nil, false
	}
	return m, doc, true
}

// verify is the provider's own verification; an unsigned provider has none.
func (d *door) verify(r schemas.Received, secrets []schemas.Secret) error {
	return d.cfg.Provider.Verify(r, secrets, d.cfg.Now())
}

// secrets are those that the path takes.
func (d *door) secrets(path string) []schemas.Secret {
	secrets := d.cfg.Secrets[:len(d.cfg.Secrets):len(d.cfg.Secrets)]
	for _, e := range d.cfg.Endpoints {
		if e.Path == "" || e.Path == path {
			secrets = append(secrets, e.Secrets...)
		}
	}
	return secrets
}

// tenantSecrets are those of the endpoint that the tenant has to itself; own is false when it has none.
func (d *door) tenantSecrets(path, tenant string) (secrets []schemas.Secret, own bool) {
	for _, e := range d.cfg.Endpoints {
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
