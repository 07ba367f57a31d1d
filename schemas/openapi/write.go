package openapi

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/hookrig/hookrig/schemas"
)

// providersKey is the document's own note of how each provider delivers: provider.json under the
// provider's name. Import reads it back.
const providersKey = "x-hookrig-providers"

// Document says what stands around the webhooks.
type Document struct {
	Title       string
	Version     string
	Description string             // Markdown
	Server      string             // base URL of the paths. Left out when ""
	Catalogs    []*schemas.Catalog // in this order
	Paths       []byte             // an OpenAPI document in JSON or YAML whose paths, components and tags are joined in. May be nil
}

// Write makes the document as YAML: a webhook named provider.event for every event, with headers,
// signature, acknowledging responses and inline examples; every schema file a component.
//
//  1. collect the schema files that the events reach, and move their references into the document
//  2. describe each event as an inline path item
//  3. join the paths of the other document
//  4. let libopenapi read and render what came out
func Write(d Document) ([]byte, error) {
	root := object{
		{"openapi", "3.1.0"},
		{"info", info(d)},
	}
	if d.Server != "" {
		root = root.with("servers", []any{object{{"url", d.Server}, {"description", "The mock provider, where it listens by default."}}})
	}
	tags, webhooks, components, security, providers := []any{}, object{}, object{}, object{}, object{}
	for _, catalog := range d.Catalogs {
		p := catalog.Provider
		tags = append(tags, providerTag(p))
		if scheme := securityScheme(p); scheme != nil {
			security = security.with(p.Name+".signature", scheme)
		}
		description, err := providerNote(catalog)
		if err != nil {
			return nil, err
		}
		providers = providers.with(p.Name, description)
		files := newFiles(catalog)
		for _, event := range catalog.Events() {
			item, err := pathItem(catalog, event, files)
			if err != nil {
				return nil, fmt.Errorf("describe %s %q: %w", p.Name, event.Name, err)
			}
			webhooks = webhooks.with(p.Name+"."+event.Name, item)
		}
		schemas, err := files.components()
		if err != nil {
			return nil, err
		}
		components = append(components, schemas...)
	}
	other, err := readJoined(d.Paths)
	if err != nil {
		return nil, err
	}
	root = root.with("tags", append(tags, other.tags...))
	if len(other.paths) > 0 {
		root = root.with("paths", other.paths)
	}
	root = root.with("webhooks", webhooks)
	root = root.with("components", joinComponents(object{{"schemas", components}, {"securitySchemes", security}}, other.components))
	root = root.with(providersKey, providers)
	return render(root)
}

func info(d Document) object {
	return object{
		{"title", d.Title},
		{"version", d.Version},
		{"description", d.Description},
		{"license", object{{"name", "Apache-2.0"}, {"identifier", "Apache-2.0"}}},
	}
}

func providerTag(p *schemas.Provider) object {
	signed := "Deliveries are signed."
	if p.Signing == nil {
		signed = "Deliveries are not signed: anyone who knows the URL can post."
	}
	tag := object{{"name", p.Title}, {"description", "Events that " + p.Title + " sends. " + signed}}
	if p.Homepage != "" {
		tag = tag.with("externalDocs", object{{"url", p.Homepage}})
	}
	return tag
}

// providerNote is provider.json as it stands in the folder, without its editor hint.
func providerNote(catalog *schemas.Catalog) (object, error) {
	text, err := readFile(catalog.Files(), "provider.json")
	if err != nil {
		return nil, err
	}
	value, err := decode(text)
	if err != nil {
		return nil, fmt.Errorf("read provider.json of %s: %w", catalog.Provider.Name, err)
	}
	note := object{}
	for _, m := range value.(object) {
		if m.name != "$schema" {
			note = append(note, m)
		}
	}
	return note, nil
}

func securityScheme(p *schemas.Provider) object {
	name := signatureHeader(p)
	if name == "" {
		return nil
	}
	return object{
		{"type", "apiKey"}, {"in", "header"}, {"name", name},
		{"description", fmt.Sprintf("%s over `%s`, %s, written as `%s`. Verify the raw body before parsing it, and compare in constant time.",
			p.Signing.Algorithm, p.Signing.Signs, p.Signing.Encoding, p.Signing.Item)},
	}
}

