package delivery

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hookrig/hookrig/generators"
	"github.com/hookrig/hookrig/mockprovider/journal"
	"github.com/hookrig/hookrig/schemas"
)

// ErrFault is a fault that cannot be done.
var ErrFault = errors.New("unusable fault")

// Kinds of faults.
const (
	FaultDelay      = "delay"      // first attempt late by Delay
	FaultReorder    = "reorder"    // first attempt late by a random part of Delay
	FaultBurst      = "burst"      // held back and released together, every Delay
	FaultDrop       = "drop"       // never sent
	FaultDuplicate  = "duplicate"  // sent again after it was acknowledged
	FaultConcurrent = "concurrent" // sent twice at the same time
	FaultTruncate   = "truncate"   // half of the body, then the sending side closes
	FaultReset      = "reset"      // half of the body, then the connection is reset
	FaultSlow       = "slow"       // written in pieces over Delay
	FaultTamper     = "tamper"     // the envelope is broken in the way that Tamper names
)

// FaultKinds lists the kinds of faults.
func FaultKinds() []string {
	return []string{FaultDelay, FaultReorder, FaultBurst, FaultDrop, FaultDuplicate, FaultConcurrent, FaultTruncate, FaultReset, FaultSlow, FaultTamper}
}

// Fault is a rule by which deliveries go wrong on purpose.
type Fault struct {
	ID           int      `json:"id"`
	Kind         string   `json:"kind"`                   // Required
	Rate         float64  `json:"rate,omitempty"`         // chance from 0 to 1. Default 1
	Events       []string `json:"events,omitempty"`       // globs. Default all
	Subscription string   `json:"subscription,omitempty"` // Default all
	Attempts     int      `json:"attempts,omitempty"`     // only the first so many attempts of a delivery. Default all
	Count        int      `json:"count,omitempty"`        // ends after so many touches. Default never
	DelayMS      int      `json:"delay_ms,omitempty"`     // Default 1000
	Tamper       string   `json:"tamper,omitempty"`       // which tamper. Default a random one
	Touched      int      `json:"touched"`                // how often it has happened
}

// MarshalJSON shows the defaults too.
func (f Fault) MarshalJSON() ([]byte, error) {
	type plain Fault
	f.Rate, f.DelayMS = f.rate(), int(f.delay()/time.Millisecond)
	return json.Marshal(plain(f))
}

func (f Fault) rate() float64 {
	if f.Rate == 0 {
		return 1
	}
	return f.Rate
}

func (f Fault) delay() time.Duration {
	if f.DelayMS == 0 {
		return time.Second
	}
	return time.Duration(f.DelayMS) * time.Millisecond
}

// Faults are the rules in force. Safe for concurrent use.
type Faults struct {
	seed    uint64
	tampers []generators.Tamper

	mu    sync.Mutex // guards rules and last
	rules []*Fault
	last  int
}

// NewFaults makes an empty set of rules for a provider; the seed decides whom they touch.
func NewFaults(p *schemas.Provider, seed uint64) *Faults {
	return &Faults{seed: seed, tampers: generators.Tampers(p)}
}

// Tampers lists the names that a tamper fault can take.
func (f *Faults) Tampers() []string {
	names := []string{}
	for _, tamper := range f.tampers {
		names = append(names, tamper.Name)
	}
	return names
}

