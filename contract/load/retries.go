package load

import (
	"cmp"
	"container/heap"
	"math/rand/v2"
	"time"

	"github.com/hookrig/hookrig/schemas"
)

// mostWaiting bounds the messages that wait to be sent again.
const mostWaiting = 50_000

// RetryFigures is what the provider's retries brought. Each attempt is an arrival of its own in all other
// figures.
type RetryFigures struct {
	Speed     float64 `json:"speed"`     // of the provider's delays
	Attempts  int64   `json:"attempts"`  // after the first
	Recovered int64   `json:"recovered"` // messages acknowledged by one of them
	GivenUp   int64   `json:"given_up"`  // messages that were never acknowledged, after all attempts
	Waiting   int64   `json:"waiting"`   // messages that were to be sent again after the end
	Crowded   int64   `json:"crowded"`   // messages given up here because too many waited
}

// retries are messages that wait to be sent again, by time. Nil keeps none.
type retries struct {
	policy  schemas.Retries
	ordered bool // a life waits for its message
	random  *rand.Rand
	waiting waiting
	figures RetryFigures
}

func newRetries(cfg *Config) *retries {
	if cfg.RetrySpeed == 0 {
		return nil
	}
	policy := cfg.Catalog.Provider.Policy
	return &retries{policy: policy.Retries, ordered: policy.Ordered, figures: RetryFigures{Speed: cfg.RetrySpeed},
		random: rand.New(rand.NewPCG(cfg.Making.Seed, 0x7265747279))} //nolint:gosec // chance, not a secret
}

// keep takes a message that was not acknowledged, if the provider sends it once more.
func (r *retries) keep(p *parcel, status int, now time.Duration) bool {
	if r == nil {
		return false
	}
	pause, again := r.policy.Delay(p.attempt, r.random)
	switch {
	case !again || r.policy.Stops(status):
		r.figures.GivenUp++
		return false
	case len(r.waiting) >= mostWaiting:
		r.figures.Crowded++
		return false
	}
	p.attempt++
	heap.Push(&r.waiting, waitingParcel{now + time.Duration(float64(pause)/r.figures.Speed), p})
	return true
}

// peek is when the next one is due.
func (r *retries) peek() (time.Duration, bool) {
	if r == nil || len(r.waiting) == 0 {
		return 0, false
	}
	return r.waiting[0].due, true
}

// take hands out the next one.
func (r *retries) take() (*parcel, time.Duration) {
	first := heap.Pop(&r.waiting).(waitingParcel)
	r.figures.Attempts++
	return first.parcel, first.due
}

// total is what they brought, once the run is over.
func (r *retries) total() *RetryFigures {
	if r == nil {
		return nil
	}
	figures := r.figures
	figures.Waiting += int64(len(r.waiting))
	return &figures
}

// with is the figures of two shards together.
func (f *RetryFigures) with(o *RetryFigures) *RetryFigures {
	if f == nil || o == nil {
		return cmp.Or(f, o)
	}
	return &RetryFigures{Speed: f.Speed, Attempts: f.Attempts + o.Attempts, Recovered: f.Recovered + o.Recovered,
		GivenUp: f.GivenUp + o.GivenUp, Waiting: f.Waiting + o.Waiting, Crowded: f.Crowded + o.Crowded}
}

// waiting is a heap of messages by time.
type waiting []waitingParcel

type waitingParcel struct {
	due    time.Duration
	parcel *parcel
}

func (w waiting) Len() int           { return len(w) }
func (w waiting) Less(i, j int) bool { return w[i].due < w[j].due }
func (w waiting) Swap(i, j int)      { w[i], w[j] = w[j], w[i] }
func (w *waiting) Push(x any)        { *w = append(*w, x.(waitingParcel)) }

func (w *waiting) Pop() any {
	last := (*w)[len(*w)-1]
	*w = (*w)[:len(*w)-1]
	return last
}
