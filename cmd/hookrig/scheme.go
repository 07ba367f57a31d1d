package main

import (
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hookrig/hookrig/schemas"
)

// signingFlag adds --signing.
func signingFlag(cmd *cobra.Command, usage string) *string {
	name := cmd.Flags().String("signing", "", usage+": "+strings.Join(schemas.Schemes(), ", ")+", or a file that describes it")
	complete(cmd, "signing", schemas.Schemes)
	return name
}

// signer is the provider that -p or --signing means, as far as signing goes.
func (e *env) signer(provider, signing string) (*schemas.Provider, error) {
	if signing != "" {
		return e.scheme(signing)
	}
	if provider == "" {
		return nil, misused("nothing says how it is signed").
			hint("name a provider with -p: %s", strings.Join(schemas.Builtins(), ", ")).
			hint("or a scheme with --signing: %s", strings.Join(schemas.Schemes(), ", "))
	}
	c, err := e.catalog(provider)
	if err != nil {
		return nil, err
	}
	return c.Provider, nil
}

// scheme is a ready signing scheme, or one that a file describes.
func (e *env) scheme(name string) (*schemas.Provider, error) {
	if s, err := schemas.LoadScheme(name); err == nil {
		return s.Provider(), nil
	}
	if _, err := os.Stat(name); err != nil && !strings.ContainsAny(name, `/\.`) {
		return nil, oneOf("signing scheme", name, schemas.Schemes())
	}
	text, err := e.readInput(name)
	if err != nil {
		return nil, err
	}
	s, err := schemas.ReadScheme(text)
	if err != nil {
		return nil, misused("read signing scheme %q: %w", name, err)
	}
	return s.Provider(), nil
}