// Add puts a rule in force and gives its number. Errors wrap ErrFault.
func (f *Faults) Add(rule Fault) (Fault, error) {
	if err := f.check(rule); err != nil {
		return Fault{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.last++
	rule.ID, rule.Touched = f.last, 0
	f.rules = append(f.rules, &rule)
	return rule, nil
}

func (f *Faults) check(rule Fault) error {
	if !slices.Contains(FaultKinds(), rule.Kind) {
		return fmt.Errorf("%w: kind %q; want one of %s", ErrFault, rule.Kind, strings.Join(FaultKinds(), ", "))
	}
	if !(rule.Rate >= 0 && rule.Rate <= 1) || rule.DelayMS < 0 || rule.Count < 0 || rule.Attempts < 0 {
		return fmt.Errorf("%w: rate must be from 0 to 1, and delay_ms, count and attempts not negative", ErrFault)
	}
	for _, pattern := range rule.Events {
		if _, err := path.Match(pattern, ""); err != nil {
			return fmt.Errorf("%w: events %q: %w", ErrFault, pattern, err)
		}
	}
	if rule.Kind != FaultTamper {
		return nil
	}
	if len(f.tampers) == 0 {
		return fmt.Errorf("%w: the provider signs nothing that could be tampered with", ErrFault)
	}
	if rule.Tamper != "" && !slices.Contains(f.Tampers(), rule.Tamper) {
		return fmt.Errorf("%w: tamper %q; want one of %s", ErrFault, rule.Tamper, strings.Join(f.Tampers(), ", "))
	}
	return nil
}

// List lists the rules in force.
func (f *Faults) List() []Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	rules := []Fault{}
	for _, rule := range f.rules {
		rules = append(rules, *rule)
	}
	return rules
}

// Remove takes a rule out of force; 0 takes all.
func (f *Faults) Remove(id int) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	before := len(f.rules)
	f.rules = slices.DeleteFunc(f.rules, func(rule *Fault) bool { return id == 0 || rule.ID == id })
	return len(f.rules) < before || id == 0
}

// Plan applies to a new delivery the faults of its schedule: late, held, never.
func (f *Faults) Plan(d *journal.Delivery) {
	for _, rule := range f.touch(d, 0, FaultDelay, FaultReorder, FaultBurst, FaultDrop) {
		random := f.random(rule.ID, d.Seq, 1<<20)
		switch rule.Kind {
		case FaultDelay:
			d.Due = d.Due.Add(rule.delay())
		case FaultReorder:
			d.Due = d.Due.Add(time.Duration(random.Float64() * float64(rule.delay())))
		case FaultBurst:
			d.Due = d.Due.Truncate(rule.delay()).Add(rule.delay())
		case FaultDrop:
			d.Status = journal.Dropped
		}
		d.Fault = mark(d.Fault, rule.Kind)
	}
}

// touch finds the rules of these kinds that touch an attempt of the delivery, and counts them.
func (f *Faults) touch(d *journal.Delivery, attempt int, kinds ...string) []Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	var touched []Fault
	for _, rule := range f.rules {
		if !slices.Contains(kinds, rule.Kind) || !rule.covers(d, attempt) {
			continue
		}
		if rate := rule.rate(); rate < 1 && f.random(rule.ID, d.Seq, attempt).Float64() >= rate {
			continue
		}
		rule.Touched++
		touched = append(touched, *rule)
	}
	return touched
}

func (f *Fault) covers(d *journal.Delivery, attempt int) bool {
	return (f.Count == 0 || f.Touched < f.Count) &&
		(f.Attempts == 0 || attempt <= f.Attempts) &&
		(f.Subscription == "" || f.Subscription == d.Subscription) &&
		(len(f.Events) == 0 || slices.ContainsFunc(f.Events, func(pattern string) bool {
			ok, _ := schemas.Match(pattern, d.Event) // checked when the rule was added
			return ok
		}))
}

// random is the chance of a rule, a delivery and an attempt, the same for the same seed.
func (f *Faults) random(rule int, delivery int64, attempt int) *rand.Rand {
	h := fnv.New64a()
	fmt.Fprint(h, rule, delivery, attempt)
	return rand.New(rand.NewPCG(f.seed, h.Sum64()))
}

// tamper picks the tamper that a rule names, or a random one of those that must be refused.
func (f *Faults) tamper(rule Fault, random *rand.Rand) generators.Tamper {
	for _, tamper := range f.tampers {
		if tamper.Name == rule.Tamper {
			return tamper
		}
	}
	var refused []generators.Tamper
	for _, tamper := range f.tampers {
		if tamper.Want == generators.Refused {
			refused = append(refused, tamper)
		}
	}
	return refused[random.IntN(len(refused))]
}

// mark adds the name of a fault to those a delivery or attempt bears.
func mark(faults, name string) string {
	switch {
	case faults == "":
		return name
	case slices.Contains(strings.Split(faults, ","), name):
		return faults
	}
	return faults + "," + name
}
