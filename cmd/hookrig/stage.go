package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/hookrig/hookrig/contract"
	"github.com/hookrig/hookrig/internal/guard"
	"github.com/hookrig/hookrig/schemas"
)

// startLimit is how long a consumer may take to open its port when nobody says.
const startLimit = 30 * time.Second

// stage is what a run needs around it: the endpoints, the consumer's process, the provider's API. It is
// prepared without starting anything, opened, and closed whatever happened.
type stage struct {
	env      *env
	provider *schemas.Provider
	files    string // --secret-file

	policy    *guard.Policy
	endpoints []schemas.Endpoint
	sets      []map[schemas.Pointer]json.RawMessage
	masked    []string // values that must not be said
	notes     []string
	events    []string        // that the consumer registered for; none means all
	config    contract.Config // what attach copies: TLS, proxy

	command  []string // starts the consumer; nil when it runs already
	folder   string   // where command runs
	process  *process
	restart  bool
	api      *apiServer
	entities *entityList // nil when nobody wants them
	await    time.Duration
	after    []string
	begun    bool // after must be run
}

// aim finds out whom to test, and refuses who may not be.
func (s *stage) aim(whom target, positional, command []string) error {
	var err error
	if s.policy, err = whom.policy(); err != nil {
		return err
	}
	s.command, s.restart, s.await, s.after = command, true, time.Duration(whom.await), whom.after
	if len(command) == 0 && len(positional) == 0 && len(s.env.config.start) > 0 {
		s.command, s.restart, s.folder = s.env.config.start, s.env.config.restart, s.env.folder()
	}
	if err := s.findEndpoints(positional); err != nil {
		return err
	}
	for i, e := range s.endpoints {
		if err := s.admit(e.URL); err != nil {
			return err
		}
		lines, masked, err := whom.lines(s.env)
		if err != nil {
			return err
		}
		s.endpoints[i].Headers, s.masked = append(s.endpoints[i].Headers, lines...), append(s.masked, masked...)
	}
	if s.config.TLS, err = whom.tls(s.env); err != nil {
		return err
	}
	s.config.Proxy, err = whom.proxyURL(s.policy)
	return err
}

// admit refuses a URL that is none, or that nobody allowed.
func (s *stage) admit(target string) error {
	if err := checkURL(target); err != nil {
		return err
	}
	return s.policy.Check(target)
}

// findEndpoints takes the URL or port of the line, or the endpoints of the config file, or the address
// of the provider's own tutorial for a command.
func (s *stage) findEndpoints(positional []string) error {
	configured := s.env.config.endpoints
	if len(positional) == 1 || len(configured) == 0 {
		return s.oneEndpoint(positional)
	}
	s.sets = endpointSets(configured)
	for i, c := range configured {
		e := schemas.Endpoint{URL: c.url, Secrets: secretsOf(c.secrets)}
		if i == 0 && (s.files != "" || s.env.getenv("HOOKRIG_SECRET") != "" || s.provider.Signing == nil) {
			var err error
			if e.Secrets, err = s.env.secretsFor(s.provider, s.files); err != nil {
				return err
			}
		}
		switch {
		case s.provider.Signing == nil:
			e.Secrets = nil
		case len(e.Secrets) == 0:
			return misused("%s: endpoint %q has no secret, and %s signs its deliveries", c.where, c.name, s.provider.Name).hint("secret: ${NAME} takes it from the environment")
		}
		if err := usable(s.provider, e.Secrets); err != nil {
			return badValue(c.where, c.name, err)
		}
		lines, err := headerLines(c.headers)
		if err != nil {
			return badValue(c.where, c.name, err)
		}
		e.Headers = lines
		for _, line := range lines {
			s.masked = append(s.masked, line[1])
		}
		s.endpoints = append(s.endpoints, e)
	}
	return nil
}

// oneEndpoint is the consumer of the line.
func (s *stage) oneEndpoint(positional []string) error {
	target := ""
	switch {
	case len(positional) == 1:
		target = positional[0]
	case len(s.command) == 0 && s.await == 0:
		return misused("no consumer is named").hint("give its URL, its port, or -- COMMAND to start it; hookrig init writes a %s", configName)
	}
	e := schemas.Endpoint{URL: consumerURL(s.provider, target)}
	given, err := s.env.secrets(s.files)
	if err != nil {
		return err
	}
	made := s.provider.Signing != nil && len(given) == 0 && len(s.command) > 0
	if made {
		e.Secrets = []schemas.Secret{makeSecret(s.provider.Signing)}
	} else if s.await == 0 || len(given) > 0 {
		if e.Secrets, err = s.env.secretsFor(s.provider, s.files); err != nil {
			return err
		}
	}
	s.endpoints = []schemas.Endpoint{e}
	return nil
}

// makeSecret makes a secret as the provider writes it.
func makeSecret(s *schemas.Signing) schemas.Secret {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // it never fails
	return s.Secret.Spell(key)
}

