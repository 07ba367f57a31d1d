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
	"sync/atomic"
	"time"

	"github.com/hookrig/hookrig/schemas"
)

// BotConfig says whom a Bot serves and how it answers.
type BotConfig struct {
	Config                            // whom it serves; the Journal is not used
	BaseURL string                    // of the provider's API. Required
	Key     string                    // for the provider's API. Default ""
	LookUp  func(ctx context.Context) // looks a customer up before an answer; it may take its time. Default: nothing
	Fixed   bool                      // without its three mistakes. Default false
}

// Bot is a chat bot that looks right: it verifies in constant time, answers 200 at once, works through a
// queue, knows what it has seen, and its own tests pass. Unless Fixed, it makes three mistakes that only
// somebody who plays the provider finds: it looks whether a message is new when it comes, and notes it down
// when it has been answered; it lets an older update overwrite a newer one; and it fails on a type that it
// has never seen. Safe for concurrent use.
type Bot struct {
	door
	cfg    BotConfig
	book   *book
	talks  chan job     // to be answered, some at once
	notes  chan job     // to be written down, one after the other
	todo   atomic.Int64 // jobs that wait or are worked on
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

// botQueue and botTalkers bound what waits and what is answered at once.
const (
	botQueue   = 4096
	botTalkers = 32
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
	if cfg.LookUp == nil {
		cfg.LookUp = func(context.Context) {}
	}
	ctx, stop := context.WithCancel(context.Background())
	b := &Bot{
		door: newDoor(inner), cfg: cfg, book: newBook(inner.Memory, cfg.Fixed), stop: stop,
		talks: make(chan job, botQueue), notes: make(chan job, botQueue),
		client: &http.Client{Timeout: 5 * time.Second},
	}
	for range botTalkers {
		b.work.Go(func() { b.workOn(ctx, b.talks) })
	}
	b.work.Go(func() { b.workOn(ctx, b.notes) })
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
		if !b.book.isNew(job.item.Identity) {
			continue
		}
		if !b.enqueue(job) {
			b.book.forget(job.item.Identity) // the next copy may try again
			w.Header().Set("Retry-After", "1")
			refuse(w, http.StatusServiceUnavailable, "too much to do")
			return
		}
	}
	reply(w, http.StatusOK, `{"received":true}`)
}

// enqueue reports false when too much waits already.
func (b *Bot) enqueue(j job) bool {
	queue := b.notes
	if j.call != nil {
		queue = b.talks
	}
	b.todo.Add(1)
	select {
	case queue <- j:
		return true
	default:
		b.todo.Add(-1)
		return false
	}
}

// Idle reports whether the bot has nothing left to do.
func (b *Bot) Idle(context.Context) (bool, error) { return b.todo.Load() == 0, nil }

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

func (b *Bot) workOn(ctx context.Context, queue <-chan job) {
	for {
		select {
		case <-ctx.Done():
			return
		case job := <-queue:
			b.do(ctx, job)
			b.todo.Add(-1)
		}
	}
}

// do answers, or writes down what needs no answer.
func (b *Bot) do(ctx context.Context, j job) {
	if j.call == nil {
		b.book.note(j.item)
		b.book.done(j.item.Identity)
		return
	}
	b.cfg.LookUp(ctx)
	for _, key := range j.keys {
		if err := b.say(ctx, j.call, key); err != nil {
			b.book.forget(j.item.Identity) // the next copy may try again
			return
		}
	}
	b.book.done(j.item.Identity)
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
