package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/hookrig/hookrig/generators/reference"
	"github.com/hookrig/hookrig/mockprovider"
	"github.com/hookrig/hookrig/schemas"
	"github.com/hookrig/hookrig/schemas/openapi"
)

func newDocs(e *env) *cobra.Command {
	cmd := group(&cobra.Command{Use: "docs", Short: "Make reference pages and documents of a catalog",
		Long: "Make reference pages and documents of a catalog: without -p, of every built-in provider that is no variant of another.\n" +
			"With --check nothing is written: the command ends with 1 when what stands at --out is not what it would write."})
	cmd.AddCommand(newDocsSite(e), newDocsMarkdown(e), newDocsJSON(e), newDocsAsyncAPI(e), newDocsOpenAPI(e))
	return cmd
}

// destination is where documents go.
type destination struct {
	out   string
	check bool
}

func (d *destination) flags(cmd *cobra.Command, what string) {
	cmd.Flags().StringVar(&d.out, "out", "", what)
	cmd.Flags().BoolVar(&d.check, "check", false, "write nothing; end with 1 when what stands at --out is stale")
	fileFlag(cmd, "out")
}

// document writes one document to stdout or a file, or compares the file with it.
func (e *env) document(d destination, text []byte) error {
	switch {
	case d.out == "" && d.check:
		return misused("--check needs --out").hint("--out names the committed file")
	case d.out == "":
		_, err := e.stdout.Write(text)
		return err
	case !d.check:
		return writeFile(d.out, 0o644, func(w io.Writer) error {
			_, err := w.Write(text)
			return err
		})
	}
	there, err := e.readInput(d.out)
	if err != nil {
		return err
	}
	if !bytes.Equal(there, text) {
		e.say("%q is stale: line %d is not what this version writes", d.out, firstDifference(there, text))
		return ended(exitBad)
	}
	return nil
}

// firstDifference is the number of the first line in which two texts differ.
func firstDifference(a, b []byte) int {
	line := 1
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return line
		}
		if a[i] == '\n' {
			line++
		}
	}
	return line
}

// books reads the books of a provider, or of each built-in one that extends no other.
func (e *env) books(provider string) ([]*reference.Book, error) {
	catalogs, err := e.catalogsOf(provider)
	if err != nil {
		return nil, err
	}
	var books []*reference.Book
	for _, c := range catalogs {
		book, err := reference.New(c)
		if err != nil {
			return nil, misused("make reference pages: %w", err)
		}
		books = append(books, book)
	}
	return books, nil
}

func newDocsSite(e *env) *cobra.Command {
	cmd := &cobra.Command{Use: "site", Short: "A web site that works from a folder", Args: exactly()}
	provider := providerFlag(cmd)
	var to destination
	to.flags(cmd, "folder to write (required)")
	cmd.RunE = func(*cobra.Command, []string) error {
		books, err := e.books(*provider)
		if err != nil {
			return err
		}
		files, err := reference.Site(books)
		if err != nil {
			return err
		}
		return e.documents(to, files)
	}
	return cmd
}

func newDocsMarkdown(e *env) *cobra.Command {
	cmd := &cobra.Command{Use: "markdown [EVENT]", Short: "Markdown that MDX reads too; one event to stdout", Args: atMostOne}
	provider := providerFlag(cmd)
	basePath := cmd.Flags().String("base-path", "", "what links between the pages begin with (default: relative links)")
	var to destination
	to.flags(cmd, "folder to write (required without EVENT)")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		cfg := reference.MarkdownConfig{BasePath: *basePath}
		if len(args) == 0 {
			books, err := e.books(*provider)
			if err != nil {
				return err
			}
			return e.documents(to, reference.Markdown(books, cfg))
		}
		c, event, err := e.findEvent(*provider, args[0])
		if err != nil {
			return err
		}
		book, err := reference.New(c)
		if err != nil {
			return misused("make reference pages: %w", err)
		}
		return e.document(to, reference.EventMarkdown(book, event.Name, cfg))
	}
	return cmd
}

func newDocsJSON(e *env) *cobra.Command {
	cmd := &cobra.Command{Use: "json", Short: "The same as JSON, for other generators: one object a provider and line", Args: exactly()}
	provider := providerFlag(cmd)
	var to destination
	to.flags(cmd, "file to write (default: stdout)")
	cmd.RunE = func(*cobra.Command, []string) error {
		books, err := e.books(*provider)
		if err != nil {
			return err
		}
		var out bytes.Buffer
		encoder := json.NewEncoder(&out)
		encoder.SetEscapeHTML(false)
		for _, book := range books {
			if err := encoder.Encode(book); err != nil {
				return fmt.Errorf("write JSON: %w", err)
			}
		}
		return e.document(to, out.Bytes())
	}
	return cmd
}

func newDocsAsyncAPI(e *env) *cobra.Command {
	cmd := &cobra.Command{Use: "asyncapi", Short: "An AsyncAPI 3.0 document of one provider", Args: exactly()}
	provider := providerFlag(cmd)
	var to destination
	to.flags(cmd, "file to write (default: stdout)")
	cmd.RunE = func(*cobra.Command, []string) error {
		c, err := e.catalog(*provider)
		if err != nil {
			return err
		}
		text, err := reference.AsyncAPI(c)
		if err != nil {
			return err
		}
		return e.document(to, text)
	}
	return cmd
}

func newDocsOpenAPI(e *env) *cobra.Command {
	cmd := &cobra.Command{Use: "openapi", Short: "An OpenAPI 3.1 document with a webhook for every event", Args: exactly(),
		Long: "An OpenAPI 3.1 document with a webhook for every event and, for the built-in providers, the paths of the mock's own API."}
	provider := providerFlag(cmd)
	var to destination
	to.flags(cmd, "file to write (default: stdout)")
	cmd.RunE = func(*cobra.Command, []string) error {
		catalogs, err := e.catalogsOf(*provider)
		if err != nil {
			return err
		}
		text, err := openapi.Write(openapiDocument(*provider, catalogs))
		if err != nil {
			return err
		}
		return e.document(to, text)
	}
	return cmd
}

// openapiDocument says what stands around the webhooks.
func openapiDocument(provider string, catalogs []*schemas.Catalog) openapi.Document {
	if provider != "" {
		title := catalogs[0].Provider.Title
		return openapi.Document{Title: title + " webhooks", Version: "1.0.0", Catalogs: catalogs, Description: "Every event that " + title + " sends."}
	}
	return openapi.Document{
		Title: "hookrig", Version: "1.0.0", Catalogs: catalogs,
		Description: "Every event of every built-in provider as a webhook, and the control API of the mock provider.",
		Server:      "http://" + mockAddress, Paths: mockprovider.API(),
	}
}

// mockAddress is where hookrig serve listens by default.
const mockAddress = "127.0.0.1:4400"
