package consumer

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/hookrig/hookrig/schemas"
)

// BotConfig says whom a Bot serves and how it answers.
type BotConfig struct {
	Config                // whom it serves; the Journal is not used
	BaseURL string        // of the provider's API. Required
	Key     string        // for the provider's API. Default ""
	Lookup  time.Duration // what looking a customer up takes. Default 5ms
	Fixed   bool          // without its three mistakes. Default false
}

// Bot is a chat bot that looks right: it verifies in constant time, answers 200 at once, works through a
// queue, knows what it has seen, and its own tests pass. Unless Fixed, it makes three mistakes that only
// somebody who plays the provider finds: it looks whether a message is new long before it notes it down,
// it lets an older update overwrite a newer one, and it fails on a type that it has never seen. Safe for
// concurrent use.
type Bot struct {
	door
	cfg    BotConfig
	book   *book
	queue  chan job
	stop   context.CancelFunc
	work   sync.WaitGroup
	client *http.Client
}

// job is one thing to do: answer, where there are keys to answer to, and remember.
type job struct {
	item item
	call *schemas.Call // nil when there is nothing to answer
	keys []string
}

// botQueue and botWorkers bound what waits and what is worked on.
const (
	botQueue   = 4096
	botWorkers = 8
)

// NewBot starts the workers. The caller closes.
func NewBot(cfg BotConfig) (*Bot, error) {
	inner, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	if inner.Provider.API == nil || len(inner.Provider.API.Effects) == 0 || cfg.BaseURL == "" {
		return nil, errors.New("make bot: it needs an API to answer through")
	}
	if cfg.Lookup <= 0 {
		cfg.Lookup = 5 * time.Millisecond
	}
	ctx, stop := context.WithCancel(context.Background())
	b := &Bot{
		door: newDoor(inner), cfg: cfg, book: newBook(inner.Memory, cfg.Fixed), queue: make(chan job, botQueue), stop: stop,
		client: &http.Client{Timeout: 5 * time.Second},
	}
	for range botWorkers {
		b.work.Go(func() { b.workOn(ctx) })
	}
	return b, nil
}

// Close ends the workers; what waits in the queue is dropped.
func (b *Bot) Close() {
	b.stop()
	b.work.Wait()
	b.client.CloseIdleConnections()
}

// Effects returns how often the bot has noted something down about the key, and what it knows. Its answers
// are counted where they arrive, at the provider's API.
func (b *Bot) Effects(_ context.Context, key string) (count int, value json.RawMessage, err error) {
	count, value = b.book.look(key)
	return count, value, nil
}

// ServeHTTP verifies, queues, and answers at once.
func (b *Bot) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m, doc, ok := b.open(w, r)
	if !ok {
		return
	}
	items, known := b.items(m, doc)
	items, ok = b.valid(m, doc, items)
	switch {
	case !ok:
		refuse(w, http.StatusUnprocessableEntity, "body breaks the schema")
		return
	case !known && b.cfg.Fixed:
		reply(w, http.StatusAccepted, `{"ignored":true}`)
		return
	case !known:
		refuse(w, http.StatusInternalServerError, "no handler for this type") // the third mistake
		return
	}
	for _, job := range b.jobs(m, items) {
		select {
		case b.queue <- job:
		default:
			w.Header().Set("Retry-After", "1")
			refuse(w, http.StatusServiceUnavailable, "too much to do")
			return
		}
	}
	reply(w, http.StatusOK, `{"received":true}`)
}

// jobs says what the message asks for: an answer where the provider's API has a call for it.
func (b *Bot) jobs(m schemas.Message, items []item) []job {
	jobs := make([]job, len(items))
	for i, it := range items {
		jobs[i].item = it
		for c := range b.door.cfg.Provider.API.Effects {
			call := &b.door.cfg.Provider.API.Effects[c]
			keys := call.MessageKeys(m)
			switch {
			case len(keys) == len(items):
				jobs[i].call, jobs[i].keys = call, keys[i:i+1]
			case len(keys) > 0 && i == 0:
				jobs[i].call, jobs[i].keys = call, keys
			}
			if jobs[i].call != nil {
				break // one answer is enough
			}
		}
	}
	return jobs
}

func (b *Bot) workOn(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case job := <-b.queue:
			b.do(ctx, job)
		}
	}
}

// do works on one item, unless it was worked on before.
func (b *Bot) do(ctx context.Context, j job) {
	if !b.book.isNew(j.item.Identity) {
		return
	}
	b.lookUp(ctx)
	for _, key := range j.keys {
		if err := b.say(ctx, j.call, key); err != nil {
			b.book.forget(j.item.Identity) // the next copy may try again
			return
		}
	}
	if j.call == nil {
		b.book.note(j.item)
	}
	b.book.done(j.item.Identity)
}

// lookUp is the customer database: it takes its time.
func (b *Bot) lookUp(ctx context.Context) {
	timer := time.NewTimer(b.cfg.Lookup)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// say answers through the provider's API.
func (b *Bot) say(ctx context.Context, call *schemas.Call, key string) error {
	var request any = map[string]any{}
	request = put(request, call.Key.Segments(), key)
	if call.Value != "" {
		request = put(request, call.Value.Segments(), "Thank you for your message. We are on it.")
	}
	body, err := json.Marshal(request)
	if err != nil {
		return fmt.Errorf("answer: %w", err)
	}
	r, err := http.NewRequestWithContext(ctx, call.Method, strings.TrimSuffix(b.cfg.BaseURL, "/")+call.Path, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("answer: %w", err)
	}
	r.Header.Set("Content-Type", "application/json")
	if template := b.door.cfg.Provider.API.Authorization; template != "" {
		r.Header.Set("Authorization", expand(template, map[string]string{"key": b.cfg.Key}))
	}
	answer, err := b.client.Do(r)
	if err != nil {
		return fmt.Errorf("answer: %w", err)
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 64<<10))
	if answer.StatusCode/100 != 2 {
		return fmt.Errorf("answer: status %d", answer.StatusCode)
	}
	return nil
}
