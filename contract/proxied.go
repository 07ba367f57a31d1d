package contract

import (
	"io"
	"net/http"
	"net/url"

	"github.com/hookrig/hookrig/internal/wire"
)

// proxyBody is the largest body that a proxy passes on, in bytes.
const proxyBody = 64 << 20

// proxied is a request as it is passed on to the consumer that it was meant for.
func proxied(p *plan, r *http.Request) (wire.Request, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, proxyBody))
	if err != nil {
		return wire.Request{}, err
	}
	target, err := url.Parse(p.cfg.Endpoints[0].URL)
	if err != nil {
		return wire.Request{}, err
	}
	for _, e := range p.cfg.Endpoints { // endpoints of one host share the proxy
		if u, err := url.Parse(e.URL); err == nil && u.RequestURI() == r.URL.RequestURI() {
			target = u
		}
	}
	request := wire.Request{URL: target.String(), Method: r.Method, Target: r.URL.RequestURI(), Body: body, Chunked: len(r.TransferEncoding) > 0}
	for name, values := range r.Header {
		if name == "Connection" || name == "Expect" {
			continue
		}
		for _, value := range values {
			request.Headers = append(request.Headers, [2]string{name, value})
		}
	}
	return request, nil
}
