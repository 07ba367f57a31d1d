package main

import (
	"context"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/hookrig/hookrig/internal/observe"
	"github.com/hookrig/hookrig/schemas"
)

// apiServer is the provider's own API on this machine: it counts what a consumer does there, and hears
// which URL it registers.
type apiServer struct {
	api        *observe.API
	url        string
	server     *http.Server
	registered chan observe.Registration
}

// serveAPI serves the API at that port; 0 takes any.
func serveAPI(e *env, p *schemas.Provider, port int) (*apiServer, error) {
	s := &apiServer{registered: make(chan observe.Registration, 1)}
	var err error
	s.api, err = observe.NewAPI(observe.APIConfig{Provider: p, Accept: s.hear})
	if err != nil {
		return nil, misused("%s has no API that could be served: %w", p.Name, err).hint("see effects with --observe URL or --observe-cmd instead")
	}
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return nil, unable("serve the API of %s on port %d: %s", p.Name, port, netReason(err)).hint("--observe api:PORT takes another")
	}
	s.url = "http://" + listener.Addr().String()
	s.server = &http.Server{Handler: s.api, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second,
		WriteTimeout: 30 * time.Second, IdleTimeout: 60 * time.Second, MaxHeaderBytes: 64 << 10}
	go func() { _ = s.server.Serve(listener) }() // until close
	e.say("the API of %s is served at %s: point the consumer at it", p.Name, s.url)
	return s, nil
}

// hear passes the first registration on.
func (s *apiServer) hear(_ context.Context, call *observe.Accepted) error {
	if call.Registration != nil {
		select {
		case s.registered <- *call.Registration:
		default: // one is under test already
		}
	}
	return nil
}

// await waits for a consumer to register its URL, or for stop to say why none will.
func (s *apiServer) await(ctx context.Context, limit time.Duration, stop <-chan error) (observe.Registration, error) {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case registration := <-s.registered:
		return registration, nil
	case err := <-stop:
		return observe.Registration{}, err
	case <-timer.C:
		return observe.Registration{}, unable("no consumer registered a URL at %s within %s", s.url, limit)
	case <-ctx.Done():
		return observe.Registration{}, ctx.Err()
	}
}

func (s *apiServer) close() {
	_ = s.server.Close() // nothing can be done about it
}
