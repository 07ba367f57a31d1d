package main

import (
	"errors"
	"io/fs"

	"github.com/spf13/cobra"

	"github.com/hookrig/hookrig/generators"
	"github.com/hookrig/hookrig/schemas"
	"github.com/hookrig/hookrig/schemas/openapi"
)

func newImport(e *env) *cobra.Command {
	cmd := &cobra.Command{Use: "import FILE", Short: "Make a provider folder of an OpenAPI 3.1 document",
		Long: "Make a provider folder of an OpenAPI 3.1 document with webhooks. What the document does not say (signing, deadlines,\n" +
			"retries) is marked as assumed: hookrig events show --assumptions lists it.",
		Args: exactly("FILE")}
	var to destination
	cmd.Flags().StringVar(&to.out, "out", "", "folder to write (required)")
	name := cmd.Flags().String("name", "", "name of the provider; which one, in a document of several")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		folder, c, err := e.imported(args[0], *name)
		if err != nil {
			return err
		}
		files, err := filesOf(folder)
		if err != nil {
			return err
		}
		if err := e.documents(to, files); err != nil {
			return err
		}
		e.say("wrote %s with %d events; %d facts are assumed", to.out, len(c.Events()), len(c.Assumptions()))
		return nil
	}
	return cmd
}

// imported makes a provider of an OpenAPI document. Events whose schemas nothing satisfies are left out,
// each with a word about it.
func (e *env) imported(file, name string) (fs.FS, *schemas.Catalog, error) {
	data, err := e.readInput(file)
	if err != nil {
		return nil, nil, err
	}
	if problem := textProblem(data); problem != "" {
		return nil, nil, misused("read %q: %s", file, problem)
	}
	folder, c, err := provided(data, name)
	if err == nil {
		_, err = generators.Load(c)
	}
	if broken := unmakeable(err); len(broken) > 0 {
		var names []string
		for _, event := range broken {
			names = append(names, event.Event)
			e.say("%s: left out event %q: %v", file, event.Event, event.Err)
		}
		folder, c, err = provided(data, name, names...)
	}
	if err != nil {
		return nil, nil, misused("read %q: %w", file, err)
	}
	return folder, c, nil
}

// provided is the document as a provider, without some of its events.
func provided(document []byte, name string, except ...string) (fs.FS, *schemas.Catalog, error) {
	folder, err := openapi.Import(document, name, except...)
	if err != nil {
		return nil, nil, err
	}
	c, err := schemas.Load(folder)
	return folder, c, err
}

// unmakeable are the events that stand in the way; none when something else does too.
func unmakeable(err error) []*generators.EventError {
	var all []*generators.EventError
	for _, mistake := range mistakes(err) {
		var event *generators.EventError
		if !errors.As(mistake, &event) {
			return nil
		}
		all = append(all, event)
	}
	return all
}

// mistakes are the errors that a generator joined, each about an event or a file; nil for nil.
func mistakes(err error) []error {
	for cause := err; cause != nil; cause = errors.Unwrap(cause) {
		switch layer := cause.(type) { //nolint:errorlint // each layer is looked at
		case *generators.EventError, *generators.FileError:
			return []error{cause}
		case interface{ Unwrap() []error }:
			var all []error
			for _, one := range layer.Unwrap() {
				all = append(all, mistakes(one)...)
			}
			return all
		}
	}
	if err == nil {
		return nil
	}
	return []error{err}
}

// filesOf reads every file of a folder.
func filesOf(folder fs.FS) (map[string][]byte, error) {
	files := map[string][]byte{}
	err := fs.WalkDir(folder, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		files[name], err = fs.ReadFile(folder, name)
		return err
	})
	return files, err
}
