package consumer_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hookrig/hookrig/internal/consumer"
	"github.com/hookrig/hookrig/schemas"
)

// talker is acme with chats, which are answered, and customers, which are remembered.
func talker() *schemas.Provider {
	p := acme()
	p.Entity = map[string][]schemas.Pointer{"said": {"/message"}, "customer": {"/customer"}}
	p.API = &schemas.API{
		Authorization: "Bearer {key}",
		Effects: []schemas.Call{{
			Name: "reply", Method: "POST", Path: "/v1/replies", Key: "/chat", Value: "/text", Answers: map[string]schemas.Pointer{"said": "/chat"},
		}},
	}
	return p
}

// desk is the provider's API: it counts answers and tells of each.
type desk struct {
	mu      sync.Mutex // guards answers
	answers map[string]int
	came    chan string
}

func (d *desk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var call struct{ Chat, Text string }
	text, _ := io.ReadAll(r.Body)
	if json.Unmarshal(text, &call) != nil || r.Header.Get("Authorization") != "Bearer k" || r.URL.Path != "/v1/replies" || call.Text == "" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	d.mu.Lock()
	d.answers[call.Chat]++
	d.mu.Unlock()
	d.came <- call.Chat
}

func startBot(t *testing.T, fixed bool, lookUp func(context.Context)) (*consumer.Bot, *desk) {
	t.Helper()
	d := &desk{answers: map[string]int{}, came: make(chan string, 100)}
	api := httptest.NewServer(d)
	t.Cleanup(api.Close)
	b, err := consumer.NewBot(consumer.BotConfig{
		Config:  consumer.Config{Provider: talker(), Secrets: []schemas.Secret{"right"}, Now: func() time.Time { return now }},
		BaseURL: api.URL, Key: "k", LookUp: lookUp, Fixed: fixed,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b, d
}

func said(id, chat string) string {
	return `{"type":"said","id":"` + id + `","message":"m` + id + `","chat":"` + chat + `"}`
}

func customer(id, at, name string) string {
	return `{"type":"customer","id":"` + id + `","at":"` + at + `","customer":"c1","name":"` + name + `"}`
}

// knows waits until the bot has noted so much about the customer, and returns what.
func knows(t *testing.T, b *consumer.Bot, times int) string {
	t.Helper()
	for {
		count, value, err := b.Effects(t.Context(), "c1")
		if count >= times || err != nil {
			return string(value)
		}
		select {
		case <-t.Context().Done():
			t.Fatal("the bot does not note the customer down")
		case <-time.After(time.Millisecond):
		}
	}
}

// idle waits until the bot has nothing left to do.
func idle(t *testing.T, b *consumer.Bot) {
	t.Helper()
	for {
		if done, _ := b.Idle(t.Context()); done {
			return
		}
		select {
		case <-t.Context().Done():
			t.Fatal("the bot is not done")
		case <-time.After(time.Millisecond):
		}
	}
}

// TestBot is the bot's own test, as its author would write it. It passes with and without the mistakes.
func TestBot(t *testing.T) {
	for _, fixed := range []bool{false, true} {
		b, d := startBot(t, fixed, nil)
		if got := send(t, b, talker(), "wrong", said("1", "chat1"), nil); got != 401 {
			t.Errorf("wrong signature: %d, want 401", got)
		}
		if got := send(t, b, talker(), "right", said("1", "chat1"), nil); got != 200 {
			t.Errorf("message: %d, want 200", got)
		}
		if chat := <-d.came; chat != "chat1" {
			t.Errorf("answered %q, want chat1", chat)
		}
		send(t, b, talker(), "right", customer("2", "2026-01-05T08:00:00Z", "Ana"), nil)
		if known := knows(t, b, 1); !strings.Contains(known, "Ana") {
			t.Errorf("knows %s, want Ana", known)
		}
		idle(t, b)
		if got := send(t, b, talker(), "right", said("1", "chat1"), nil); got != 200 {
			t.Errorf("the same message later: %d, want 200", got)
		}
		send(t, b, talker(), "right", said("3", "chat3"), nil)
		if chat := <-d.came; chat != "chat3" {
			t.Errorf("answered %q, want chat3 alone: chat1 was answered before", chat)
		}
		send(t, b, talker(), "right", customer("4", "2026-01-05T08:00:09Z", "Ana María"), nil)
		if known := knows(t, b, 2); !strings.Contains(known, "María") {
			t.Errorf("knows %s, want Ana María", known)
		}
	}
}

// TestBotMistakes: what the bot's own test does not see is there, and gone when it is fixed.
func TestBotMistakes(t *testing.T) {
	for _, tt := range []struct {
		fixed   bool
		answers int
		name    string
		unknown int
	}{
		{false, 2, "Ana", 500},
		{true, 1, "María", 202},
	} {
		found := make(chan struct{})
		b, d := startBot(t, tt.fixed, func(ctx context.Context) {
			select {
			case <-found:
			case <-ctx.Done():
			}
		})
		send(t, b, talker(), "right", said("1", "chat1"), nil)
		send(t, b, talker(), "right", said("1", "chat1"), nil) // while the customer is looked up
		close(found)
		for range tt.answers {
			<-d.came
		}
		send(t, b, talker(), "right", customer("3", "2026-01-05T08:00:09Z", "María"), nil)
		knows(t, b, 1)
		send(t, b, talker(), "right", customer("2", "2026-01-05T08:00:00Z", "Ana"), nil)
		if known := knows(t, b, 2); !strings.Contains(known, tt.name) {
			t.Errorf("fixed %v: knows %s, want %s", tt.fixed, known, tt.name)
		}
		d.mu.Lock()
		if n := d.answers["chat1"]; n != tt.answers {
			t.Errorf("fixed %v: %d answers to two copies, want %d", tt.fixed, n, tt.answers)
		}
		d.mu.Unlock()
		if got := send(t, b, talker(), "right", `{"type":"called","id":"9"}`, nil); got != tt.unknown {
			t.Errorf("fixed %v: a type of tomorrow: %d, want %d", tt.fixed, got, tt.unknown)
		}
	}
}

func TestNewBotNeedsAnAPI(t *testing.T) {
	if _, err := consumer.NewBot(consumer.BotConfig{Config: consumer.Config{Provider: acme()}, BaseURL: "http://127.0.0.1"}); err == nil {
		t.Error("NewBot without an API = nil, want an error")
	}
}
