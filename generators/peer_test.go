package generators_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/brianvoe/gofakeit/v7"

	"github.com/hookrig/hookrig/generators"
	"github.com/hookrig/hookrig/schemas"
)

// The peer: what a Go developer writes who wants random webhooks today. The same six events of Watsi
// as structs, filled by gofakeit from struct tags and marshalled by encoding/json.
type (
	peerEnvelope[T any] struct {
		ID          string `json:"id" fake:"{regex:evt_01[0-9A-HJKMNP-TV-Z]{24}}"`
		Type        string `json:"type"`
		CreatedAt   string `json:"created_at" fake:"{date:2006-01-02T15:04:05.000Z}"`
		WorkspaceID string `json:"workspace_id" fake:"{uuid}"`
		Data        T      `json:"data"`
	}
	peerReceived struct {
		From           string `json:"from" fake:"{phone}"`
		Body           string `json:"body" fake:"{sentence:6}"`
		MessageID      string `json:"messageId" fake:"{regex:wamid\\.HBgL[0-9A-Za-z]{56}}"`
		ConversationID string `json:"conversationId" fake:"{regex:chat_[0-9]{12}}"`
		Channel        string `json:"channel" fake:"{randomstring:[whatsapp]}"`
	}
	peerStatus struct {
		MessageID   string `json:"messageId" fake:"{regex:wamid\\.HBgL[0-9A-Za-z]{56}}"`
		Status      string `json:"status" fake:"{randomstring:[sent,delivered,read,failed]}"`
		RecipientID string `json:"recipientId" fake:"{phone}"`
		Timestamp   string `json:"timestamp" fake:"{regex:17[0-9]{8}}"`
	}
	peerOpened struct {
		ConversationID string `json:"conversationId" fake:"{regex:chat_[0-9]{12}}"`
		ContactID      string `json:"contactId" fake:"{regex:contact_[0-9]{12}}"`
		Status         string `json:"status" fake:"{randomstring:[active,closed]}"`
		Channel        string `json:"channel" fake:"{randomstring:[whatsapp]}"`
	}
	peerChanged struct {
		ConversationID string `json:"conversationId" fake:"{regex:chat_[0-9]{12}}"`
		Status         string `json:"status" fake:"{randomstring:[active,closed]}"`
		AssignedUserID string `json:"assignedUserId" fake:"{regex:user_[0-9]{6}}"`
		WatsiEnabled   bool   `json:"watsiEnabled"`
	}
	peerContact struct {
		ContactID string `json:"contactId" fake:"{regex:contact_[0-9]{12}}"`
		Phone     string `json:"phone" fake:"+{phone}"`
		Name      string `json:"name" fake:"{name}"`
	}
	peerProfile struct {
		ContactID string `json:"contactId" fake:"{regex:contact_[0-9]{12}}"`
		Name      string `json:"name" fake:"{name}"`
		Email     string `json:"email" fake:"{email}"`
	}
)

// peerMessages makes one of the six messages.
func peerMessages(b *testing.B, f *gofakeit.Faker, n int) []byte {
	var into any
	switch n % 6 {
	case 0:
		into = &peerEnvelope[peerReceived]{Type: "message.received"}
	case 1:
		into = &peerEnvelope[peerStatus]{Type: "message.status"}
	case 2:
		into = &peerEnvelope[peerOpened]{Type: "conversation.created"}
	case 3:
		into = &peerEnvelope[peerChanged]{Type: "conversation.updated"}
	case 4:
		into = &peerEnvelope[peerContact]{Type: "contact.created"}
	default:
		into = &peerEnvelope[peerProfile]{Type: "contact.updated"}
	}
	if err := f.Struct(into); err != nil {
		b.Fatal(err)
	}
	body, err := json.Marshal(into)
	if err != nil {
		b.Fatal(err)
	}
	return body
}

// BenchmarkPeerGofakeit is the peer that BenchmarkAppend is measured against, in the same run.
func BenchmarkPeerGofakeit(b *testing.B) {
	b.ReportAllocs()
	f := gofakeit.NewFaker(rand.NewPCG(1, 1), false)
	n := 0
	for b.Loop() {
		b.SetBytes(int64(len(peerMessages(b, f, n))))
		n++
	}
}

