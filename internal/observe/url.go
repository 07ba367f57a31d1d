package observe

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// URLConfig says where to ask.
type URLConfig struct {
	Template string                                                               // http or https; {key} is the entity's key. Without it the address has one counter. Required
	Dial     func(ctx context.Context, network, address string) (net.Conn, error) // Default: net.Dialer. Callers give guard.Policy.DialContext
	TLS      *tls.Config                                                          // Default: the system's roots
	Timeout  time.Duration                                                        // of one question. Default 5s
}

// URL is an observer that asks an address. Safe for concurrent use.
type URL struct {
	template string
	client   *http.Client
}

// NewURL checks the template. The URL follows no redirects and uses no proxy.
func NewURL(cfg URLConfig) (*URL, error) {
	u, err := url.Parse(strings.ReplaceAll(cfg.Template, "{key}", "key"))
	if err != nil {
		return nil, fmt.Errorf("read observer %q: %w", cfg.Template, err)
	}
	if (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" || strings.Contains(hostPart(cfg.Template), "{key}") {
		return nil, fmt.Errorf("read observer %q: not an http or https URL with {key} after its host", cfg.Template)
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = 5 * time.Second
	}
	return &URL{
		template: cfg.Template,
		client: &http.Client{
			Timeout:       cfg.Timeout,
			Transport:     &http.Transport{DialContext: cfg.Dial, TLSClientConfig: cfg.TLS, MaxIdleConnsPerHost: 8, IdleConnTimeout: 10 * time.Second},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

// Effects asks for one key. A 404 is a key that was never acted on.
func (o *URL) Effects(ctx context.Context, key string) (count int, value json.RawMessage, err error) {
	address := strings.ReplaceAll(o.template, "{key}", escape(key))
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, nil, fmt.Errorf("ask observer: %w", err)
	}
	r.Header.Set("Accept", "application/json")
	answer, err := o.client.Do(r)
	if err != nil {
		return 0, nil, fmt.Errorf("ask observer: %w", err)
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(io.LimitReader(answer.Body, replyLimit+1))
	switch {
	case err != nil:
		return 0, nil, fmt.Errorf("ask observer %q: %w", address, err)
	case answer.StatusCode == http.StatusNotFound:
		return 0, nil, nil
	case answer.StatusCode/100 != 2:
		return 0, nil, fmt.Errorf("ask observer %q: status %d", address, answer.StatusCode)
	}
	if count, value, err = parseReply(data); err != nil {
		return 0, nil, fmt.Errorf("ask observer %q: %w", address, err)
	}
	return count, value, nil
}

// Total reports whether there is one counter for all keys.
func (o *URL) Total() bool { return !strings.Contains(o.template, "{key}") }

// hostPart is what stands between the scheme and the path of a URL.
func hostPart(address string) string {
	_, rest, _ := strings.Cut(address, "://")
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		return rest
	}
	return rest[:end]
}
