package delivery

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/hookrig/hookrig/internal/wire"
	"github.com/hookrig/hookrig/mockprovider/journal"
	"github.com/hookrig/hookrig/schemas"
)

// attempt makes one attempt of a job, writes down how it went, and puts the job where it goes next:
//  1. find the message and make the request, as the faults want it;
//  2. exchange it, once or twice;
//  3. judge, record, and only then go on.
func (l *lane) attempt(j *job, t Target, signer *schemas.Signer) {
	number := j.delivery.Attempts + 1
	touched := l.d.cfg.Faults.touch(&j.delivery, number, FaultDuplicate, FaultConcurrent, FaultTruncate, FaultReset, FaultSlow, FaultTamper)
	message, err := l.message(j)
	if err != nil {
		l.postpone(j, err)
		return
	}
	if j.delivery.Attempts == 0 {
		l.d.cfg.Sending(*message)
	}
	s := sending{lane: l, target: t, signer: signer, delivery: &j.delivery, message: message, faults: touched}
	records := []journal.Attempt{}
	var x wire.Exchange
	switch {
	case s.has(FaultConcurrent):
		records, x = s.concurrently(number)
	default:
		var record journal.Attempt
		record, x = s.once(number, true)
		records = append(records, record)
	}
	if l.ctx.Err() != nil && x.Failure == wire.FailureCanceled {
		l.forget(j)
		return // broken off: it stays pending, and was perhaps received
	}
	verdict := Judge(l.d.cfg.Provider.Policy, x, number-j.delivery.Base, l.random(j, number), time.Now())
	l.settle(j, records, verdict, x)
	if verdict.Outcome == Acknowledged && s.has(FaultDuplicate) {
		again, _ := s.once(j.delivery.Attempts+1, false)
		again.Outcome, again.Fault = Duplicate, mark(again.Fault, FaultDuplicate)
		j.delivery.Attempts++
		l.record(j, &again)
	}
	if verdict.Outcome == Retry {
		l.report(false)
		l.schedule(j)
		return
	}
	l.report(verdict.Outcome == Acknowledged)
	l.finish(j)
	if verdict.Outcome == Disabled {
		l.d.cfg.Disable(t.ID, verdict.Cause)
	}
}

// settle brings the delivery to where the verdict puts it, and the records into the journal.
func (l *lane) settle(j *job, records []journal.Attempt, v Verdict, x wire.Exchange) {
	d := &j.delivery
	d.Due, d.Answer = l.d.cfg.Clock.Now(), x.Status
	switch v.Outcome {
	case Acknowledged:
		d.Status = journal.Delivered
	case Retry:
		d.Due = d.Due.Add(v.Delay)
	default:
		d.Status = journal.Dead
	}
	for i := range records {
		d.Attempts = records[i].Number
		for _, fault := range records[i].Faults() {
			d.Fault = mark(d.Fault, fault)
		}
		records[i].Outcome, records[i].Cause = v.Outcome, v.Cause
		if i > 0 {
			records[i].Outcome = Duplicate
		}
		l.record(j, &records[i])
	}
}

// record writes into the journal until it succeeds: an attempt that is not written down did not happen,
// so nothing may follow it. It gives up when the dispatcher closes; the attempt is then made again.
func (l *lane) record(j *job, a *journal.Attempt) {
	for {
		err := l.d.cfg.Store.Record(context.Background(), j.delivery, a)
		if err == nil {
			l.d.cfg.Notify(j.delivery, a)
			return
		}
		if errors.Is(err, journal.ErrClosed) {
			return
		}
		select {
		case <-time.After(250 * time.Millisecond):
		case <-l.ctx.Done():
			return
		}
	}
}

// message finds the job's message, in memory or in the store.
func (l *lane) message(j *job) (*schemas.Message, error) {
	if j.message != nil {
		return j.message, nil
	}
	kept, err := l.d.cfg.Store.Message(l.ctx, j.delivery.Message)
	if err != nil {
		return nil, err
	}
	return &schemas.Message{Event: kept.Event, ID: kept.ID, Body: kept.Body}, nil
}

// postpone puts a job off whose message cannot be read now.
func (l *lane) postpone(j *job, err error) {
	if errors.Is(err, journal.ErrNotFound) {
		l.finish(j) // pruned with its session
		return
	}
	if l.ctx.Err() == nil {
		l.wake(j, l.d.cfg.Clock.Now().Add(time.Second))
	}
}

// random is the chance of an attempt's jitter.
func (l *lane) random(j *job, number int) *rand.Rand {
	return rand.New(rand.NewPCG(l.d.cfg.Seed, uint64(j.delivery.Seq)<<16|uint64(number)&0xffff))
}
