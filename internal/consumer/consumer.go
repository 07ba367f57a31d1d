package consumer

import (
	"context"
	"encoding/json"
	"net/http"
	"sync/atomic"

	"github.com/hookrig/hookrig/schemas"
)

// Consumer acts once on every message of one provider. Safe for concurrent use.
type Consumer struct {
	door
	ledger   *ledger
	failNext atomic.Bool
}

// New reads the journal, where there is one. The caller closes.
func New(cfg Config) (*Consumer, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	ledger, err := openLedger(cfg.Journal, cfg.Memory)
	if err != nil {
		return nil, err
	}
	return &Consumer{door: newDoor(cfg), ledger: ledger}, nil
}

// Close closes the journal.
func (c *Consumer) Close() error { return c.ledger.close() }

// Effects returns how often the consumer has acted on the key, and the newest message about it. The empty
// key counts everything.
func (c *Consumer) Effects(_ context.Context, key string) (count int, value json.RawMessage, err error) {
	count, value = c.ledger.read(key)
	return count, value, nil
}

// FailNext makes the next delivery fail with 500 before anything is done.
func (c *Consumer) FailNext() { c.failNext.Store(true) }

// ServeHTTP takes one delivery, or the provider's handshake.
func (c *Consumer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m, doc, ok := c.open(w, r)
	switch {
	case !ok:
	case c.failNext.CompareAndSwap(true, false):
		refuse(w, http.StatusInternalServerError, "failed as told")
	default:
		c.act(w, m, doc)
	}
}

// act does once what the message asks for.
func (c *Consumer) act(w http.ResponseWriter, m schemas.Message, doc any) {
	items, known := c.items(m, doc)
	items, ok := c.valid(m, doc, items)
	switch {
	case !ok:
		refuse(w, http.StatusUnprocessableEntity, "body breaks the schema")
		return
	case !known:
		reply(w, http.StatusAccepted, `{"ignored":true}`)
		return
	}
	if err := c.ledger.record(items); err != nil {
		refuse(w, http.StatusInternalServerError, "not stored, try again")
		return
	}
	reply(w, http.StatusOK, `{"received":true}`)
}
