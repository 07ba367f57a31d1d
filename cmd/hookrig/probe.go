package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/hookrig/hookrig/contract"
)

// prober is the command: what a consumer really needs of each optional field.
type prober struct {
	trial
	out    string
	output *choice
}

func newProbe(e *env) *cobra.Command {
	p := &prober{trial: trial{env: e}}
	cmd := &cobra.Command{Use: "probe [URL | PORT] [-- COMMAND...]", Short: "Find out which fields a consumer needs",
		Long: "Leave out, null and change each optional field in turn, and write down what the consumer does: its own\ncontract, with which hookrig diff tells whether a change of the catalog hits it.",
		Args: p.args}
	p.flags(cmd)
	cmd.Flags().StringVar(&p.out, "out", "", "write the consumer's contract to this file (consumer-contract.json)")
	fileFlag(cmd, "out")
	p.output = outputFlag(cmd, "text", "json")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return p.run(cmd.Context()) }
	return cmd
}

func (p *prober) run(ctx context.Context) error {
	cfg, err := p.what.config(p.env)
	if err != nil {
		return err
	}
	if cfg.Catalog == nil {
		return misused("probe needs a catalog: a sample has no optional fields")
	}
	stage, err := p.open(ctx, &cfg)
	if err != nil {
		return err
	}
	defer stage.close()
	found, err := contract.Probe(ctx, cfg)
	switch {
	case err != nil && ctx.Err() != nil:
		return ctx.Err()
	case err != nil && found == nil:
		return misused("%w", err)
	case err != nil:
		return unable("%w", err)
	}
	if p.out != "" {
		if err := writeFile(p.out, 0o644, func(w io.Writer) error { return contract.WriteConsumerContract(w, found) }); err != nil {
			return err
		}
		p.env.say("wrote %s", p.out)
	}
	if p.output.is("json") {
		err = p.env.printJSON(found)
	} else {
		err = p.env.printNeeds(found)
	}
	return errors.Join(err, stage.finish())
}

// printNeeds prints what breaks the consumer, and what it refuses as a whole.
func (e *env) printNeeds(c *contract.ConsumerContract) error {
	rows := [][]string{{"EVENT", "FIELD", "ABSENT", "NULL", "CHANGED"}}
	fields := 0
	for _, name := range keysOf(c.Events) {
		event := c.Events[name]
		if !event.Accepts {
			rows = append(rows, []string{name, "", "refused: " + event.Reason, "", ""})
			continue
		}
		for _, place := range keysOf(event.Fields) {
			f := event.Fields[place]
			fields++
			rows = append(rows, []string{name, string(place), dash(f.Absent), dash(f.Null), dash(f.Changed)})
		}
	}
	if err := e.printTable(rows); err != nil {
		return err
	}
	if !c.Observed {
		fmt.Fprintln(e.stdout, "Effects were not seen: what is acknowledged counts as ignored. --observe shows more.")
	}
	_, err := fmt.Fprintf(e.stdout, "%d optional fields of %d events tried.\n", fields, len(c.Events))
	return err
}

func dash(r contract.Reaction) string {
	if r == "" {
		return "-"
	}
	return string(r)
}
