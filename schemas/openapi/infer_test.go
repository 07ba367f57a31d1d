package openapi_test

import (
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/hookrig/hookrig/generators"
	"github.com/hookrig/hookrig/schemas"
	"github.com/hookrig/hookrig/schemas/openapi"
)

// shop names its events in an example, in an enum that lists all, and in a const; it signs as GitHub does.
const shop = `openapi: 3.1.0
info: {title: Shop, version: "1"}
webhooks:
  orders/create:
    post:
      summary: |
        An order was placed. It is sent once for each order, however many lines it has, and again when the shop asks for it in its settings.
        More of it.
      parameters: &headers
        - {name: X-Shop-Topic, in: header, schema: {type: string}}
        - {name: X-Shop-Region, in: header, example: eu, schema: {type: string}}
        - {name: x-hub-signature-256, in: header, schema: {type: string}}
      requestBody:
        content:
          application/json:
            schema: {$ref: '#/components/schemas/Envelope'}
            example: {meta: {kind: orders/create, id: m1, created_at: 1700000000}, order: {id: 7}}
      responses: {'200': {description: ok}}
  order paid:
    post:
      parameters: *headers
      requestBody: {content: {application/json: {schema: {allOf: [{$ref: '#/components/schemas/Envelope'}, {properties: {meta: {properties: {kind: {enum: [order paid]}}}}}]}}}}
      responses: {'200': {description: ok}}
components:
  schemas:
    Envelope:
      type: object
      required: [meta, order]
      properties:
        meta:
          type: object
          required: [kind, id, created_at]
          properties:
            kind: {type: string}
            id: {type: string}
            created_at: {type: integer, format: int64}
        order: {$ref: '#/components/schemas/order'}
    Order: {type: object, properties: {total: {type: number, minimum: 0, exclusiveMinimum: true}}}
    order:
      type: object
      required: [id]
      properties:
        id: {type: integer}
        sku: {type: string, pattern: '^(?!x)', x-internal: true, format: sku}
        lines: {$ref: '#/components/schemas/Order'}
        parent: {nullable: true, allOf: [{$ref: '#/components/schemas/Order'}]}
`

func imported(t *testing.T, document string) *schemas.Catalog {
	t.Helper()
	folder, err := openapi.Import([]byte(document), "")
	if err != nil {
		t.Fatal(err)
	}
	catalog, err := schemas.Load(folder)
	if err != nil {
		t.Fatal(err)
	}
	return catalog
}

// What a document shows without saying it becomes the description, each guess marked.
func TestImportInfers(t *testing.T) {
	catalog := imported(t, shop)
	p := catalog.Provider
	if p.Fields.Event != "/meta/kind" || p.Fields.ID != "/meta/id" || p.Fields.Time != "/meta/created_at" {
		t.Errorf("envelope is %+v", p.Fields)
	}
	if got := p.Entity["orders/create"]; !slices.Equal(got, []schemas.Pointer{"/order/id"}) {
		t.Errorf("entity of orders/create is %v", got)
	}
	want := schemas.Headers{{"Content-Type", "application/json"}, {"X-Shop-Topic", "{event}"}, {"X-Shop-Region", "eu"},
		{"X-GitHub-Delivery", "{delivery_id}"}, {"X-GitHub-Event", "{event}"}, {"X-Hub-Signature-256", "{signatures}"}}
	if !slices.Equal(p.Headers, want) {
		t.Errorf("headers are %v, want %v", p.Headers, want)
	}
	if p.Signing == nil || p.Signing.Item != "sha256={signature}" {
		t.Errorf("signing is %+v, want GitHub's", p.Signing)
	}
	for _, at := range []schemas.Pointer{"/envelope", "/entity", "/headers", "/signing"} {
		if !strings.HasPrefix(p.Sources[at], "assumed:") {
			t.Errorf("source of %s is %q, want an assumption", at, p.Sources[at])
		}
	}
	if summary := catalog.Event("orders/create").Summary; summary != "An order was placed." {
		t.Errorf("summary is %q", summary)
	}
}

// Every event of an imported document can be made, names itself where the body has a place for it, and
// its files stand where its name says.
func TestImportedEventsAreMade(t *testing.T) {
	catalog := imported(t, shop)
	g, err := generators.New(catalog, generators.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fs.Stat(catalog.Files(), "events/orders/create.schema.json"); err != nil {
		t.Error(err)
	}
	for _, event := range catalog.Events() {
		m, err := g.Message(event.Name, generators.Coordinate{})
		if err != nil {
			t.Fatal(err)
		}
		if err := catalog.Validate(m.Body); err != nil || m.Event != event.Name || m.Time.Year() < 2020 || len(m.Entities) != 1 {
			t.Errorf("%s: %+v, Validate = %v", event.Name, m, err)
		}
	}
	if len(catalog.Event("orders/create").Examples) != 1 {
		t.Error("the example of orders/create is lost")
	}
	found, err := catalog.Select("order*")
	if err != nil || len(found) != 2 {
		t.Errorf("Select(order*) = %v, %v; want both events", found, err)
	}
}

// A document that names its events nowhere in the body leaves that to a header.
func TestImportNamesInHeader(t *testing.T) {
	catalog := imported(t, strings.NewReplacer("kind", "note", "orders/create, id", "x, id", "[order paid]", "[y]").Replace(shop))
	p := catalog.Provider
	if p.Fields.Event != "" {
		t.Fatalf("event is at %q, want nowhere", p.Fields.Event)
	}
	g, err := generators.New(catalog, generators.Config{})
	if err != nil {
		t.Fatal(err)
	}
	m, err := g.Message("order paid", generators.Coordinate{})
	if err != nil {
		t.Fatal(err)
	}
	endpoint := schemas.Endpoint{URL: "http://127.0.0.1/", Secrets: []schemas.Secret{"a-test-secret"}}
	envelope, err := p.Envelope(m, endpoint, schemas.Attempt{Number: 1, At: m.Time})
	if err != nil {
		t.Fatal(err)
	}
	r, err := schemas.NewRequest(t.Context(), endpoint.URL, envelope)
	if err != nil {
		t.Fatal(err)
	}
	opened, err := p.Open(schemas.Received{Header: r.Header, Body: m.Body}, endpoint.Secrets, m.Time)
	if err != nil || opened.Event != "order paid" || len(opened.Entities) == 0 {
		t.Errorf("Open = %+v, %v; want the event of the header", opened, err)
	}
}
