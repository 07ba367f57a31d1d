package openapi_test

import (
	"encoding/json"
	"io/fs"
	"path"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"github.com/pb33f/libopenapi"
	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/hookrig/hookrig/schemas"
	"github.com/hookrig/hookrig/schemas/openapi"
)

func builtins(t testing.TB) []*schemas.Catalog {
	t.Helper()
	var all []*schemas.Catalog
	for _, name := range schemas.Builtins() {
		catalog, err := schemas.Builtin(name)
		if err != nil {
			t.Fatal(err)
		}
		if catalog.Provider.Extends == "" {
			all = append(all, catalog)
		}
	}
	if len(all) == 0 {
		t.Fatal("no built-in provider that extends no other")
	}
	return all
}

func write(t testing.TB) []byte {
	t.Helper()
	document, err := openapi.Write(openapi.Document{Title: "Test", Version: "1", Catalogs: builtins(t)})
	if err != nil {
		t.Fatal(err)
	}
	return document
}

// The document is valid OpenAPI 3.1 by the specification's own schema.
func TestDocumentIsValidOpenAPI(t *testing.T) {
	text := write(t)
	document, err := libopenapi.NewDocument(text)
	if err != nil {
		t.Fatal(err)
	}
	schema, err := jsonschema.CompileString("oas.json", document.GetSpecInfo().APISchema)
	if err != nil {
		t.Fatal(err)
	}
	var value any
	if err := json.Unmarshal(asJSON(t, text), &value); err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(value); err != nil {
		t.Errorf("%#v", err)
	}
}

// Rendering must not lose anything: every schema in the document is the catalog's, references aside.
func TestSchemasSurviveRendering(t *testing.T) {
	var document struct {
		Webhooks   map[string]json.RawMessage
		Components struct{ Schemas map[string]any }
	}
	if err := json.Unmarshal(asJSON(t, write(t)), &document); err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, catalog := range builtins(t) {
		p := catalog.Provider.Name
		for _, event := range catalog.Events() {
			if document.Webhooks[p+"."+event.Name] == nil {
				t.Errorf("no webhook %s.%s", p, event.Name)
			}
			if document.Components.Schemas[p+"."+event.Name] == nil {
				t.Errorf("no component for %s %s", p, event.Name)
			}
		}
		for component, want := range wantedComponents(t, catalog) {
			got, there := document.Components.Schemas[component]
			if !there {
				continue // what no event reaches is left out
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-catalog +document):\n%s", component, diff)
			}
			delete(document.Components.Schemas, component)
			compared++
		}
	}
	if compared == 0 {
		t.Fatal("nothing was compared")
	}
	for component := range document.Components.Schemas {
		t.Errorf("component %s is of no catalog", component)
	}
}

