package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/hookrig/hookrig/internal/escape"
)

// choice is a flag that takes one of a few words.
type choice struct {
	value string
	known []string
}

func (c *choice) String() string       { return c.value }
func (c *choice) Type() string         { return strings.Join(c.known, "|") }
func (c *choice) is(value string) bool { return c.value == value }

// Set takes a known word and refuses any other.
func (c *choice) Set(value string) error {
	if err := oneOf("value", value, c.known); err != nil {
		return err
	}
	c.value = value
	return nil
}

// outputFlag adds --output; the first of the known forms is the default.
func outputFlag(cmd *cobra.Command, known ...string) *choice {
	c := &choice{known[0], known}
	cmd.Flags().VarP(c, "output", "o", "form of the result")
	complete(cmd, "output", func() []string { return known })
	return c
}

// complete offers words for the value of a flag to the shell.
func complete(cmd *cobra.Command, flag string, words func() []string) {
	err := cmd.RegisterFlagCompletionFunc(flag, func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return words(), cobra.ShellCompDirectiveNoFileComp
	})
	if err != nil {
		panic(err) // the flag is ours
	}
}

// printJSON prints a value as one line of JSON that is safe to show in a terminal.
func (e *env) printJSON(v any) error {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	_, err := e.stdout.Write(escape.JSON(b.Bytes()))
	return err
}

// printTable prints rows in columns. The cells may be anybody's text.
func (e *env) printTable(rows [][]string) error {
	w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = escape.Line(cell)
		}
		fmt.Fprintln(w, strings.Join(cells, "\t"))
	}
	return w.Flush()
}

// colored says whether results on stdout may hold colours.
func (e *env) colored() bool {
	switch {
	case e.getenv("NO_COLOR") != "":
		return false
	case e.getenv("FORCE_COLOR") != "":
		return true
	}
	return e.stdoutIsTerminal && e.getenv("TERM") != "dumb"
}

// printLine prints one line of anybody's text.
func (e *env) printLine(format string, args ...any) error {
	_, err := fmt.Fprintln(e.stdout, escape.Line(fmt.Sprintf(format, args...)))
	return err
}
