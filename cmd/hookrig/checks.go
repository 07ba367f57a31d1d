package main

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hookrig/hookrig/contract/checks"
	"github.com/hookrig/hookrig/internal/escape"
)

// checkLine is a check as `checks list --output json` prints it.
type checkLine struct {
	Check    string   `json:"check"`
	Number   int      `json:"number"`
	Title    string   `json:"title"`
	Family   string   `json:"family"`
	Severity string   `json:"severity"`
	Level    string   `json:"level"`
	Schemes  []string `json:"schemes"`
	Needs    []string `json:"needs"`
	Why      string   `json:"why,omitempty"`
	Sends    string   `json:"sends,omitempty"`
	Judges   string   `json:"judges,omitempty"`
	Fix      string   `json:"fix,omitempty"`
	Basis    string   `json:"basis,omitempty"`
	Source   string   `json:"source,omitempty"`
}

func newChecks(e *env) *cobra.Command {
	cmd := group(&cobra.Command{Use: "checks", Short: "What consumers get wrong: list, show"})
	cmd.AddCommand(newChecksList(e), newChecksShow(e))
	return cmd
}

func newChecksList(e *env) *cobra.Command {
	cmd := &cobra.Command{Use: "list", Short: "List the checks", Args: exactly()}
	provider := providerFlag(cmd)
	output := outputFlag(cmd, "text", "json")
	useConfig(cmd, configLenient)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		all := checks.All()
		if cmd.Flag("provider").Changed {
			c, err := e.catalog(*provider)
			if err != nil {
				return err
			}
			scheme := checks.SchemeOf(c.Provider)
			all = slices.DeleteFunc(all, func(c *checks.Check) bool { return !c.Selects(scheme) })
		}
		rows := [][]string{{"#", "CHECK", "LEVEL", "SEVERITY", "NEEDS", "WHAT GOES WRONG"}}
		for _, c := range all {
			if output.is("json") {
				line := newCheckLine(c)
				line.Why, line.Sends, line.Judges, line.Fix, line.Basis, line.Source = "", "", "", "", "", ""
				if err := e.printJSON(line); err != nil {
					return err
				}
			}
			rows = append(rows, []string{fmt.Sprint(c.Number), c.ID, string(c.Level), string(c.Severity), strings.Join(needs(c.Needs), " "), c.Title})
		}
		if output.is("json") {
			return nil
		}
		return e.printTable(rows)
	}
	return cmd
}

func newChecksShow(e *env) *cobra.Command {
	cmd := &cobra.Command{Use: "show ID", Short: "Show a check: why it matters, what is sent, how to fix it", Args: exactly("ID"),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return checkIDs(), cobra.ShellCompDirectiveNoFileComp
		}}
	output := outputFlag(cmd, "text", "json")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		c := checks.ByID(args[0])
		if c == nil {
			return oneOf("check", args[0], checkIDs())
		}
		if output.is("json") {
			return e.printJSON(newCheckLine(c))
		}
		return e.showCheck(newCheckLine(c))
	}
	return cmd
}

// showCheck prints a check for people.
func (e *env) showCheck(c checkLine) error {
	fmt.Fprintf(e.stdout, "%d %s: %s\n%s · %s · %s · schemes %s\n", c.Number, c.Check, c.Title, c.Family, c.Severity, c.Level, strings.Join(c.Schemes, " "))
	for _, part := range [][2]string{{"Why it matters", c.Why}, {"What is sent", c.Sends}, {"What is judged", c.Judges},
		{"How to fix it", c.Fix}, {"Basis", strings.TrimSuffix(c.Basis+": "+c.Source, ": ")}, {"Needs", strings.Join(c.Needs, ", ")}} {
		if part[1] != "" {
			fmt.Fprintf(e.stdout, "\n%s\n  %s\n", part[0], strings.ReplaceAll(escape.Text(part[1]), "\n", "\n  "))
		}
	}
	_, err := fmt.Fprintf(e.stdout, "\nhookrig test --checks %s runs it alone.\n", c.Check)
	return err
}

func newCheckLine(c *checks.Check) checkLine {
	line := checkLine{c.ID, c.Number, c.Title, string(c.Family), string(c.Severity), string(c.Level), []string{}, needs(c.Needs),
		c.Why, c.Sends, c.Judges, c.Fix, string(c.Basis.Kind), c.Basis.Source}
	for _, scheme := range c.Schemes {
		line.Schemes = append(line.Schemes, string(scheme))
	}
	if c.Basis.Fact != "" {
		line.Source = cmp.Or(line.Source, "provider.json "+string(c.Basis.Fact))
	}
	return line
}

// needs names the flags that a check waits for.
func needs(n checks.Needs) []string {
	list := []string{}
	for _, need := range []struct {
		wanted bool
		flag   string
	}{
		{n.Hook, "--observe"}, {n.Restart, "--restart-cmd"}, {n.FailNext, "--fail-next-cmd"},
		{n.Endpoints > 1, "endpoints"}, {n.Handshake, "handshake"}, {n.Aggressive, "--aggressive"},
	} {
		if need.wanted {
			list = append(list, need.flag)
		}
	}
	return list
}

func checkIDs() []string {
	var ids []string
	for _, c := range checks.All() {
		ids = append(ids, c.ID)
	}
	return ids
}

// knownChecks refuses a glob that matches no check.
func knownChecks(flag string, globs []string) error {
	for _, glob := range globs {
		found := false
		for _, id := range checkIDs() {
			ok, err := path.Match(glob, id)
			if err != nil {
				return misused("%s %q is not a pattern: * stands for any text, ? for a character", flag, glob)
			}
			found = found || ok
		}
		if !found {
			return oneOf("check", glob, checkIDs())
		}
	}
	return nil
}
