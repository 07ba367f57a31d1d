package main

import (
	"io/fs"

	"github.com/spf13/cobra"

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
		data, err := e.readInput(args[0])
		if err != nil {
			return err
		}
		if problem := textProblem(data); problem != "" {
			return misused("read %q: %s", args[0], problem)
		}
		folder, err := openapi.Import(data, *name)
		if err != nil {
			return misused("read %q: %w", args[0], err)
		}
		c, err := schemas.Load(folder)
		if err != nil {
			return misused("read %q: %w", args[0], err)
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
