package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hookrig/hookrig/internal/escape"
	"github.com/hookrig/hookrig/schemas"
)

// eventLine is an event as `events list --output json` prints it.
type eventLine struct {
	Provider    string `json:"provider"`
	Event       string `json:"event"`
	Summary     string `json:"summary"`
	Description string `json:"description,omitempty"`
	Stability   string `json:"stability"`
	Source      string `json:"source,omitempty"`
	Examples    int    `json:"examples"`
}

func newEvents(e *env) *cobra.Command {
	cmd := group(&cobra.Command{Use: "events", Short: "The events of the providers: list, show"})
	cmd.AddCommand(newEventsList(e), newEventsShow(e))
	return cmd
}

func newEventsList(e *env) *cobra.Command {
	cmd := &cobra.Command{Use: "list", Short: "List events",
		Long: "List the events of a provider; without -p those of every built-in provider that is no variant of another.",
		Args: exactly()}
	provider, globs := providerFlag(cmd), eventsFlag(cmd)
	output := outputFlag(cmd, "text", "json")
	useConfig(cmd, configLenient)
	cmd.RunE = func(*cobra.Command, []string) error {
		catalogs, err := e.catalogsOf(*provider)
		if err != nil {
			return err
		}
		var lines []eventLine
		for _, c := range catalogs {
			names, err := selectEvents(c, *globs)
			if err != nil && len(catalogs) == 1 {
				return err
			}
			lines = append(lines, eventLines(c, names, len(*globs) == 0)...)
		}
		if len(lines) == 0 {
			return misused("no built-in provider has an event %q", strings.Join(*globs, ","))
		}
		return e.printEvents(lines, output.is("json"))
	}
	return cmd
}

// catalogsOf loads a provider, or each built-in one that extends no other.
func (e *env) catalogsOf(provider string) ([]*schemas.Catalog, error) {
	if provider != "" {
		c, err := e.catalog(provider)
		return []*schemas.Catalog{c}, err
	}
	var catalogs []*schemas.Catalog
	for _, name := range schemas.Builtins() {
		c, err := schemas.Builtin(name)
		if err != nil {
			return nil, err
		}
		if c.Provider.Extends == "" {
			catalogs = append(catalogs, c)
		}
	}
	return catalogs, nil
}

// eventLines describes the named events of a catalog, or all of them.
func eventLines(c *schemas.Catalog, names []string, all bool) []eventLine {
	chosen := map[string]bool{}
	for _, name := range names {
		chosen[name] = true
	}
	var lines []eventLine
	for i, event := range c.Events() {
		if !all && !chosen[event.Name] {
			continue
		}
		source, _ := c.Provider.Source(schemas.Pointer("/events").Index(i))
		lines = append(lines, eventLine{c.Provider.Name, event.Name, event.Summary, event.Description, event.Stability, source, len(event.Examples)})
	}
	return lines
}

func (e *env) printEvents(lines []eventLine, asJSON bool) error {
	rows := [][]string{{"PROVIDER", "EVENT", "STABILITY", "SUMMARY"}}
	for _, line := range lines {
		if asJSON {
			if err := e.printJSON(line); err != nil {
				return err
			}
		}
		rows = append(rows, []string{line.Provider, line.Event, line.Stability, line.Summary})
	}
	if asJSON {
		return nil
	}
	return e.printTable(rows)
}

func newEventsShow(e *env) *cobra.Command {
	cmd := &cobra.Command{Use: "show [EVENT]", Short: "Show an event: its fields and an example",
		Long: "Show an event's description, fields and an example, or with --assumptions what of a provider nobody has confirmed.",
		Args: atMostOne}
	provider := providerFlag(cmd)
	assumptions := cmd.Flags().Bool("assumptions", false, "list what is assumed: facts of the provider that nobody has confirmed")
	output := outputFlag(cmd, "text", "json")
	useConfig(cmd, configLenient)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		if *assumptions {
			return e.showAssumptions(*provider, args, output.is("json"))
		}
		if len(args) == 0 {
			return misused("hookrig events show needs EVENT").hint("hookrig events list names them")
		}
		c, event, err := e.findEvent(*provider, args[0])
		if err != nil {
			return err
		}
		if output.is("json") {
			return e.printJSON(newEventPage(c, event))
		}
		return e.showEvent(c, event)
	}
	return cmd
}