// BenchmarkAppend makes the six events of the peer in turn, from their schemas.
func BenchmarkAppend(b *testing.B) {
	for _, name := range []string{"watsi", "sentsays"} {
		b.Run(name, func(b *testing.B) {
			c, g := benched(b, name)
			events := c.Events()
			b.ReportAllocs()
			body := make([]byte, 0, 1<<16)
			life := uint64(0)
			for b.Loop() {
				body, _ = g.Append(body[:0], events[life%uint64(len(events))].Name, generators.Coordinate{Life: life})
				b.SetBytes(int64(len(body)))
				life++
			}
		})
	}
}

// BenchmarkStream walks the default journeys.
func BenchmarkStream(b *testing.B) {
	for _, name := range []string{"watsi", "sentsays"} {
		b.Run(name, func(b *testing.B) {
			_, g := benched(b, name)
			s, err := g.Stream(generators.StreamConfig{})
			if err != nil {
				b.Fatal(err)
			}
			body := make([]byte, 0, 1<<16)
			for range 20_000 {
				body, _, _ = s.Next(body[:0])
			}
			b.ReportAllocs()
			for b.Loop() {
				body, _, _ = s.Next(body[:0])
				b.SetBytes(int64(len(body)))
			}
		})
	}
}

// BenchmarkMillionContacts tells what a stream over a million contacts holds in memory, all of them begun.
func BenchmarkMillionContacts(b *testing.B) {
	var held uint64
	for b.Loop() {
		held = heldByLives(b, 1_000_000)
	}
	b.ReportMetric(float64(held)/(1<<20), "MiB")
}

// BenchmarkSigned makes and signs a message: body and header lines, ready to be written.
func BenchmarkSigned(b *testing.B) {
	c, g := benched(b, "watsi")
	signer, err := c.Provider.Signer(schemas.Endpoint{URL: "http://127.0.0.1:4000/webhooks/watsi", Secrets: []schemas.Secret{"watsi-test-secret"}})
	if err != nil {
		b.Fatal(err)
	}
	events := c.Events()
	b.ReportAllocs()
	body, header := make([]byte, 0, 1<<16), make([]byte, 0, 1<<12)
	at := time.Unix(1767600000, 0)
	life := uint64(0)
	for b.Loop() {
		event := events[life%uint64(len(events))].Name
		body, _ = g.Append(body[:0], event, generators.Coordinate{Life: life})
		header, err = signer.AppendHeader(header[:0], schemas.Message{Event: event, Body: body}, schemas.Attempt{Number: 1, At: at, DeliveryID: "5f1c7e1e"})
		if err != nil {
			b.Fatal(err)
		}
		life++
	}
}

// BenchmarkPeerHMAC is what of BenchmarkSigned the hash alone takes: the same bodies, made before, and one
// HMAC that is kept and reset.
func BenchmarkPeerHMAC(b *testing.B) {
	c, g := benched(b, "watsi")
	events := c.Events()
	bodies := make([][]byte, 6*len(events))
	for i := range bodies {
		bodies[i], _ = g.Append(nil, events[i%len(events)].Name, generators.Coordinate{Life: uint64(i)})
	}
	mac := hmac.New(sha256.New, []byte("watsi-test-secret"))
	sum := make([]byte, 0, sha256.Size)
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		mac.Reset()
		_, _ = mac.Write(bodies[n%len(bodies)])
		sum = mac.Sum(sum[:0])
		n++
	}
}

// BenchmarkNew compiles a provider; BenchmarkStreamStart its journeys.
func BenchmarkNew(b *testing.B) {
	for _, name := range []string{"watsi", "sentsays"} {
		b.Run(name, func(b *testing.B) {
			c, _ := benched(b, name)
			for b.Loop() {
				if _, err := generators.New(c, generators.Config{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkStreamStart(b *testing.B) {
	for _, name := range []string{"watsi", "sentsays"} {
		b.Run(name, func(b *testing.B) {
			c, _ := benched(b, name)
			for b.Loop() {
				g, err := generators.New(c, generators.Config{})
				if err != nil {
					b.Fatal(err)
				}
				if _, err := g.Stream(generators.StreamConfig{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func benched(b *testing.B, name string) (*schemas.Catalog, *generators.Generator) {
	b.Helper()
	c, err := schemas.Builtin(name)
	if err != nil {
		b.Fatal(err)
	}
	g, err := generators.New(c, generators.Config{})
	if err != nil {
		b.Fatal(err)
	}
	return c, g
}
