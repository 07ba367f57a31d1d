package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/hookrig/hookrig/internal/escape"
	"github.com/hookrig/hookrig/internal/redact"
	"github.com/hookrig/hookrig/mockprovider"
	"github.com/hookrig/hookrig/schemas"
)

// listen is the command that plays the other side: it captures what a provider sends.
type listen struct {
	serving
	secret  *string
	status  int
	delay   time.Duration
	forward string
	raw     bool
	output  *choice
	mu      sync.Mutex // one line at a time
}

func newListen(e *env) *cobra.Command {
	l := &listen{}
	cmd := &cobra.Command{Use: "listen", Short: "Capture what is sent here: verify, validate, print, record, forward",
		Long: `Listen on 127.0.0.1:4300 for deliveries at any path, check each as a consumer must, print one line for it, write it
into a journal and show it on the page at /_hookrig/. With --forward each goes on to your app, whose answer is passed back.
Without a secret signatures are not looked at.`,
		Example: `  hookrig listen -p PROVIDER
  hookrig listen -p PROVIDER --forward 4000 -o json > captured.jsonl
  hookrig listen -p PROVIDER --status 503 --delay 2s`,
		Args: exactly()}
	l.flags(e, cmd, "127.0.0.1:4300")
	l.secret = secretFlag(cmd)
	cmd.Flags().IntVar(&l.status, "status", 0, "answer with this status (default 200, or the answer of --forward)")
	cmd.Flags().DurationVar(&l.delay, "delay", 0, "answer after so long")
	cmd.Flags().StringVar(&l.forward, "forward", "", "URL or port to send everything on to")
	cmd.Flags().BoolVar(&l.raw, "raw", false, "with -o json: print signature headers as they came")
	l.output = outputFlag(cmd, "text", "json")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return l.run(cmd.Context()) }
	return cmd
}

func (l *listen) run(ctx context.Context) error {
	cfg, err := l.config()
	if err != nil {
		return err
	}
	if l.status != 0 && (l.status < 200 || l.status > 599) || l.delay < 0 || l.delay > time.Hour {
		return misused("--status must be from 200 to 599, and --delay from 0 to 1h")
	}
	secrets, err := l.env.secrets(*l.secret)
	if err != nil {
		return err
	}
	p := cfg.Catalog.Provider
	if p.Signing == nil {
		secrets = nil
	}
	if err := usable(p, secrets); err != nil {
		return err
	}
	masks := masks(cfg, secrets)
	cfg.Capture = &mockprovider.Capture{Secrets: secrets, Status: l.status, Delay: l.delay, Forward: l.forwardURL(), Report: func(c mockprovider.Captured) { l.print(p, masks, len(secrets) > 0, c) }}
	if cfg.Capture.Forward != "" {
		if err := checkURL(cfg.Capture.Forward); err != nil {
			return err
		}
		policy, err := l.target.policy()
		if err != nil {
			return err
		}
		if err := policy.Check(cfg.Capture.Forward); err != nil {
			return err
		}
	}
	return l.serve(ctx, cfg, func(_ *mockprovider.Server, url string) error {
		l.env.say("deliveries are captured at %s, at any path; the page is %s/_hookrig/", url, url)
		return nil
	})
}

// forwardURL is where everything goes: a port stands for the root of this machine's, so that the path
// is kept.
func (l *listen) forwardURL() string {
	if port, err := strconv.ParseUint(strings.TrimPrefix(l.forward, ":"), 10, 16); err == nil && port > 0 {
		return (&url.URL{Scheme: "http", Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(int(port)))}).String()
	}
	return l.forward
}

// print prints one line for a captured delivery: text, or the record of it.
func (l *listen) print(p *schemas.Provider, masks *redact.Redactor, verified bool, c mockprovider.Captured) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.output.is("json") {
		record := schemas.Record{Provider: p.Name, Event: c.Message.Event, At: c.At.UTC(), Method: c.Method, Path: c.Path, Headers: c.Headers, Body: c.Body}
		if !l.raw {
			masks = masks.Hide(p.HeaderNames("signatures")...)
			record.Event, record.Path, record.Headers, record.Body = masks.String(record.Event), masks.String(record.Path), masks.Headers(record.Headers), masks.Bytes(record.Body)
		}
		_ = l.env.printJSON(record) // whoever reads it may have seen enough
	} else {
		line := fmt.Sprintf("%s %s  %d  %s", nameOf(c), c.Message.ID, c.Status, verdictOf(c, verified))
		fmt.Fprintf(l.env.stdout, "%s  %s\n", c.At.UTC().Format("15:04:05.000"), escape.Line(masks.String(line)))
	}
	if out, ok := l.env.stdout.(interface{ Flush() error }); ok {
		_ = out.Flush() // as above
	}
}

func nameOf(c mockprovider.Captured) string {
	if c.Message.Event != "" {
		return c.Message.Event
	}
	return c.Method + " " + c.Path
}

// verdictOf says in a few words what was found.
func verdictOf(c mockprovider.Captured, verified bool) string {
	var found []string
	switch {
	case c.Signature != nil:
		found = append(found, c.Signature.Error())
	case verified:
		found = append(found, "signature good")
	}
	var invalid *schemas.InvalidError
	switch {
	case errors.As(c.Invalid, &invalid):
		found = append(found, strings.ReplaceAll(invalid.Error(), "\n", "; "))
	case c.Invalid != nil:
		found = append(found, c.Invalid.Error())
	default:
		found = append(found, "valid")
	}
	if c.Forwarded != nil {
		found = append(found, c.Forwarded.Error())
	}
	return strings.Join(found, ", ")
}
