package reference

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"path"
	"strings"

	"github.com/hookrig/hookrig/internal/escape"
	"github.com/hookrig/hookrig/internal/page"
)

var (
	//go:embed site/*.html
	siteTemplates embed.FS
	//go:embed site/site.css
	siteStyle string
	//go:embed site/copy.js
	copyScript string
	//go:embed site/search.js
	searchScript string
)

// Site makes a web site of the books: plain pages that work from a folder, without a server and
// without a network.
func Site(books []*Book) (Files, error) {
	s := &site{books: books, files: Files{}}
	parsed, err := template.New("site").Funcs(template.FuncMap{
		"md":       func(text string) (template.HTML, error) { return markup(escape.Text(text)) },
		"line":     escape.Line,
		"json":     func(text string) template.HTML { return page.JSON(escape.Text(indented(text))) },
		"file":     fileName,
		"anchor":   anchor,
		"sequence": sequence,
		"states":   states,
		"duration": duration,
		"percent":  func(ratio float64) float64 { return 100 * ratio },
		"join":     strings.Join,
		"rows":     func(root string, book *Book, fields []Field) rows { return rows{root, book.Provider, fields} },
	}).ParseFS(siteTemplates, "site/*.html")
	if err != nil {
		return nil, fmt.Errorf("read the site's templates: %w", err)
	}
	s.templates = parsed
	if err := s.write(); err != nil {
		return nil, err
	}
	return s.files, nil
}

// site is a set of pages being made.
type site struct {
	books     []*Book
	templates *template.Template
	files     Files
	index     []entry
}

// entry is a line of the search index: what it is called, where it stands, what it says.
type entry struct {
	Title string `json:"t"`
	Link  string `json:"l"`
	Text  string `json:"x"`
}

// view is what a template sees.
type view struct {
	Root  string // way to the site's root: "", "../", "../../"
	Title string
	Trail []crumb
	Books []*Book
	Book  *Book
	Event *Event
	Part  *Part
}

type crumb struct{ Title, Link string }

func (s *site) write() error {
	if err := s.page("index.html", "overview", view{Title: "Webhook reference", Books: s.books}); err != nil {
		return err
	}
	for _, book := range s.books {
		if err := s.writeBook(book); err != nil {
			return err
		}
	}
	return s.writeSearch()
}

func (s *site) writeBook(book *Book) error {
	folder := fileName(book.Provider)
	trail := []crumb{{book.Title, folder + "/index.html"}}
	pages := []struct{ file, name, title string }{
		{folder + "/index.html", "provider", book.Title},
		{folder + "/delivery.html", "delivery", book.Title + ": delivery"},
		{folder + "/journeys.html", "journeys", book.Title + ": journeys and laws"},
	}
	for i, p := range pages {
		v := view{Title: p.title, Book: book}
		if i > 0 {
			v.Trail = trail
		}
		if err := s.page(p.file, p.name, v); err != nil {
			return err
		}
		s.found(p.title, p.file, book.Title)
	}
	for i := range book.Events {
		event := &book.Events[i]
		file := folder + "/events/" + fileName(event.Name) + ".html"
		if err := s.page(file, "event", view{Title: event.Name, Trail: trail, Book: book, Event: event}); err != nil {
			return err
		}
		s.found(event.Name, file, book.Title+" event: "+event.Summary)
		s.indexFields(file, event.Name, event.Fields)
	}
	for i := range book.Parts {
		part := &book.Parts[i]
		file := folder + "/parts/" + fileName(part.Name) + ".html"
		if err := s.page(file, "part", view{Title: part.Name, Trail: trail, Book: book, Part: part}); err != nil {
			return err
		}
		s.found(part.Name, file, book.Title+" shared part: "+part.Title)
		s.indexFields(file, part.Name, part.Fields)
	}
	return nil
}

func (s *site) indexFields(file, owner string, rows []Field) {
	for _, row := range rows {
		s.found(row.Path, file+"#"+anchor(row), owner+": "+row.Description)
	}
}

// found adds a line to the search index.
func (s *site) found(title, link, text string) {
	s.index = append(s.index, entry{escape.Line(title), link, escape.Line(text)})
}

// writeSearch writes the page that holds the index; the other pages lead to it.
func (s *site) writeSearch() error {
	index, err := json.Marshal(s.index) // <, > and & come out as \u escapes: nothing ends the script
	if err != nil {
		return fmt.Errorf("write search index: %w", err)
	}
	return s.pageWith("search.html", "search", view{Title: "Search"}, "const index = "+string(index)+";\n"+searchScript)
}

func (s *site) page(file, name string, v view) error { return s.pageWith(file, name, v, copyScript) }

func (s *site) pageWith(file, name string, v view, script string) error {
	v.Root = strings.Repeat("../", strings.Count(file, "/"))
	if s.files[file] != nil {
		return fmt.Errorf("write %s: two pages would have this name", file)
	}
	var body bytes.Buffer
	if err := s.templates.ExecuteTemplate(&body, name+".html", v); err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	var out bytes.Buffer
	p := page.Page{Title: escape.Line(v.Title), Body: template.HTML(body.String()), Style: siteStyle, Script: script}
	if err := p.Write(&out); err != nil {
		return fmt.Errorf("write %s: %w", path.Base(file), err)
	}
	s.files[file] = out.Bytes()
	return nil
}

// anchor is the stable anchor of a field: its path, and the branch it belongs to.
func anchor(row Field) string {
	name := strings.Trim(strings.ReplaceAll(row.Path, "/", "."), ".")
	if row.When != "" {
		name += "." + row.When
	}
	if name == "" {
		name = "root"
	}
	return "field-" + fileName(strings.ReplaceAll(name, " ", "-"))
}

func indented(text string) string {
	var out bytes.Buffer
	if json.Indent(&out, []byte(text), "", "  ") != nil {
		return text
	}
	return out.String()
}

// duration says seconds as a person would.
func duration(seconds float64) string {
	units := []struct {
		seconds float64
		name    string
	}{{86400, "d"}, {3600, "h"}, {60, "min"}}
	for _, unit := range units {
		if seconds >= unit.seconds {
			return fmt.Sprintf("%.3g %s", seconds/unit.seconds, unit.name)
		}
	}
	return fmt.Sprintf("%.3g s", seconds)
}

// rows is a field table, with the way to the site's root.
type rows struct {
	Root   string
	Book   string
	Fields []Field
}
