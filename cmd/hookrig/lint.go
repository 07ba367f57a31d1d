package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/hookrig/hookrig/generators"
	"github.com/hookrig/hookrig/schemas"
)

// lintLine is one thing wrong, as `lint --output json` prints it.
type lintLine struct {
	File    string          `json:"file"`
	Line    int             `json:"line,omitempty"`
	Pointer schemas.Pointer `json:"pointer,omitempty"`
	Rule    string          `json:"rule,omitempty"`
	Message string          `json:"message"`
}

func newLint(e *env) *cobra.Command {
	l := &linter{env: e}
	cmd := &cobra.Command{Use: "lint PATH...", Short: "Check provider folders and recorded deliveries",
		Long: `Check provider folders (provider.json, schemas, examples, journeys, laws), OpenAPI documents with -p, and
files of recorded deliveries or bodies, one a line, against the schemas of the provider that each line or -p
names. Exit 1 when anything is wrong.`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return misused("hookrig lint needs PATH").hint("usage: %s", cmd.UseLine())
			}
			return nil
		}}
	l.provider = providerFlag(cmd)
	l.output = outputFlag(cmd, "text", "json")
	useConfig(cmd, configLenient)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		for _, path := range args {
			if err := l.path(path); err != nil {
				return err
			}
		}
		if l.found > 0 {
			return ended(exitBad)
		}
		return nil
	}
	return cmd
}

// linter checks what it is pointed at and counts what is wrong.
type linter struct {
	env      *env
	provider *string
	output   *choice
	catalogs map[string]*schemas.Catalog
	found    int
}

func (l *linter) path(path string) error {
	info, err := os.Stat(path)
	switch {
	case path != "-" && err != nil:
		return misused("read %q: %w", path, reason(err))
	case path != "-" && info.IsDir():
		return l.folder(path)
	}
	return l.file(path)
}

// folder checks a provider folder.
func (l *linter) folder(dir string) error {
	c, err := schemas.Load(os.DirFS(dir))
	if err == nil {
		_, err = generators.Load(c)
	}
	var folder *schemas.FolderError
	switch {
	case errors.As(err, &folder):
		for _, p := range folder.Problems {
			if err := l.report(lintLine{filepath.Join(dir, p.File), p.Line, p.Pointer, "", p.Message}); err != nil {
				return err
			}
		}
		return nil
	case err != nil:
		for _, mistake := range mistakes(err) {
			line := lintLine{File: dir, Message: mistake.Error()}
			var file *generators.FileError
			if errors.As(mistake, &file) {
				line = lintLine{File: filepath.Join(dir, file.File), Pointer: file.Place, Message: file.Cause.Error()}
			}
			if err := l.report(line); err != nil {
				return err
			}
		}
		return nil
	}
	return l.good("%s: provider %s, %d events, %d assumptions", dir, c.Provider.Name, len(c.Events()), len(c.Assumptions()))
}

// file checks recorded deliveries or bodies, one a line.
func (l *linter) file(path string) error {
	data, err := l.env.readInput(path)
	if err != nil {
		return err
	}
	if problem := textProblem(data); problem != "" {
		return misused("%s: %s", path, problem)
	}
	number, messages, before := 0, 0, l.found
	for line := range bytes.Lines(data) {
		number++
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		messages++
		if err := l.message(line, path, number); err != nil {
			return err
		}
	}
	if l.found == before {
		return l.good("%s: %d messages", path, messages)
	}
	return nil
}

// message checks one line.
func (l *linter) message(line []byte, path string, number int) error {
	body, provider := line, *l.provider
	if isDelivery(line) {
		d, err := readDelivery(line, path, number)
		if err != nil {
			return l.report(lintLine{File: path, Line: number, Rule: "delivery", Message: err.Error()})
		}
		body, provider = d.Body, cmp.Or(provider, d.Provider)
	}
	c, err := l.catalog(provider)
	if err != nil {
		return err
	}
	var invalid *schemas.InvalidError
	if err := c.Validate(body); errors.As(err, &invalid) {
		for _, v := range invalid.Violations {
			if err := l.report(lintLine{path, number, v.Pointer, v.Keyword, v.Message}); err != nil {
				return err
			}
		}
	}
	return nil
}

// catalog loads each provider once.
func (l *linter) catalog(name string) (*schemas.Catalog, error) {
	if c := l.catalogs[name]; c != nil {
		return c, nil
	}
	c, err := l.env.catalog(name)
	if err != nil {
		return nil, err
	}
	if l.catalogs == nil {
		l.catalogs = map[string]*schemas.Catalog{}
	}
	l.catalogs[name] = c
	return c, nil
}

func (l *linter) report(line lintLine) error {
	l.found++
	if l.output.is("json") {
		return l.env.printJSON(line)
	}
	where := line.File
	if line.Line > 0 {
		where += fmt.Sprintf(":%d", line.Line)
	}
	if line.Pointer != "" {
		where += " " + string(line.Pointer)
	}
	if line.Rule != "" {
		where += ": " + line.Rule
	}
	return l.env.printLine("%s: %s", where, line.Message)
}

func (l *linter) good(format string, args ...any) error {
	if l.output.is("json") {
		return nil
	}
	return l.env.printLine("good: "+format, args...)
}
