package main

import (
	"bytes"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hookrig/hookrig/schemas"
)

// secretFlag adds --secret-file.
func secretFlag(cmd *cobra.Command) *string {
	path := cmd.Flags().String("secret-file", "", "file with the signing secret, one a line, the current one first (or set HOOKRIG_SECRET)")
	fileFlag(cmd, "secret-file")
	return path
}

// secrets reads the secrets that were given: from the file, or HOOKRIG_SECRET, or the config file's main
// endpoint. None is no error here.
func (e *env) secrets(file string) ([]schemas.Secret, error) {
	if file != "" {
		data, err := e.readInput(file)
		if err != nil {
			return nil, err
		}
		if problem := textProblem(data); problem != "" {
			return nil, misused("read secret %q: %s", file, problem)
		}
		return secretLines(string(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")))), nil
	}
	if text := e.getenv("HOOKRIG_SECRET"); text != "" {
		return secretLines(text), nil
	}
	if e.config != nil && len(e.config.endpoints) > 0 {
		return secretsOf(e.config.endpoints[0].secrets), nil
	}
	return nil, nil
}

// secretsFor are the secrets for a provider: one that signs needs some, one that does not has no use
// for them.
func (e *env) secretsFor(p *schemas.Provider, file string) ([]schemas.Secret, error) {
	secrets, err := e.secrets(file)
	switch {
	case err != nil:
		return nil, err
	case p.Signing == nil && len(secrets) > 0:
		e.say("%s signs nothing: the secret is ignored", p.Name)
		return nil, nil
	case p.Signing != nil && len(secrets) == 0:
		return nil, missingSecret(p)
	}
	return secrets, usable(p, secrets)
}

func missingSecret(p *schemas.Provider) error {
	return misused("%s signs its deliveries, and no secret is given", p.Name).
		hint("set HOOKRIG_SECRET, or use --secret-file FILE; a secret is never an argument")
}

// usable says which secret cannot sign or verify.
func usable(p *schemas.Provider, secrets []schemas.Secret) error {
	if p.Signing == nil {
		return nil
	}
	for _, secret := range secrets {
		public := p.Signing.Secret.PublicPrefix
		if public != "" && strings.HasPrefix(string(secret), public) {
			continue // verifies only; whoever signs with it is told then
		}
		if _, err := p.Signing.Sign(secret, "id", "0", nil); err != nil {
			return misused("%s: %w", p.Name, err)
		}
	}
	return nil
}

func secretLines(text string) []schemas.Secret { return secretsOf(strings.Split(text, "\n")) }

func secretsOf(lines []string) []schemas.Secret {
	var secrets []schemas.Secret
	for _, line := range lines {
		if line = strings.TrimSpace(line); line != "" {
			secrets = append(secrets, schemas.Secret(line))
		}
	}
	return secrets
}
