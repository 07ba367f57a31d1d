package reference

import (
	"fmt"
	"math"

	"github.com/hookrig/hookrig/generators"
	"github.com/hookrig/hookrig/schemas"
)

// Book is a catalog as its readers need it. Its JSON form is stable: other generators read it.
type Book struct {
	SchemaVersion int                  `json:"schema_version"` // 1
	Provider      string               `json:"provider"`
	Title         string               `json:"title"`
	Homepage      string               `json:"homepage"`
	CatalogDigest string               `json:"catalog_digest"`
	Delivery      Delivery             `json:"delivery"`
	Events        []Event              `json:"events"`
	Parts         []Part               `json:"parts"`
	Journeys      []Journey            `json:"journeys"`
	Laws          []Law                `json:"laws"`
	Assumptions   []schemas.Assumption `json:"assumptions"`

	provider *schemas.Provider
}

// Event is what a page of one event says.
type Event struct {
	Name        string    `json:"name"`
	Summary     string    `json:"summary"`
	Description string    `json:"description"` // Markdown
	Stability   string    `json:"stability"`
	Entities    []string  `json:"entities"` // JSON Pointers to the key of the thing it is about
	SizeBytes   Range     `json:"size_bytes"`
	Fields      []Field   `json:"fields"`
	Examples    []Example `json:"examples"`
	Journeys    []string  `json:"journeys"` // names of those that emit it

	schema *schemas.Schema
}

// Range is the least and the most that was seen.
type Range struct {
	Least int `json:"least"`
	Most  int `json:"most"`
}

// Example is a message that was validated when the book was made.
type Example struct {
	Name    string `json:"name"`
	Variant string `json:"variant"` // "" for the plain one
	Body    string `json:"body"`
}

// New reads the book of a catalog. An example that its schema refuses is an error: no page shows one.
func New(catalog *schemas.Catalog) (*Book, error) {
	generator, err := generators.New(catalog, generators.Config{RunID: "reference"})
	if err != nil {
		return nil, fmt.Errorf("read catalog %q: %w", catalog.Provider.Name, err)
	}
	p := catalog.Provider
	book := &Book{
		SchemaVersion: 1, Provider: p.Name, Title: p.Title, Homepage: p.Homepage, CatalogDigest: catalog.Digest(),
		Events: []Event{}, Parts: []Part{}, Assumptions: []schemas.Assumption{}, provider: p,
	}
	if book.Journeys, book.Laws, err = stories(catalog); err != nil {
		return nil, err
	}
	shared := newParts()
	for _, event := range catalog.Events() {
		page, err := newEvent(catalog, generator, event, shared)
		if err != nil {
			return nil, fmt.Errorf("describe %s %q: %w", p.Name, event.Name, err)
		}
		page.Journeys = emitting(book.Journeys, event.Name)
		book.Events = append(book.Events, page)
	}
	book.Parts = shared.list()
	book.Assumptions = append(book.Assumptions, catalog.Assumptions()...)
	if book.Delivery, err = newDelivery(p, book.Events); err != nil {
		return nil, fmt.Errorf("describe how %q delivers: %w", p.Name, err)
	}
	return book, nil
}

func newEvent(catalog *schemas.Catalog, generator *generators.Generator, event *schemas.Event, shared *parts) (Event, error) {
	page := Event{
		Name: event.Name, Summary: event.Summary, Description: event.Description, Stability: event.Stability,
		Entities: []string{}, Examples: []Example{}, schema: event.Schema,
		Fields: fields(event.Schema, shared),
	}
	for _, pointer := range catalog.Provider.Entity[event.Name] {
		page.Entities = append(page.Entities, string(pointer))
	}
	for _, example := range event.Examples {
		if example.Variant == "published" {
			continue // its elisions do not validate; the filled-in twin does
		}
		if err := event.Validate(example.Body); err != nil {
			return Event{}, fmt.Errorf("example %q: %w", example.Name, err)
		}
		page.Examples = append(page.Examples, Example{example.Name, example.Variant, string(example.Body)})
	}
	var err error
	page.SizeBytes, err = sizes(generator, event)
	return page, err
}

// sizes measures 200 messages and the examples.
func sizes(generator *generators.Generator, event *schemas.Event) (Range, error) {
	seen := Range{Least: math.MaxInt}
	add := func(size int) { seen = Range{min(seen.Least, size), max(seen.Most, size)} }
	var body []byte
	for life := range uint64(200) {
		var err error
		if body, err = generator.Append(body[:0], event.Name, generators.Coordinate{Life: life}); err != nil {
			return Range{}, err
		}
		add(len(body))
	}
	for _, example := range event.Examples {
		if example.Variant != "published" {
			add(len(compact(example.Body)))
		}
	}
	return seen, nil
}

func emitting(journeys []Journey, event string) []string {
	names := []string{}
	for _, journey := range journeys {
		if journey.emits(event) {
			names = append(names, journey.Name)
		}
	}
	return names
}
