package mockprovider

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/hookrig/hookrig/generators"
	"github.com/hookrig/hookrig/mockprovider/journal"
	"github.com/hookrig/hookrig/schemas"
)

const (
	streamBatch = 64  // messages of a stream that are accepted together at most
	maxStreams  = 100 // streams of a session at once
	maxRate     = 1e6 // messages a second
	patience    = 50 * time.Millisecond

	// streamRoom is how many deliveries may be pending while streams still add to them: what lies ahead
	// of that is a cursor.
	streamRoom = 5_000
)

// States of a stream.
const (
	Running  = "running"
	Finished = "finished"
)

// Stream is an endless or counted flow of messages that tell coherent stories. It is kept as how far it
// has come: what lies ahead takes no room.
type Stream struct {
	ID       string    `json:"id"`
	Rate     float64   `json:"rate,omitempty"`     // messages a second. Default: the stories' own times, by Speed
	Speed    float64   `json:"speed,omitempty"`    // without a rate: how many times as fast as the stories' own times. Default 1
	Backlog  bool      `json:"backlog,omitempty"`  // without waiting: as fast as deliveries find room
	Count    int64     `json:"count,omitempty"`    // ends after so many messages. Default never
	Journeys []string  `json:"journeys,omitempty"` // only lives that begin with these. Default all
	Events   []string  `json:"events,omitempty"`   // names or globs. Default all
	Lives    int       `json:"lives,omitempty"`    // contacts at once. Default 200
	Once     bool      `json:"once,omitempty"`     // one life, and of it the journey that it begins with
	Start    time.Time `json:"start"`              // on the session's clock
	RunID    string    `json:"-"`                  // salts its ids
	Taken    int64     `json:"taken"`              // messages so far
	Status   string    `json:"status"`
}

// streamFile is a Stream as the journal keeps it.
type streamFile struct {
	Stream
	RunID string
}

// streamRun is a stream that runs.
type streamRun struct {
	spec   Stream
	taken  atomic.Int64
	source *generators.Stream
	cancel context.CancelFunc
	ended  atomic.Bool
}

// state is the stream as it stands.
func (r *streamRun) state() Stream {
	spec := r.spec
	spec.Taken, spec.Status = r.taken.Load(), Running
	if r.ended.Load() {
		spec.Status = Finished
	}
	return spec
}

