package schemas_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/hookrig/hookrig/schemas"
)

// drawProvider makes any signing scheme that the description can express.
func drawProvider(t *rapid.T) *schemas.Provider {
	s := &schemas.Signing{
		Algorithm: rapid.SampledFrom([]string{"hmac-sha256", "hmac-sha1", "hmac-sha512", "ed25519"}).Draw(t, "algorithm"),
		Encoding:  rapid.SampledFrom([]string{"hex", "base64"}).Draw(t, "encoding"),
		Signs:     rapid.SampledFrom([]string{"{body}", "{timestamp}.{body}", "{id}.{timestamp}.{body}", "v0:{timestamp}:{body}"}).Draw(t, "signs"),
		Item:      rapid.SampledFrom([]string{"{signature}", "sha256={signature}", "v1,{signature}", "<{signature}>"}).Draw(t, "item"),
		Separator: rapid.SampledFrom([]string{"", " ", ";"}).Draw(t, "separator"),
	}
	s.Secret = schemas.SecretFormat{Prefix: rapid.SampledFrom([]string{"", "key_"}).Draw(t, "prefix"), Encoding: "base64"}
	if strings.Contains(s.Signs, "{timestamp}") {
		s.ToleranceSeconds = rapid.IntRange(0, 600).Draw(t, "tolerance")
	}
	return &schemas.Provider{Name: "drawn", Signing: s, Headers: schemas.Headers{
		{"A-Id", "{id}"}, {"A-Time", "at {timestamp}"}, {"A-Signature", "{signatures}"},
	}}
}

// drawSecret makes a secret of 32 bytes.
func drawSecret(t *rapid.T, p *schemas.Provider, name string) schemas.Secret {
	digits := rapid.StringMatching(`[A-Za-z0-9]{42}A=`).Draw(t, name)
	return schemas.Secret(p.Signing.Secret.Prefix + digits)
}

func TestWhatIsSignedOpensAndNothingElse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawProvider(t)
		secrets := []schemas.Secret{drawSecret(t, p, "first"), drawSecret(t, p, "second")}
		body := rapid.SliceOf(rapid.Byte()).Draw(t, "body")
		m := schemas.Message{ID: rapid.StringMatching(`[ -~]{0,20}`).Draw(t, "id"), Body: body}
		m.ID = strings.TrimSpace(m.ID)
		env, err := p.Envelope(m, schemas.Endpoint{URL: "http://a/", Secrets: secrets}, schemas.Attempt{At: noon})
		if err != nil {
			t.Fatal(err)
		}
		received := schemas.Received{Header: headerOf(env), Body: body}
		if err := p.Verify(received, secrets[:1], noon); err != nil {
			t.Fatalf("Verify = %v", err)
		}
		if err := p.Verify(received, secrets[1:], noon); (err == nil) != (p.Signing.Separator != "" || secrets[0] == secrets[1]) {
			t.Fatalf("Verify with the second secret = %v", err)
		}
		tolerance := time.Duration(p.Signing.ToleranceSeconds) * time.Second
		for _, edge := range []struct {
			at   time.Duration
			want error
		}{{tolerance, nil}, {-tolerance, nil}, {tolerance + time.Second, schemas.ErrStale}, {-tolerance - time.Second, schemas.ErrFuture}} {
			want := edge.want
			if tolerance == 0 {
				want = nil
			}
			if err := p.Verify(received, secrets, noon.Add(edge.at)); !errors.Is(err, want) || want == nil && err != nil {
				t.Fatalf("Verify %v later = %v, want %v", edge.at, err, want)
			}
		}
		if len(body) > 0 {
			flipped := append([]byte(nil), body...)
			flipped[rapid.IntRange(0, len(body)-1).Draw(t, "byte")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
			if err := p.Verify(schemas.Received{Header: received.Header, Body: flipped}, secrets, noon); !errors.Is(err, schemas.ErrSignature) {
				t.Fatalf("Verify(one bit flipped) = %v, want ErrSignature", err)
			}
		}
		stranger := []schemas.Secret{drawSecret(t, p, "stranger")}
		if err := p.Verify(received, stranger, noon); err == nil && stranger[0] != secrets[0] && stranger[0] != secrets[1] {
			t.Fatal("a stranger's secret verifies")
		}
	})
}

func TestSignerIsTheSameFromManyGoroutines(t *testing.T) {
	p, secrets := builtin(t, "watsi").Provider, []schemas.Secret{"s"}
	signer, err := p.Signer(schemas.Endpoint{URL: "http://a/", Secrets: secrets})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	for range 8 {
		go func() {
			for i := range 200 {
				body := []byte(strings.Repeat("x", i))
				env, err := signer.Envelope(schemas.Message{ID: "1", Body: body}, schemas.Attempt{At: noon})
				if err == nil {
					err = p.Verify(schemas.Received{Header: headerOf(env), Body: body}, secrets, noon)
				}
				if err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
	}
	for range 8 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}
