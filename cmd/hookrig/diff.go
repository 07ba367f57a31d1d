package main

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hookrig/hookrig/contract"
	"github.com/hookrig/hookrig/schemas"
)

// diffLine is a change as `diff --output json` prints it.
type diffLine struct {
	Provider string `json:"provider"`
	schemas.Change
	Hits []string `json:"hits"` // consumer contracts that need what changes
}

func newDiff(e *env) *cobra.Command {
	cmd := &cobra.Command{Use: "diff OLD NEW", Short: "What a change of a catalog does to consumers, and whom it hits",
		Long: `Compare two versions of a catalog (provider names, folders or OpenAPI documents) from the consumer's side, what
breaks first. With --consumer, what hookrig probe wrote, it names who is hit. Exit 1 when anything breaks, or
with --consumer when anybody is hit.`,
		Args: exactly("OLD", "NEW")}
	consumers := cmd.Flags().StringArray("consumer", nil, "contract of a consumer, as hookrig probe wrote it (repeatable)")
	fileFlag(cmd, "consumer")
	output := outputFlag(cmd, "text", "json")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		was, err := e.catalog(args[0])
		if err != nil {
			return err
		}
		is, err := e.catalog(args[1])
		if err != nil {
			return err
		}
		contracts, err := e.consumerContracts(*consumers)
		if err != nil {
			return err
		}
		return e.printDiff(is.Provider.Name, schemas.Diff(was, is), contracts, output.is("json"))
	}
	return cmd
}

// consumerContracts reads what probe wrote, by file.
func (e *env) consumerContracts(paths []string) (map[string]*contract.ConsumerContract, error) {
	all := map[string]*contract.ConsumerContract{}
	for _, path := range paths {
		data, err := e.readInput(path)
		if err != nil {
			return nil, err
		}
		if err := strictJSON(data, path); err != nil {
			return nil, err
		}
		if all[path], err = contract.ReadConsumerContract(bytes.NewReader(data)); err != nil {
			return nil, misused("%s: %w", path, err)
		}
	}
	return all, nil
}

func (e *env) printDiff(provider string, changes []schemas.Change, consumers map[string]*contract.ConsumerContract, asJSON bool) error {
	breaks, hit := 0, 0
	for _, change := range changes {
		line := diffLine{provider, change, hits(change, consumers)}
		if change.Impact == schemas.Breaks {
			breaks++
		}
		hit += len(line.Hits)
		if err := e.printChange(line, asJSON); err != nil {
			return err
		}
	}
	if !asJSON {
		fmt.Fprintf(e.stdout, "%d changes, %d break a consumer that was right\n", len(changes), breaks)
	}
	if len(consumers) > 0 && hit == 0 || breaks == 0 {
		return nil
	}
	return ended(exitBad)
}

func (e *env) printChange(line diffLine, asJSON bool) error {
	if asJSON {
		return e.printJSON(line)
	}
	text := line.Change.String()
	if len(line.Hits) > 0 {
		text += "; hits " + strings.Join(line.Hits, ", ")
	}
	return e.printLine("%s", text)
}

// hits names the consumers that break by what the change lets them meet.
func hits(change schemas.Change, consumers map[string]*contract.ConsumerContract) []string {
	named := []string{}
	for _, path := range keysOf(consumers) {
		event, known := consumers[path].Events[change.Event]
		if !known {
			continue
		}
		f, probed := event.Fields[change.Place]
		reaction := map[string]contract.Reaction{"absent": f.Absent, "null": f.Null, "changed": f.Changed}[change.Like]
		dropped := change.Impact == schemas.Breaks && event.Accepts && (change.Place == "" || !probed || reaction == "")
		if dropped || reaction == contract.Breaks || reaction == contract.Uses && change.Impact == schemas.Breaks {
			named = append(named, path)
		}
	}
	return named
}
