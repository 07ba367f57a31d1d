package main

import (
	"bytes"

	"github.com/spf13/cobra"

	"github.com/hookrig/hookrig/contract/report"
)

func newReport(e *env) *cobra.Command {
	v := &verdictFlags{}
	cmd := &cobra.Command{Use: "report FILE", Short: "Write a run's reports again from its JSON",
		Long: "Read what test --report json=FILE or test --output json wrote, and write it again for other readers. The exit\ncode is that of the run.",
		Args: exactly("FILE")}
	cmd.Flags().StringSliceVar(&v.reports, "report", nil, "write junit=FILE, json=FILE, html=FILE, markdown=FILE; github")
	v.failOn = &choice{"must", []string{"must"}}
	output := outputFlag(cmd, "text", "json")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		data, err := e.readInput(args[0])
		if err != nil {
			return err
		}
		if err := strictJSON(data, args[0]); err != nil {
			return err
		}
		r, err := report.Read(bytes.NewReader(data))
		if err != nil {
			return misused("%s: %w", args[0], err)
		}
		words, err := v.open(e, r.Provider)
		if err != nil {
			return err
		}
		defer words.discard()
		if err := words.write(e, r, output.is("json")); err != nil {
			return err
		}
		return ended(r.Exit)
	}
	return cmd
}