// wantedComponents are the schemas of a catalog's files and of their $defs, each under its name.
func wantedComponents(t *testing.T, catalog *schemas.Catalog) map[string]any {
	t.Helper()
	p := catalog.Provider.Name
	all := map[string]any{}
	err := fs.WalkDir(catalog.Files(), "events", func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(catalog.Files(), file)
		if err != nil {
			return err
		}
		var schema map[string]any
		if err := json.Unmarshal(text, &schema); err != nil {
			return err
		}
		name := p + "." + strings.ReplaceAll(strings.TrimSuffix(strings.TrimPrefix(file, "events/"), ".schema.json"), "/", ".")
		defs, _ := schema["$defs"].(map[string]any)
		for def, inner := range defs {
			all[name+"."+def] = toDocument(p, file, inner)
		}
		for _, gone := range []string{"$schema", "$id", "$defs"} {
			delete(schema, gone)
		}
		all[name] = toDocument(p, file, schema)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// toDocument rewrites a file's references by hand: another way than the code under test goes.
func toDocument(provider, file string, value any) any {
	switch value := value.(type) {
	case map[string]any:
		for name, inner := range value {
			if ref, isText := inner.(string); isText && name == "$ref" {
				target, fragment, _ := strings.Cut(ref, "#")
				full := file
				if target != "" {
					full = path.Join(path.Dir(file), target)
				}
				full = strings.TrimSuffix(strings.TrimPrefix(full, "events/"), ".schema.json")
				value[name] = "#/components/schemas/" + provider + "." + strings.ReplaceAll(full, "/", ".") + strings.Replace(fragment, "/$defs/", ".", 1)
				continue
			}
			value[name] = toDocument(provider, file, inner)
		}
	case []any:
		for i := range value {
			value[i] = toDocument(provider, file, value[i])
		}
	}
	return value
}

// What Write made, Import reads back: the same description, the same schemas, the same examples.
func TestImportIsTheInverse(t *testing.T) {
	text := write(t)
	for _, catalog := range builtins(t) {
		t.Run(catalog.Provider.Name, func(t *testing.T) {
			folder, err := openapi.Import(text, catalog.Provider.Name)
			if err != nil {
				t.Fatal(err)
			}
			imported, err := schemas.Load(folder)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(toJSON(t, catalog.Provider), toJSON(t, imported.Provider)); diff != "" {
				t.Errorf("provider (-catalog +imported):\n%s", diff)
			}
			for _, event := range catalog.Events() {
				for _, example := range event.Examples {
					if example.Variant == "published" {
						continue
					}
					if err := imported.Validate(example.Body); err != nil {
						t.Errorf("%s: example %s: %v", event.Name, example.Name, err)
					}
				}
			}
		})
	}
}

func TestImportNeedsANameAmongSeveral(t *testing.T) {
	_, err := openapi.Import(write(t), "")
	if err == nil || !strings.Contains(err.Error(), "name one of them") {
		t.Errorf("Import without a name = %v", err)
	}
}

const foreign = `openapi: 3.1.0
info: {title: Acme Shop, version: "2"}
webhooks:
  order.created:
    post:
      summary: An order was placed.
      requestBody:
        content:
          application/json:
            schema: {$ref: '#/components/schemas/OrderCreated'}
            example: {type: order.created, order: {id: 7, note: hello}}
      responses: {'200': {description: ok}}
  order.paid:
    $ref: '#/components/pathItems/paid'
components:
  pathItems:
    paid:
      post:
        requestBody:
          content:
            application/json:
              schema:
                type: object
                required: [type]
                properties:
                  type: {const: order.paid}
                  order: {$ref: '#/components/schemas/Order'}
        responses: {'200': {description: ok}}
  schemas:
    OrderCreated:
      type: object
      required: [type, order]
      properties:
        type: {type: string, enum: [order.created]}
        order: {$ref: '#/components/schemas/Order'}
    Order:
      type: object
      properties:
        id: {type: integer, format: int32}
        note: {type: string, example: hello, nullable: true}
        example: {type: string}
        parent: {$ref: '#/components/schemas/Order'}
`

// Anybody's document becomes a folder that loads: the event's place is found, OpenAPI's own keywords
// become JSON Schema, and what the document cannot say is marked as assumed.
func TestImportForeignDocument(t *testing.T) {
	folder, err := openapi.Import([]byte(foreign), "")
	if err != nil {
		t.Fatal(err)
	}
	catalog, err := schemas.Load(folder)
	if err != nil {
		t.Fatal(err)
	}
	p := catalog.Provider
	if p.Name != "acme-shop" || p.Fields.Event != "/type" || p.Signing != nil || !strings.HasPrefix(p.Sources["/policy"], "assumed:") {
		t.Errorf("provider is %+v", p)
	}
	for _, c := range []struct {
		name, body string
		valid      bool
	}{
		{"the example", `{"type":"order.created","order":{"id":7,"note":"hello"}}`, true},
		{"null where nullable", `{"type":"order.paid","order":{"note":null,"example":"kept"}}`, true},
		{"a property called example", `{"type":"order.paid","order":{"example":7}}`, false},
		{"more than 32 bits", `{"type":"order.paid","order":{"id":2147483648}}`, false},
		{"wrong in a recursion", `{"type":"order.paid","order":{"parent":{"parent":{"id":"x"}}}}`, false},
	} {
		if err := catalog.Validate([]byte(c.body)); (err == nil) != c.valid {
			t.Errorf("%s: Validate = %v, want valid %v", c.name, err, c.valid)
		}
	}
}

func TestImportRefuses(t *testing.T) {
	head := "openapi: 3.1.0\ninfo: {title: x, version: '1'}\n"
	post := func(schema string) string {
		return head + "webhooks:\n  a:\n    post:\n      requestBody: {content: {application/json: {schema: " + schema + "}}}\n      responses: {'200': {description: ok}}\n"
	}
	for _, c := range []struct{ name, document, want string }{
		{"nothing", "", "read OpenAPI document"},
		{"no OpenAPI", "{}", "read OpenAPI document"},
		{"3.0", "openapi: 3.0.3\ninfo: {title: x, version: '1'}\npaths: {}\n", "3.1 is needed"},
		{"no webhooks", head + "paths: {}\n", "has no webhooks"},
		{"no body", head + "webhooks: {a: {post: {responses: {'200': {description: ok}}}}}\n", `webhook "a": its request body`},
		{"no post", head + "webhooks: {a: {get: {responses: {'200': {description: ok}}}}}\n", `webhook "a": it has no post`},
		{"a file", post("{$ref: './x.json'}"), "leaves the document"},
		{"a URL", post("{properties: {a: {$ref: 'https://192.0.2.1/x.json'}}}"), "leaves the document"},
		{"nowhere", post("{$ref: '#/components/schemas/Missing'}"), "/components/schemas/Missing"},
		{"a path for a name", strings.Replace(post("{type: object}"), "  a:", "  ../a:", 1), "cannot be a file's"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := openapi.Import([]byte(c.document), "")
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("Import = %v, want %q", err, c.want)
			}
		})
	}
}

func FuzzImport(f *testing.F) {
	f.Add([]byte(foreign))
	f.Add([]byte("openapi: 3.1.0\nwebhooks: {a: 1}"))
	f.Fuzz(func(t *testing.T, document []byte) {
		folder, err := openapi.Import(document, "")
		if err != nil {
			return
		}
		if _, err := fs.ReadFile(folder, "provider.json"); err != nil {
			t.Errorf("an imported folder has no provider.json: %v", err)
		}
	})
}

func BenchmarkWrite(b *testing.B) {
	catalogs := builtins(b)
	for b.Loop() {
		if _, err := openapi.Write(openapi.Document{Title: "Test", Version: "1", Catalogs: catalogs}); err != nil {
			b.Fatal(err)
		}
	}
}

func asJSON(t testing.TB, text []byte) []byte {
	t.Helper()
	converted, err := yaml.YAMLToJSON(text)
	if err != nil {
		t.Fatal(err)
	}
	return converted
}

func toJSON(t testing.TB, value any) string {
	t.Helper()
	text, err := json.MarshalIndent(value, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
