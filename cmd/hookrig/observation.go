package main

import (
	"context"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hookrig/hookrig/contract"
	"github.com/hookrig/hookrig/contract/load"
	"github.com/hookrig/hookrig/internal/observe"
	"github.com/hookrig/hookrig/schemas"
)

// apiPort is where the provider's own API is served for a test.
const apiPort = 4401

// observation is the flags that say how effects are seen, and how to steer the consumer.
type observation struct {
	hook     string
	command  string
	idle     string
	restart  string
	failNext string
	require  bool
	entities string

	port int // of the API; meant only when the hook is the API, or a registration is awaited
}

func (o *observation) flags(cmd *cobra.Command) {
	o.effectFlags(cmd)
	flags := cmd.Flags()
	flags.StringVar(&o.restart, "restart-cmd", "", "command that kills and restarts the consumer")
	flags.StringVar(&o.failNext, "fail-next-cmd", "", "command that makes the consumer's next attempt fail")
	flags.BoolVar(&o.require, "require-effects", false, "unseen effects make the run incomplete (exit 3)")
	flags.StringVar(&o.entities, "entities", "", "write every id, phone and e-mail that was sent to this file, for clean-up")
	fileFlag(cmd, "entities")
}

// effectFlags are the flags that say how effects are seen.
func (o *observation) effectFlags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&o.hook, "observe", "", "see effects: api[:PORT] serves the provider's API to the consumer; or a URL with {key}")
	flags.StringVar(&o.command, "observe-cmd", "", "see effects: a command that prints them, with {key}")
	flags.StringVar(&o.idle, "idle-cmd", "", "command that prints 0 once the consumer has nothing left to do")
}

// serves says whether the hook is the provider's own API.
func (o *observation) serves() bool { return o.hook == "api" || strings.HasPrefix(o.hook, "api:") }

// prepare checks the flags and serves the provider's API where one is wanted.
func (o *observation) prepare(s *stage) error {
	if o.hook != "" && o.command != "" {
		return misused("--observe and --observe-cmd are two ways to see the same: give one")
	}
	o.port = apiPort
	if text, given := strings.CutPrefix(o.hook, "api:"); given {
		port, err := strconv.ParseUint(text, 10, 16)
		if err != nil {
			return misused("--observe api:%s: %q is not a port", shorten(text, 40), shorten(text, 40))
		}
		o.port = int(port)
	}
	if o.hook != "" && !o.serves() {
		if err := s.admit(strings.ReplaceAll(o.hook, "{key}", "key")); err != nil {
			return badValue("--observe", o.hook, err)
		}
	}
	for flag, line := range map[string]string{"--idle-cmd": o.idle, "--restart-cmd": o.restart, "--fail-next-cmd": o.failNext} {
		if line != "" {
			if _, err := commandWords(flag, line); err != nil {
				return err
			}
		}
	}
	if !o.serves() && s.await == 0 {
		return nil
	}
	if s.await > 0 && (s.provider.API == nil || s.provider.API.Subscription == nil) {
		return misused("--await-registration: the API of %s has no call that registers a URL", s.provider.Name)
	}
	var err error
	s.api, err = serveAPI(s.env, s.provider, o.port)
	return err
}

// attach gives the run its hooks.
func (o *observation) attach(s *stage, cfg *contract.Config) error {
	cfg.RequireEffects = o.require
	var err error
	if o.serves() {
		cfg.Observer, cfg.Sent = s.api.api, s.api.api.Sent
	} else if observer, err := o.observer(s); err != nil {
		return err
	} else if observer != nil {
		cfg.Observer = observer
	}
	if cfg.Idle, err = o.idleness(); err != nil {
		return err
	}
	if o.restart != "" {
		cfg.Restart = func(ctx context.Context) error { return s.env.runCommand(ctx, "--restart-cmd", o.restart) }
	}
	if o.failNext != "" {
		cfg.FailNext = func(ctx context.Context) error { return s.env.runCommand(ctx, "--fail-next-cmd", o.failNext) }
	}
	return o.record(s, cfg)
}

// observer is who sees effects, but for the provider's API; nil when nobody does.
func (o *observation) observer(s *stage) (observer observe.Observer, err error) {
	switch {
	case o.hook != "":
		observer, err = observe.NewURL(observe.URLConfig{Template: o.hook, Dial: s.policy.DialContext, TLS: s.config.TLS})
	case o.command != "":
		observer, err = observe.NewCommand(observe.CommandConfig{Line: o.command})
	}
	if err != nil {
		return nil, misused("%w", err)
	}
	return observer, nil
}

// idleness says when the consumer has nothing left to do; nil when nobody can.
func (o *observation) idleness() (func(context.Context) (bool, error), error) {
	if o.idle == "" {
		return nil, nil
	}
	idle, err := observe.NewCommand(observe.CommandConfig{Line: o.idle})
	if err != nil {
		return nil, misused("--idle-cmd: %w", err)
	}
	return idle.Idle, nil
}

// watch gives a load run its hooks.
func (o *observation) watch(s *stage, cfg *load.Config) error {
	if o.serves() {
		cfg.Observer = observe.Topics{API: s.api.api}
	} else if observer, err := o.observer(s); err != nil {
		return err
	} else if observer != nil {
		cfg.Observer = observer
	}
	var err error
	cfg.Idle, err = o.idleness()
	return err
}

// record writes down whom the run invents.
func (o *observation) record(s *stage, cfg *contract.Config) error {
	if o.entities == "" {
		return nil
	}
	list, err := newEntityList(o.entities, cfg.Catalog)
	if err != nil {
		return err
	}
	s.entities = list
	tell := cfg.Sent
	cfg.Sent = func(m schemas.Message) {
		list.add(m)
		if tell != nil {
			tell(m)
		}
	}
	return nil
}
