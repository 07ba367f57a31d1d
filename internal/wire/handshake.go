package wire

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"
)

// handshakeError says why TLS with the host failed, in words that tell one cause from another.
func handshakeError(host string, err error) error {
	if why := handshakeCause(err); why != "" {
		return fmt.Errorf("shake hands with %q: %s: %w", host, why, err)
	}
	return fmt.Errorf("shake hands with %q: %w", host, err)
}

// handshakeCause is what is wrong with the peer's certificate or its TLS, "" where the error says it well.
func handshakeCause(err error) string {
	var invalid x509.CertificateInvalidError
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return fmt.Sprintf("its certificate is valid from %s to %s only", day(invalid.Cert.NotBefore), day(invalid.Cert.NotAfter))
	case errors.As(err, &unknown) && unknown.Cert != nil && bytes.Equal(unknown.Cert.RawIssuer, unknown.Cert.RawSubject):
		return "its certificate is signed by itself (--cacert FILE trusts it)"
	case errors.As(err, &unknown):
		return "its certificate is signed by an authority that is not trusted (--cacert FILE trusts one)"
	case errors.As(err, &host):
		return "its certificate is for another host"
	case strings.Contains(err.Error(), "protocol version"): // an alert of the peer's, or what it chose; neither has a type
		return "it speaks no TLS of version 1.2 or later"
	}
	return ""
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }
