package reference_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"html"
	"maps"
	"net/textproto"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hookrig/hookrig/generators/reference"
	"github.com/hookrig/hookrig/schemas"
)

// readBooks reads the book of every built-in provider.
func readBooks() ([]*reference.Book, error) {
	var all []*reference.Book
	for _, name := range schemas.Builtins() {
		catalog, err := schemas.Builtin(name)
		if err != nil {
			return nil, err
		}
		book, err := reference.New(catalog)
		if err != nil {
			return nil, err
		}
		all = append(all, book)
	}
	if len(all) == 0 {
		return nil, errors.New("no built-in provider")
	}
	return all, nil
}

// readOnce shares the books among the tests, which only read them.
var readOnce = sync.OnceValues(readBooks)

func books(t testing.TB) []*reference.Book {
	t.Helper()
	all, err := readOnce()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestBooksTellEverything(t *testing.T) {
	for _, book := range books(t) {
		t.Run(book.Provider, func(t *testing.T) {
			if len(book.Events) == 0 {
				t.Fatal("no events")
			}
			for _, event := range book.Events {
				if event.Summary == "" || len(event.Fields) == 0 || len(event.Examples) == 0 {
					t.Errorf("%s: summary %q, %d fields, %d examples", event.Name, event.Summary, len(event.Fields), len(event.Examples))
				}
				if event.SizeBytes.Least < 2 || event.SizeBytes.Most < event.SizeBytes.Least {
					t.Errorf("%s: sizes %+v", event.Name, event.SizeBytes)
				}
				described(t, event.Name, event.Fields)
			}
			for _, part := range book.Parts {
				described(t, part.Name, part.Fields)
			}
			if len(book.Delivery.Acknowledge) == 0 || book.Delivery.TimeoutSeconds == 0 || len(book.Delivery.Sources) == 0 {
				t.Errorf("delivery says %+v", book.Delivery)
			}
			if book.Delivery.Signed && len(book.Delivery.Signing.Snippets) != 5 {
				t.Errorf("%d snippets, want 5", len(book.Delivery.Signing.Snippets))
			}
		})
	}
}

func described(t *testing.T, owner string, rows []reference.Field) {
	t.Helper()
	for _, row := range rows {
		if row.Description == "" && row.When == "" {
			t.Errorf("%s: field %s has no description", owner, row.Path)
		}
	}
}

// The worked vector opens with the provider's own rules, and not with a byte changed.
func TestVectorsVerify(t *testing.T) {
	verified := 0
	for _, book := range books(t) {
		if !book.Delivery.Signed {
			continue
		}
		catalog, err := schemas.Builtin(book.Provider)
		if err != nil {
			t.Fatal(err)
		}
		vector := book.Delivery.Signing.Vector
		header := map[string][]string{}
		for _, line := range vector.Headers {
			header[line[0]] = []string{line[1]}
		}
		secrets := []schemas.Secret{schemas.Secret(vector.Secret)}
		if _, err := catalog.Provider.Open(schemas.Received{Header: canonical(header), Body: []byte(vector.Body)}, secrets, time.Unix(vector.Timestamp, 0)); err != nil {
			t.Errorf("%s: Open(vector) = %v", book.Provider, err)
		}
		changed := strings.Replace(vector.Body, "a", "b", 1)
		if _, err := catalog.Provider.Open(schemas.Received{Header: canonical(header), Body: []byte(changed)}, secrets, time.Unix(vector.Timestamp, 0)); err == nil {
			t.Errorf("%s: Open accepts a changed body", book.Provider)
		}
		verified++
	}
	if verified == 0 {
		t.Fatal("no signed provider")
	}
}

func TestSiteIsTheSameEachTime(t *testing.T) {
	again, err := readBooks()
	if err != nil {
		t.Fatal(err)
	}
	first, second := site(t, books(t)), site(t, again)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(first)), slices.Sorted(maps.Keys(second))); diff != "" {
		t.Fatal(diff)
	}
	for name := range first {
		if !bytes.Equal(first[name], second[name]) {
			t.Errorf("%s differs between two runs", name)
		}
	}
}

var (
	hrefs = regexp.MustCompile(`href="([^"]*)"`)
	ids   = regexp.MustCompile(` id="([^"]*)"`)
)

// Every internal link of the site leads to a page, and every fragment to an anchor; anchors are unique.
func TestSiteLinksResolve(t *testing.T) {
	files := site(t, books(t))
	anchors := map[string]map[string]bool{}
	for name, text := range files {
		anchors[name] = map[string]bool{}
		for _, match := range ids.FindAllSubmatch(text, -1) {
			id := html.UnescapeString(string(match[1]))
			if anchors[name][id] {
				t.Errorf("%s has the anchor %q twice", name, id)
			}
			anchors[name][id] = true
		}
	}
	followed := 0
	for name, text := range files {
		for _, match := range hrefs.FindAllSubmatch(text, -1) {
			target := html.UnescapeString(string(match[1]))
			if strings.HasPrefix(target, "data:") || strings.HasPrefix(target, "https://") {
				continue
			}
			file, fragment, _ := strings.Cut(target, "#")
			full := name
			if file != "" {
				full = path.Join(path.Dir(name), file)
			}
			if files[full] == nil {
				t.Errorf("%s links to %s, which is not there", name, target)
			} else if fragment != "" && !anchors[full][fragment] {
				t.Errorf("%s links to %s, which has no such anchor", name, target)
			}
			followed++
		}
	}
	if followed < 100 {
		t.Errorf("only %d links were followed", followed)
	}
}

func TestMarkdownLinksResolve(t *testing.T) {
	files := reference.Markdown(books(t), reference.MarkdownConfig{})
	links := regexp.MustCompile(`\]\(([^)]*\.md)\)`)
	followed := 0
	for name, text := range files {
		for _, match := range links.FindAllSubmatch(text, -1) {
			if full := path.Join(path.Dir(name), string(match[1])); files[full] == nil {
				t.Errorf("%s links to %s, which is not there", name, match[1])
			}
			followed++
		}
	}
	if followed == 0 {
		t.Fatal("no links")
	}
}

func TestMarkdownBasePath(t *testing.T) {
	book := books(t)[0]
	page := reference.EventMarkdown(book, book.Events[0].Name, reference.MarkdownConfig{BasePath: "/webhooks/"})
	if want := "(/webhooks/" + book.Provider + "/delivery)"; !strings.Contains(string(page), want) {
		t.Errorf("page does not link to %s", want)
	}
	if reference.EventMarkdown(book, "no.such.event", reference.MarkdownConfig{}) != nil {
		t.Error("an event that is not there has a page")
	}
}

func TestBookAsJSONReadsBack(t *testing.T) {
	for _, book := range books(t) {
		text, err := json.Marshal(book)
		if err != nil {
			t.Fatal(err)
		}
		var back reference.Book
		if err := json.Unmarshal(text, &back); err != nil {
			t.Fatal(err)
		}
		again, err := json.Marshal(&back)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(text, again) {
			t.Errorf("%s: the JSON form does not read back", book.Provider)
		}
	}
}

func TestAsyncAPIIsSelfContained(t *testing.T) {
	for _, name := range schemas.Builtins() {
		catalog, err := schemas.Builtin(name)
		if err != nil {
			t.Fatal(err)
		}
		text, err := reference.AsyncAPI(catalog)
		if err != nil {
			t.Fatal(err)
		}
		var document any
		if err := json.Unmarshal(text, &document); err != nil {
			t.Fatal(err)
		}
		references := regexp.MustCompile(`"\$ref": "([^"]*)"`).FindAllSubmatch(text, -1)
		if len(references) == 0 {
			t.Fatal("no references")
		}
		for _, match := range references {
			pointer, inside := strings.CutPrefix(string(match[1]), "#")
			if !inside || len(schemas.Pointer(pointer).Find(document)) != 1 {
				t.Errorf("%s: reference %s leads nowhere", name, match[1])
			}
		}
	}
}

func site(t testing.TB, all []*reference.Book) reference.Files {
	t.Helper()
	files, err := reference.Site(all)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func canonical(header map[string][]string) map[string][]string {
	out := map[string][]string{}
	for name, values := range header {
		out[textproto.CanonicalMIMEHeaderKey(name)] = values
	}
	return out
}
