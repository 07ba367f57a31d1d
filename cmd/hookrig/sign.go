package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/hookrig/hookrig/internal/escape"
	"github.com/hookrig/hookrig/schemas"
)

func newSign(e *env) *cobra.Command {
	cmd := &cobra.Command{Use: "sign [FILE]", Short: "Sign a body as the provider would: print the headers",
		Long: "Sign the bytes of FILE, or of stdin, exactly as they are, and print the header lines of the delivery, or with\n--output json the whole request as one line.",
		Args: atMostOne}
	provider, secret := providerFlag(cmd), secretFlag(cmd)
	signing := signingFlag(cmd, "sign as this scheme does")
	at := &instant{now: e.now}
	cmd.Flags().Var(at, "at", "when it is sent (default now)")
	target := cmd.Flags().String("url", "", "where it goes (default: the address of the provider's own tutorial)")
	output := outputFlag(cmd, "text", "json")
	useConfig(cmd, configLenient)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		p, err := e.signer(*provider, *signing)
		if err != nil {
			return err
		}
		secrets, err := e.secretsFor(p, *secret)
		if err != nil {
			return err
		}
		body, err := e.readInput(argument(args))
		if err != nil {
			return err
		}
		m, err := p.Read(body)
		if err != nil {
			return misused("%s: %w", argument(args), err)
		}
		if at.IsZero() {
			at.Time = e.now()
		}
		endpoint := schemas.Endpoint{URL: consumerURL(p, *target), Secrets: secrets}
		envelope, err := p.Envelope(m, endpoint, schemas.Attempt{Number: 1, At: at.Time})
		if err != nil {
			return misused("%w", err)
		}
		if output.is("json") {
			return e.printJSON(schemas.NewRecord(p.Name, m, envelope, at.Time))
		}
		for _, line := range envelope.Headers {
			if _, err := fmt.Fprintf(e.stdout, "%s: %s\n", line[0], escape.Line(line[1])); err != nil {
				return err
			}
		}
		return nil
	}
	return cmd
}

// argument is the file that a command reads: its argument, or stdin.
func argument(args []string) string {
	if len(args) == 0 {
		return "-"
	}
	return args[0]
}