// open runs what must be run before, starts the consumer and waits for it.
func (s *stage) open(ctx context.Context, whom target) error {
	s.begun = true
	for _, line := range whom.before {
		if err := s.env.runCommand(ctx, "--before", line); err != nil {
			return err
		}
	}
	limit := time.Duration(whom.waitFor)
	if len(s.command) > 0 {
		if err := s.start(ctx); err != nil {
			return err
		}
		if limit == 0 {
			limit = startLimit
		}
	}
	if s.await > 0 {
		if err := s.register(ctx); err != nil {
			return err
		}
	}
	if limit == 0 {
		return nil
	}
	return waitForPort(ctx, s.policy, s.endpoints[0].URL, limit, s.died())
}

// start starts the consumer. Its port must be free: whoever answers there would be tested instead.
func (s *stage) start(ctx context.Context) error {
	address := hostPort(s.endpoints[0].URL)
	if conn, err := net.DialTimeout("tcp", address, time.Second); err == nil && s.await == 0 {
		conn.Close()
		return unable("something listens on %s already, before the consumer was started", address).
			hint("stop it, or leave out the command to test what runs there")
	}
	s.process = newProcess(s.env, s.command, s.folder, s.variables())
	return s.process.start(ctx)
}

// variables are what a consumer is started with beside hookrig's own environment.
func (s *stage) variables() map[string]string {
	vars := map[string]string{}
	if _, port, err := net.SplitHostPort(hostPort(s.endpoints[0].URL)); err == nil {
		vars["PORT"] = port
	}
	if secrets := s.endpoints[0].Secrets; len(secrets) > 0 {
		vars["HOOKRIG_SECRET"] = string(secrets[0])
		if c := s.provider.Consumer; c != nil && c.SecretEnv != "" {
			vars[c.SecretEnv] = string(secrets[0])
		}
	}
	if s.api != nil {
		vars["HOOKRIG_API_URL"] = s.api.url
	}
	return vars
}

// register waits until the consumer has told the provider's API its URL.
func (s *stage) register(ctx context.Context) error {
	registration, err := s.api.await(ctx, s.await, s.died())
	if err != nil {
		return err
	}
	if err := s.admit(registration.URL); err != nil {
		return err
	}
	s.endpoints[0].URL = registration.URL
	if registration.Secret != "" {
		s.endpoints[0].Secrets = []schemas.Secret{registration.Secret}
	}
	s.events = registration.Events
	s.env.say("the consumer registered %s", registration.URL)
	return nil
}

// died tells that the consumer's process ended; it never does where hookrig did not start it.
func (s *stage) died() <-chan error {
	if s.process == nil {
		return nil
	}
	return s.process.ended()
}

// attach gives the run what the stage has.
func (s *stage) attach(cfg *contract.Config) {
	cfg.Endpoints, cfg.EndpointSet = s.endpoints, s.sets
	cfg.Dial, cfg.TLS, cfg.Proxy, cfg.Now = s.policy.DialContext, s.config.TLS, s.config.Proxy, s.env.now
	if len(cfg.Events) == 0 && cfg.Catalog != nil {
		cfg.Events = s.subscribed(cfg.Catalog)
	}
	if s.process == nil {
		return
	}
	cfg.Log = s.process.since
	if s.restart && cfg.Restart == nil {
		cfg.Restart = func(ctx context.Context) error {
			if err := s.process.restart(ctx); err != nil {
				return err
			}
			return waitForPort(ctx, s.policy, s.endpoints[0].URL, startLimit, s.died())
		}
	}
}

// subscribed lists the events that the consumer registered for; the provider sends it no others.
func (s *stage) subscribed(c *schemas.Catalog) []string {
	var events []string
	for _, name := range s.events {
		names, err := selectEvents(c, []string{name})
		if err != nil {
			s.notes = append(s.notes, fmt.Sprintf("the consumer registered for %q, which %s does not send", name, c.Provider.Name))
		}
		events = append(events, names...)
	}
	return events
}

// close ends everything that was started, and runs what must be run after where finish did not.
func (s *stage) close() {
	if s.process != nil {
		s.process.stop()
	}
	if s.api != nil {
		s.api.close()
	}
	if s.entities != nil {
		s.entities.file.discard()
	}
	if err := s.runAfter(); err != nil {
		s.env.say("%s", err)
	}
}

// finish closes the list of entities and runs what must be run after.
func (s *stage) finish() error {
	var problems []error
	if s.entities != nil {
		problems = append(problems, s.entities.close())
	}
	return errors.Join(append(problems, s.runAfter())...)
}

// runAfter runs what must be run after, once, and only where something was run before. An interrupt does
// not keep it from cleaning up.
func (s *stage) runAfter() error {
	if !s.begun {
		return nil
	}
	s.begun = false
	var problems []error
	for _, line := range s.after {
		problems = append(problems, s.env.runCommand(context.Background(), "--after", line))
	}
	return errors.Join(problems...)
}
