package delivery

import (
	"context"
	"net"
)

// dialer opens a connection, as wire.Client wants it.
type dialer func(ctx context.Context, network, address string) (net.Conn, error)

// resetting makes connections that break off by a reset once a header and so many bytes of a body have
// been written.
func resetting(dial dialer, bodyBytes int) dialer {
	if dial == nil {
		var plain net.Dialer
		dial = plain.DialContext
	}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &resetConn{Conn: conn, bodyBytes: bodyBytes}, nil
	}
}

// resetConn is a connection that resets itself in the middle of what is written to it.
type resetConn struct {
	net.Conn
	bodyBytes int // left of the body when it breaks
}

// Write writes all but the end of the first piece, then resets the connection.
func (c *resetConn) Write(p []byte) (int, error) {
	n, _ := c.Conn.Write(p[:max(0, len(p)-c.bodyBytes)]) // whatever is written, the connection ends here
	if tcp, ok := c.Conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	c.Conn.Close()
	return n, net.ErrClosed
}
