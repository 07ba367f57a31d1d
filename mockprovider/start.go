package mockprovider

import (
	"context"
	"net"
	"time"
)

// TB is what Start needs of a test; *testing.T, *testing.B and Ginkgo's GinkgoTB() have it.
type TB interface {
	Helper()
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
	Cleanup(func())
}

// Start serves a provider on loopback, on a free port, until the test ends.
func Start(tb TB, cfg Config) *Server {
	tb.Helper()
	s, err := New(cfg)
	if err != nil {
		tb.Fatalf("start mock provider: %v", err)
		return nil
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatalf("start mock provider: %v", err)
		return nil
	}
	s.URL = "http://" + l.Addr().String()
	served := make(chan error, 1)
	go func() { served <- s.Serve(context.Background(), l) }()
	tb.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := s.Close(ctx); err != nil {
			tb.Errorf("close mock provider: %v", err)
		}
		if err := <-served; err != nil {
			tb.Errorf("serve mock provider: %v", err)
		}
	})
	return s
}
