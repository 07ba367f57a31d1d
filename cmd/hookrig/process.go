package main

import (
	"context"
	"errors"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// stopGrace is how long a consumer may take to end when it is asked to.
const stopGrace = 2 * time.Second

// process is the consumer that hookrig started, with every child of it: they form a group of their own,
// so that a Ctrl-C is hookrig's to pass on, and none of them outlives the run. Safe for concurrent use.
type process struct {
	env   *env
	words []string
	dir   string
	vars  map[string]string
	errs  *lineLog // stderr
	outs  *lineLog // stdout
	ends  chan error

	mu      sync.Mutex
	running *running // guarded by mu; nil when none runs
}

// running is one life of the process.
type running struct {
	cmd    *exec.Cmd
	done   chan struct{} // closed when it has ended
	meant  bool          // guarded by process.mu: hookrig ended it
	result error         // of Wait; read after done
}

func newProcess(e *env, words []string, dir string, vars map[string]string) *process {
	p := &process{env: e, words: words, dir: dir, vars: vars, errs: newLineLog(e.now), outs: newLineLog(e.now), ends: make(chan error, 1)}
	e.emergency.onLeave(p.kill)
	return p
}

// start starts the program.
func (p *process) start(context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	cmd := exec.Command(p.words[0], p.words[1:]...) //nolint:gosec // the user's own command
	cmd.Dir, cmd.Env = p.dir, p.environment()
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = p.outs, p.errs, time.Second
	ownGroup(cmd)
	if err := cmd.Start(); err != nil {
		return misused("start %q: %w", p.words[0], commandReason(err))
	}
	select {
	case <-p.ends: //nolint:errcheck // how the life before ended was told already
	default:
	}
	r := &running{cmd: cmd, done: make(chan struct{})}
	p.running = r
	go func() {
		err := cmd.Wait()
		p.mu.Lock()
		r.result = err
		meant := r.meant
		p.mu.Unlock()
		if !meant {
			p.tell(err)
		}
		close(r.done)
	}()
	return nil
}

// environment is hookrig's own, without what is meant for hookrig, and what the consumer is given.
func (p *process) environment() []string {
	var all []string
	for _, entry := range p.env.environ() {
		name, _, _ := strings.Cut(entry, "=")
		if _, given := p.vars[name]; given || strings.HasPrefix(name, "HOOKRIG_") {
			continue
		}
		all = append(all, entry)
	}
	for _, name := range keysOf(p.vars) {
		all = append(all, name+"="+p.vars[name])
	}
	return all
}

// tell passes on that the process ended by itself, with its last words.
func (p *process) tell(err error) {
	f := unable("the consumer ended before the run did: %s", p.words[0])
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		f = unable("the consumer ended before the run did: %s: %s", p.words[0], exit)
	}
	for _, line := range append(p.outs.last(3), p.errs.last(7)...) {
		f.hint("it said: %s", line)
	}
	select {
	case p.ends <- f:
	default:
	}
}

// ended tells, at most once a life, that the process ended by itself.
func (p *process) ended() <-chan error { return p.ends }

// since are the lines that the process wrote to stderr since then.
func (p *process) since(at time.Time) []string { return p.errs.since(at) }

// restart kills the process as a crash would, and starts it again.
func (p *process) restart(ctx context.Context) error {
	p.kill()
	return p.start(ctx)
}

// stop asks the process to end, and kills what is left of its group.
func (p *process) stop() {
	r := p.release()
	if r == nil {
		return
	}
	_ = askGroup(r.cmd) // if it cannot be asked it is killed
	select {
	case <-r.done:
	case <-time.After(stopGrace):
	}
	p.end(r)
}

// kill ends the process and its group at once.
func (p *process) kill() {
	if r := p.release(); r != nil {
		p.end(r)
	}
}

func (p *process) end(r *running) {
	_ = killGroup(r.cmd) // gone already
	select {
	case <-r.done:
	case <-time.After(stopGrace):
	}
}

// release takes the running life out: from now on its end is meant.
func (p *process) release() *running {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := p.running
	if r != nil {
		r.meant = true
	}
	p.running = nil
	return r
}
