package mockprovider_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/hookrig/hookrig/mockprovider"
	"github.com/hookrig/hookrig/mockprovider/journal"
	"github.com/hookrig/hookrig/schemas"
)

// authority signs certificates.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func newAuthority(t testing.TB) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "an authority"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &authority{certificate, key}
}

// roots trust the authority alone.
func (a *authority) roots() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.certificate)
	return pool
}

// issue makes a server's certificate for loopback; change may make it a bad one. A nil authority lets it sign
// itself.
func (a *authority) issue(t testing.TB, change func(*x509.Certificate)) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "a consumer"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	if change != nil {
		change(template)
	}
	parent, signer := template, key
	if a != nil {
		parent, signer = a.certificate, a.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// newSecureConsumer is a consumer behind TLS.
func newSecureConsumer(t testing.TB, cfg *tls.Config) *consumer {
	t.Helper()
	c := &consumer{answer: always(http.StatusOK)}
	c.Server = httptest.NewUnstartedServer(http.HandlerFunc(c.receive))
	c.TLS, c.Config.ErrorLog = cfg, log.New(io.Discard, "", 0) // refused handshakes are what is tested
	c.StartTLS()
	t.Cleanup(c.Close)
	return c
}

// What cannot prove who it is gets nothing, and the attempt says why, each in words of its own.
func TestTLSOfConsumers(t *testing.T) {
	trusted, stranger := newAuthority(t), newAuthority(t)
	causes := map[string]string{}
	for _, test := range []struct {
		name string
		cfg  *tls.Config
		want string // part of the cause
	}{
		{"expired", &tls.Config{Certificates: []tls.Certificate{trusted.issue(t, func(c *x509.Certificate) {
			c.NotBefore, c.NotAfter = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2021, 1, 1, 0, 0, 0, 0, time.UTC)
		})}}, "valid from 2020-01-01 to 2021-01-01 only"},
		{"self-signed", &tls.Config{Certificates: []tls.Certificate{(*authority)(nil).issue(t, nil)}}, "signed by itself"},
		{"wrong host", &tls.Config{Certificates: []tls.Certificate{trusted.issue(t, func(c *x509.Certificate) {
			c.IPAddresses, c.DNSNames = nil, []string{"other.test"}
		})}}, "for another host"},
		{"old TLS", &tls.Config{Certificates: []tls.Certificate{trusted.issue(t, nil)}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, "no TLS of version 1.2"},
		{"unknown authority", &tls.Config{Certificates: []tls.Certificate{stranger.issue(t, nil)}}, "an authority that is not trusted"},
	} {
		t.Run(test.name, func(t *testing.T) {
			app := newSecureConsumer(t, test.cfg)
			mock := start(t, func(c *mockprovider.Config) {
				c.TLS, c.Retries = &tls.Config{RootCAs: trusted.roots()}, &schemas.Retries{}
			})
			subscribe(t, mock.Session, app.URL)
			accepted := trigger(t, mock.Session, "contact.created")
			d, _, attempts, err := mock.Delivery(t.Context(), accepted.Deliveries[0].Seq)
			if err != nil || len(attempts) != 1 {
				t.Fatalf("%d attempts, %v, want 1", len(attempts), err)
			}
			a := attempts[0]
			if d.Status != journal.Dead || a.Failure != "tls" || !strings.Contains(a.Cause, test.want) {
				t.Errorf("%s, failure %q, cause %q, want a refusal with %q", d.Status, a.Failure, a.Cause, test.want)
			}
			for other, cause := range causes {
				if cause == test.want {
					t.Errorf("the same words as for %s", other)
				}
			}
			causes[test.name] = test.want
			if n := len(app.all()); n != 0 {
				t.Errorf("it received %d requests", n)
			}
		})
	}
	if len(causes) != 5 {
		t.Errorf("%d causes, want 5", len(causes))
	}
}

// A certificate of an authority that one trusts is good, and whoever checks nothing takes any.
func TestTLSTrust(t *testing.T) {
	trusted := newAuthority(t)
	for _, test := range []struct {
		name string
		by   *authority
		cfg  *tls.Config
	}{
		{"own authority", trusted, &tls.Config{RootCAs: trusted.roots()}},
		{"unchecked", nil, &tls.Config{InsecureSkipVerify: true}}, //nolint:gosec // what is tested
	} {
		t.Run(test.name, func(t *testing.T) {
			app := newSecureConsumer(t, &tls.Config{Certificates: []tls.Certificate{test.by.issue(t, nil)}})
			mock := start(t, func(c *mockprovider.Config) { c.TLS = test.cfg })
			subscribe(t, mock.Session, app.URL)
			if d := trigger(t, mock.Session, "contact.created").Deliveries[0]; d.Status != journal.Delivered || len(app.all()) != 1 {
				t.Errorf("%s after %d attempts, want delivered", d.Status, d.Attempts)
			}
		})
	}
}
