package schemas_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"testing"
	"time"

	"github.com/hookrig/hookrig/schemas"
)

func BenchmarkBuiltin(b *testing.B) {
	for b.Loop() {
		if _, err := schemas.Builtin("sentsays"); err != nil {
			b.Fatal(err)
		}
	}
}

// The first message of a run: load, compile one event, validate, sign.
func BenchmarkFirstMessage(b *testing.B) {
	for b.Loop() {
		catalog := builtin(b, "watsi")
		body := catalog.Events()[0].Examples[0].Body
		if err := catalog.Validate(body); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	files := builtin(b, "sentsays").Files()
	for b.Loop() {
		if _, err := schemas.Load(files); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkValidate(b *testing.B) {
	for _, name := range []string{"watsi", "sentsays"} {
		b.Run(name, func(b *testing.B) {
			catalog := builtin(b, name)
			body := catalog.Event("message.received").Examples[0].Body
			if err := catalog.Validate(body); err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				if err := catalog.Validate(body); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// delivery is a message of 300 to 500 bytes with its endpoint and attempt.
func delivery(b *testing.B) (*schemas.Provider, schemas.Message, schemas.Endpoint, schemas.Attempt) {
	catalog := builtin(b, "watsi")
	m, err := catalog.Provider.Read(catalog.Event("message.received").Examples[0].Body)
	if err != nil {
		b.Fatal(err)
	}
	e := schemas.Endpoint{URL: "http://127.0.0.1:4000/webhooks/watsi", Secrets: []schemas.Secret{"watsi-test-secret"}}
	a := schemas.Attempt{Number: 1, At: time.Unix(1767600000, 0), DeliveryID: "0b5a3c5e-7a0e-4b1a-9f55-2f8d3f5f3f6e"}
	return catalog.Provider, m, e, a
}

func BenchmarkEnvelope(b *testing.B) {
	p, m, e, a := delivery(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Envelope(m, e, a); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSignerEnvelope(b *testing.B) {
	p, m, e, a := delivery(b)
	signer, err := p.Signer(e)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := signer.Envelope(m, a); err != nil {
			b.Fatal(err)
		}
	}
}

// What the hash alone costs: the bound of the benchmark below.
func BenchmarkHashAlone(b *testing.B) {
	_, m, e, _ := delivery(b)
	h := hmac.New(sha256.New, []byte(e.Secrets[0]))
	var sum []byte
	b.SetBytes(int64(len(m.Body)))
	for b.Loop() {
		h.Reset()
		_, _ = h.Write(m.Body)
		sum = h.Sum(sum[:0])
	}
}

func BenchmarkSignerAppendHeader(b *testing.B) {
	p, m, e, a := delivery(b)
	signer, err := p.Signer(e)
	if err != nil {
		b.Fatal(err)
	}
	var buffer []byte
	b.SetBytes(int64(len(m.Body)))
	b.ReportAllocs()
	for b.Loop() {
		if buffer, err = signer.AppendHeader(buffer[:0], m, a); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	p, m, e, a := delivery(b)
	env, err := p.Envelope(m, e, a)
	if err != nil {
		b.Fatal(err)
	}
	received := schemas.Received{Header: headerOf(env), Body: env.Body}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Open(received, e.Secrets, a.At); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	p, m, _, _ := delivery(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Read(m.Body); err != nil {
			b.Fatal(err)
		}
	}
}