// findEvent looks an event up, among all built-in providers when none is named.
func (e *env) findEvent(provider, name string) (*schemas.Catalog, *schemas.Event, error) {
	catalogs, err := e.catalogsOf(provider)
	if err != nil {
		return nil, nil, err
	}
	var known, owners []string
	var found *schemas.Catalog
	for _, c := range catalogs {
		for _, event := range c.Events() {
			known = append(known, event.Name)
		}
		if c.Event(name) != nil {
			found, owners = c, append(owners, c.Provider.Name)
		}
	}
	switch len(owners) {
	case 0:
		return nil, nil, oneOf("event", name, known)
	case 1:
		return found, found.Event(name), nil
	}
	return nil, nil, misused("event %q is sent by more than one provider", name).hint("choose with -p: %s", strings.Join(owners, ", "))
}

// eventPage is an event as `events show --output json` prints it.
type eventPage struct {
	Provider    string         `json:"provider"`
	Event       string         `json:"event"`
	Summary     string         `json:"summary"`
	Description string         `json:"description,omitempty"`
	Stability   string         `json:"stability"`
	Schema      any            `json:"schema"`
	Examples    []eventExample `json:"examples"`
}

type eventExample struct {
	Name string `json:"name"`
	Body string `json:"body"`
}

func newEventPage(c *schemas.Catalog, event *schemas.Event) eventPage {
	p := eventPage{c.Provider.Name, event.Name, event.Summary, event.Description, event.Stability, event.Schema.Raw, []eventExample{}}
	for _, example := range event.Examples {
		p.Examples = append(p.Examples, eventExample{example.Name, string(example.Body)})
	}
	return p
}

// showEvent prints an event for people.
func (e *env) showEvent(c *schemas.Catalog, event *schemas.Event) error {
	fmt.Fprintf(e.stdout, "%s · %s (%s)\n%s\n", c.Provider.Name, escape.Line(event.Name), escape.Line(event.Stability), escape.Line(event.Summary))
	if event.Description != "" {
		fmt.Fprintf(e.stdout, "\n%s\n", escape.Text(event.Description))
	}
	fmt.Fprintf(e.stdout, "\nFields (! is required)\n")
	if err := e.printTable(fieldRows(event.Schema)); err != nil {
		return err
	}
	for _, example := range event.Examples {
		if example.Variant == "" {
			fmt.Fprintf(e.stdout, "\nExample\n%s\n", strings.TrimSpace(escape.Text(string(example.Body))))
			break
		}
	}
	_, err := fmt.Fprintf(e.stdout, "\nhookrig stream -p %s -e %s -n 1 makes another.\n", c.Provider.Name, escape.Line(event.Name))
	return err
}

// showAssumptions lists the guesses about a provider, or about one event of it.
func (e *env) showAssumptions(provider string, args []string, asJSON bool) error {
	catalogs, err := e.catalogsOf(provider)
	if err != nil {
		return err
	}
	if len(args) == 1 {
		c, _, err := e.findEvent(provider, args[0])
		if err != nil {
			return err
		}
		catalogs = []*schemas.Catalog{c}
	}
	rows := [][]string{{"PROVIDER", "WHERE", "GUESS", "SETTLED BY"}}
	for _, c := range catalogs {
		for _, a := range c.Assumptions() {
			if len(args) == 1 && !strings.HasPrefix(a.File, "events/"+args[0]+".schema.json") {
				continue
			}
			if asJSON {
				line := struct {
					Provider string `json:"provider"`
					schemas.Assumption
				}{c.Provider.Name, a}
				if err := e.printJSON(line); err != nil {
					return err
				}
			}
			rows = append(rows, []string{c.Provider.Name, a.File + " " + string(a.Pointer), a.Guess, a.Settles})
		}
	}
	if asJSON {
		return nil
	}
	return e.printTable(rows)
}
