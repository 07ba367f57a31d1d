package main

import (
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hookrig/hookrig/generators"
	"github.com/hookrig/hookrig/schemas"
)

// providerFlag adds -p/--provider.
func providerFlag(cmd *cobra.Command) *string {
	name := cmd.Flags().StringP("provider", "p", "", "built-in provider, provider folder, or OpenAPI 3.1 document with webhooks")
	complete(cmd, "provider", schemas.Builtins)
	return name
}

// catalog loads the provider that -p means.
func (e *env) catalog(name string) (*schemas.Catalog, error) {
	if name == "" {
		return nil, misused("no provider is named").hint("name one with -p: %s, or a folder of your own", strings.Join(schemas.Builtins(), ", "))
	}
	if slices.Contains(schemas.Builtins(), name) {
		return schemas.Builtin(name)
	}
	info, err := os.Stat(name)
	switch {
	case err != nil && !strings.ContainsAny(name, `/\.`):
		return nil, oneOf("provider", name, schemas.Builtins())
	case err != nil:
		return nil, misused("read provider %q: %w", name, reason(err)).hint("built in: %s", strings.Join(schemas.Builtins(), ", "))
	case info.IsDir():
		c, err := schemas.Load(os.DirFS(name))
		if err != nil {
			return nil, misused("read provider %q: %w", name, err)
		}
		return c, nil
	}
	_, c, err := e.imported(name, "")
	return c, err
}

// selectEvents lists the names of the events that the globs match; no glob means all.
func selectEvents(c *schemas.Catalog, globs []string) ([]string, error) {
	var names, known []string
	for _, event := range c.Events() {
		known = append(known, event.Name)
	}
	for _, glob := range globs {
		found := false
		for _, name := range known {
			ok, err := schemas.Match(glob, name)
			if err != nil {
				return nil, misused("--events %q is not a pattern: * stands for any text, ? for a character", glob)
			}
			if found = found || ok; ok && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
		if !found {
			return nil, oneOf(c.Provider.Name+" event", glob, known)
		}
	}
	return names, nil
}

// eventsFlag adds -e/--events.
func eventsFlag(cmd *cobra.Command) *[]string {
	globs := cmd.Flags().StringSliceP("events", "e", nil, "only these events; globs such as 'order.*'")
	complete(cmd, "events", func() []string { return completeEvents(cmd) })
	return globs
}

// completeEvents offers the events of the provider that stands on the line.
func completeEvents(cmd *cobra.Command) []string {
	c, err := schemas.Builtin(cmd.Flag("provider").Value.String())
	if err != nil {
		return nil
	}
	names, _ := selectEvents(c, []string{"*"}) // what it offers is no promise
	return names
}

// making is the flags that fix what is generated.
type making struct {
	seed   seed
	runID  string
	start  instant
	set    []string
	phones string
}

func (m *making) flags(e *env, cmd *cobra.Command) {
	m.seed.value, m.start.now = 1, e.now
	cmd.Flags().Var(&m.seed, "seed", "fixes shapes, values and cases; a number, or random")
	cmd.Flags().StringVar(&m.runID, "run-id", "", "salts every id and phone number")
	cmd.Flags().Var(&m.start, "start", "first instant of the messages' clock: a time, or now")
	cmd.Flags().StringArrayVar(&m.set, "set", nil, "pin a value: /json/pointer=value (repeatable)")
	cmd.Flags().StringVar(&m.phones, "phones", "", "E.164 prefix for phone numbers (default: ranges reserved for fiction)")
}

// config is what a generator takes of the flags.
func (m *making) config() (generators.Config, error) {
	set, err := pins(m.set)
	return generators.Config{Seed: m.seed.value, RunID: m.runID, Start: m.start.Time, Set: set, Phones: m.phones}, err
}