// StartStream starts a stream.
func (s *Session) StartStream(ctx context.Context, spec Stream) (Stream, error) {
	if !(spec.Rate >= 0 && spec.Rate <= maxRate) || !(spec.Speed >= 0 && spec.Speed <= 1e6) || spec.Count < 0 || spec.Lives < 0 || spec.Lives > 1_000_000 {
		return spec, fmt.Errorf("%w: rate, speed, count and lives must not be negative, nor larger than a million (but for count)", ErrInvalid)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.streams) >= maxStreams {
		return spec, fmt.Errorf("start stream: %w: there are %d already", ErrBusy, maxStreams)
	}
	spec.ID, spec.RunID = randomText("stream_"), randomText("")
	spec.Speed, spec.Start, spec.Taken = cmp.Or(spec.Speed, 1), s.clock.Now().UTC(), 0
	source, err := s.source(spec)
	if err != nil {
		return spec, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	document, err := json.Marshal(streamFile{spec, spec.RunID})
	if err != nil {
		return spec, err
	}
	if err := s.server.journal.PutStream(ctx, s.id, journal.Document{ID: spec.ID, Document: document}); err != nil {
		return spec, err
	}
	return s.run(spec, source).state(), nil
}

// source makes the stream's generator at its first message.
func (s *Session) source(spec Stream) (*generators.Stream, error) {
	cfg := s.server.cfg
	generator, err := generators.New(cfg.Catalog, generators.Config{Seed: cfg.Seed, RunID: spec.RunID, Start: spec.Start, Set: cfg.Set, Phones: cfg.Phones})
	if err != nil {
		return nil, err
	}
	events := []string{}
	if len(spec.Events) > 0 {
		selected, err := cfg.Catalog.Select(spec.Events...)
		if err != nil {
			return nil, err
		}
		for _, event := range selected {
			events = append(events, event.Name)
		}
	}
	lives := spec.Lives
	if spec.Once {
		lives = 1
	}
	return generator.Stream(generators.StreamConfig{Lives: lives, Journeys: spec.Journeys, Events: events})
}

// run starts a stream where its cursor stands. Callers hold mu for writing.
func (s *Session) run(spec Stream, source *generators.Stream) *streamRun {
	run := &streamRun{spec: spec, source: source}
	run.taken.Store(spec.Taken)
	w := s.world
	ctx, cancel := context.WithCancel(w.ctx)
	run.cancel = cancel
	w.streams[spec.ID] = run
	w.running.Go(func() {
		defer cancel()
		s.pump(ctx, w, run)
		if w.ctx.Err() == nil {
			run.ended.Store(true)
			s.live.publish(Update{Kind: "stream"})
		}
	})
	s.live.publish(Update{Kind: "stream"})
	return run
}

// pump takes messages from a stream as they fall due, until it ends.
func (s *Session) pump(ctx context.Context, w *world, run *streamRun) {
	story := story{once: run.spec.Once}
	for range run.taken.Load() { // what was taken before the restart
		if _, meta, ok := run.source.Next(nil); !ok || !story.goesOn(meta) {
			return
		}
	}
	sleeper := sleeper{clock: w.clock}
	defer sleeper.awake()
	var batch []schemas.Message
	for {
		m, meta, ok := run.source.Message()
		over := !ok || !story.goesOn(meta) || run.spec.Count > 0 && run.taken.Load()+int64(len(batch)) >= run.spec.Count
		due := run.due(meta, run.taken.Load()+int64(len(batch)))
		if len(batch) > 0 && (over || len(batch) == streamBatch || due.After(w.clock.Now())) {
			if !s.take(ctx, w, run, batch) {
				return
			}
			batch = batch[:0]
		}
		if over || !sleeper.until(ctx, due) {
			return
		}
		batch = append(batch, m)
	}
}

// due is when a message falls due on the session's clock, n being how many came before it.
func (r *streamRun) due(meta generators.Meta, n int64) time.Time {
	switch {
	case r.spec.Backlog:
		return r.spec.Start
	case r.spec.Rate > 0:
		return r.spec.Start.Add(time.Duration(float64(n) / r.spec.Rate * float64(time.Second)))
	}
	return r.spec.Start.Add(time.Duration(float64(meta.Time.Sub(r.spec.Start)) / r.spec.Speed))
}

// take accepts messages of a stream, waiting for room and for a journal that can be written. The queue
// is filled by streams in part only, so that triggers still find room.
func (s *Session) take(ctx context.Context, w *world, run *streamRun, batch []schemas.Message) bool {
	for {
		err := ErrBusy
		if w.dispatcher.Pending() < min(streamRoom, s.server.cfg.MaxPending/2) {
			err = s.takeNow(ctx, w, run, batch)
		}
		if err == nil {
			run.taken.Add(int64(len(batch)))
			return true
		}
		if errors.Is(err, journal.ErrClosed) || errors.Is(err, errReplaced) {
			return false
		}
		select {
		case <-time.After(patience):
		case <-ctx.Done():
			return false
		}
	}
}

var errReplaced = errors.New("the session was reset")

func (s *Session) takeNow(ctx context.Context, w *world, run *streamRun, batch []schemas.Message) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.world != w {
		return errReplaced
	}
	messages := slices.Clone(batch)
	a, err := s.accept(ctx, messages, "stream:"+run.spec.ID, run)
	if err != nil {
		return err
	}
	s.send(a, messages)
	return nil
}

// story ends a stream that is to play one journey once.
type story struct {
	once    bool
	begun   bool
	life    uint64
	journey string
}

func (s *story) goesOn(meta generators.Meta) bool {
	if !s.once {
		return true
	}
	if !s.begun {
		s.begun, s.life, s.journey = true, meta.Coordinate.Life, meta.Journey
	}
	return meta.Coordinate.Life == s.life && meta.Journey == s.journey
}

// Streams lists the session's streams, oldest first.
func (s *Session) Streams() []Stream {
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := []Stream{}
	for _, run := range s.streams {
		list = append(list, run.state())
	}
	slices.SortFunc(list, func(a, b Stream) int { return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(a.ID, b.ID)) })
	return list
}

// StopStream ends a stream and forgets it. What it has sent stays.
func (s *Session) StopStream(ctx context.Context, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	run := s.streams[id]
	if run == nil {
		return fmt.Errorf("stream %q: %w", id, ErrNotFound)
	}
	run.cancel()
	delete(s.streams, id)
	s.live.publish(Update{Kind: "stream"})
	return s.server.journal.DropStream(ctx, s.id, id)
}

// Play plays one journey once, so many times as fast as it happens; 0 is at its own pace.
func (s *Session) Play(ctx context.Context, journey string, speed float64) (Stream, error) {
	if journey == "" {
		return Stream{}, fmt.Errorf("%w: no journey named", ErrInvalid)
	}
	return s.StartStream(ctx, Stream{Journeys: []string{journey}, Speed: speed, Once: true})
}

// restoreStreams takes up the streams of the journal.
func (s *Session) restoreStreams() error {
	documents, err := s.server.journal.Streams(s.server.ctx, s.id)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, document := range documents {
		var file streamFile
		if err := json.Unmarshal(document.Document, &file); err != nil {
			return fmt.Errorf("stream %q: %w", document.ID, err)
		}
		file.Stream.RunID, file.Taken = file.RunID, document.Cursor
		source, err := s.source(file.Stream)
		if err != nil {
			return fmt.Errorf("stream %q: %w", document.ID, err)
		}
		s.run(file.Stream, source)
	}
	return nil
}