func signatureHeader(p *schemas.Provider) string {
	for _, header := range p.Headers {
		if p.Signing != nil && strings.Contains(header[1], "{signatures}") {
			return header[0]
		}
	}
	return ""
}

func pathItem(catalog *schemas.Catalog, event *schemas.Event, files *files) (object, error) {
	p := catalog.Provider
	ref, err := files.reference("events/"+event.Name+".schema.json", "")
	if err != nil {
		return nil, err
	}
	examples, err := inlineExamples(event)
	if err != nil {
		return nil, err
	}
	media := object{{"schema", object{{"$ref", ref}}}}
	if len(examples) > 0 {
		media = media.with("examples", examples)
	}
	security := []any{}
	if name := signatureHeader(p); name != "" {
		security = append(security, object{{p.Name + ".signature", []any{}}})
	}
	operation := object{
		{"operationId", p.Name + "." + event.Name},
		{"summary", event.Summary},
	}
	operation = operation.with("description", event.Description).
		with("tags", []any{p.Title}).
		with("security", security)
	if event.Stability == "deprecated" {
		operation = operation.with("deprecated", true)
	}
	if parameters := headerParameters(p); len(parameters) > 0 {
		operation = operation.with("parameters", parameters)
	}
	operation = operation.
		with("requestBody", object{{"required", true}, {"content", object{{contentType(p), media}}}}).
		with("responses", responses(p))
	return object{{"post", operation}}, nil
}

func contentType(p *schemas.Provider) string {
	for _, header := range p.Headers {
		if strings.EqualFold(header[0], "Content-Type") && !strings.Contains(header[1], "{") {
			return header[1]
		}
	}
	return "application/json"
}

// headerParameters describes the headers that the provider adds. OpenAPI keeps Content-Type and the
// signature for other places.
func headerParameters(p *schemas.Provider) []any {
	parameters := []any{}
	for _, header := range p.Headers {
		if strings.EqualFold(header[0], "Content-Type") || header[0] == signatureHeader(p) {
			continue
		}
		parameters = append(parameters, object{
			{"name", header[0]}, {"in", "header"}, {"required", true},
			{"description", "Written as `" + header[1] + "`."},
			{"schema", object{{"type", "string"}}},
		})
	}
	return parameters
}

func responses(p *schemas.Provider) object {
	all := object{}
	for _, status := range p.Policy.Acknowledge {
		all = all.with(strings.ToUpper(status), object{{"description", fmt.Sprintf("Acknowledged: delivered, not sent again. Answer within %g s.", p.Policy.TimeoutSeconds)}})
	}
	for _, status := range p.Policy.Retries.StopOn {
		all = all.with(fmt.Sprint(status), object{{"description", "Not wanted any more: the provider stops sending to this endpoint."}})
	}
	again := "Not acknowledged."
	if n := len(p.Policy.Retries.DelaysSeconds); n > 0 {
		again = fmt.Sprintf("Not acknowledged: sent again, up to %d more times.", n)
	}
	return all.with("default", object{{"description", again}})
}

func inlineExamples(event *schemas.Event) (object, error) {
	all := object{}
	for _, example := range event.Examples {
		if example.Variant == "published" {
			continue // its elisions do not validate; the filled-in twin does
		}
		value, err := decode(example.Body)
		if err != nil {
			return nil, fmt.Errorf("example %q: %w", example.Name, err)
		}
		name := example.Variant
		if name == "" {
			name = "plain"
		}
		all = all.with(strings.ReplaceAll(name, ".", "-"), object{{"value", value}})
	}
	return all, nil
}

func joinComponents(ours, theirs object) object {
	for _, kind := range theirs {
		inner, _ := kind.value.(object)
		ours = ours.with(kind.name, append(ours.object(kind.name), inner...))
	}
	all := object{}
	for _, kind := range ours {
		if inner, isObject := kind.value.(object); !isObject || len(inner) > 0 {
			all = append(all, kind)
		}
	}
	return all
}

// render hands the document to libopenapi as JSON and takes it back as YAML.
func render(root object) ([]byte, error) {
	text, err := json.Marshal(root)
	if err != nil {
		return nil, fmt.Errorf("assemble document: %w", err)
	}
	model, release, err := read(text)
	if err != nil {
		return nil, err
	}
	defer release()
	out, err := model.Render()
	if err != nil {
		return nil, fmt.Errorf("render document: %w", err)
	}
	return out, nil
}
