package reference

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/hookrig/hookrig/internal/escape"
)

// MarkdownConfig says where the pages will stand.
type MarkdownConfig struct {
	BasePath string // of links between the pages, as "/webhooks". Default relative links
}

// Markdown makes one page a provider for its delivery and one an event and shared part, with front
// matter, for site builders that read Markdown or MDX. The texts of a catalog come out as text: no
// HTML, JSX, expression or import of theirs is one in the page.
func Markdown(books []*Book, cfg MarkdownConfig) Files {
	files := Files{}
	for _, book := range books {
		folder := fileName(book.Provider)
		m := markdown{book: book, base: strings.TrimSuffix(cfg.BasePath, "/")}
		files[folder+"/index.md"] = m.index()
		files[folder+"/delivery.md"] = m.delivery()
		for i := range book.Events {
			files[folder+"/events/"+fileName(book.Events[i].Name)+".md"] = m.event(&book.Events[i])
		}
		for i := range book.Parts {
			files[folder+"/parts/"+fileName(book.Parts[i].Name)+".md"] = m.part(&book.Parts[i])
		}
	}
	return files
}

// EventMarkdown makes the page of one event, or nil when the book has no such event.
func EventMarkdown(book *Book, event string, cfg MarkdownConfig) []byte {
	m := markdown{book: book, base: strings.TrimSuffix(cfg.BasePath, "/")}
	for i := range book.Events {
		if book.Events[i].Name == event {
			return m.event(&book.Events[i])
		}
	}
	return nil
}

// markdown writes the pages of one book.
type markdown struct {
	book *Book
	base string
	out  bytes.Buffer
}

func (m *markdown) printf(format string, args ...any) { fmt.Fprintf(&m.out, format, args...) }

// take returns what was written and begins a new page.
func (m *markdown) take() []byte {
	text := bytes.Clone(bytes.TrimRight(m.out.Bytes(), "\n"))
	m.out.Reset()
	return append(text, '\n')
}

// open writes the front matter and the heading.
func (m *markdown) open(title, description string) {
	m.printf("---\ntitle: %s\ndescription: %s\n---\n\n# %s\n\n", yamlText(title), yamlText(description), mdx(title))
}

// link is a link to another page of the book, from a page so many folders deep.
func (m *markdown) link(depth int, file string) string {
	if m.base != "" {
		return m.base + "/" + fileName(m.book.Provider) + "/" + strings.TrimSuffix(file, ".md")
	}
	return strings.Repeat("../", depth) + file
}

func (m *markdown) index() []byte {
	b := m.book
	m.open(b.Title, "Webhooks that "+b.Title+" sends")
	m.printf("%d events. [How it delivers](%s).\n\n| Event | Meaning | Stability |\n| --- | --- | --- |\n", len(b.Events), m.link(0, "delivery.md"))
	for _, event := range b.Events {
		m.printf("| [%s](%s) | %s | %s |\n", mdx(event.Name), m.link(0, "events/"+fileName(event.Name)+".md"), mdx(event.Summary), mdx(event.Stability))
	}
	if len(b.Laws) > 0 {
		m.printf("\n## Laws\n\n")
		for _, law := range b.Laws {
			m.printf("- %s\n", mdx(law.Text))
		}
	}
	if len(b.Journeys) > 0 {
		m.printf("\n## Journeys\n\n")
		for _, journey := range b.Journeys {
			m.printf("- **%s**: %s\n", mdx(journey.Name), mdx(journey.Summary))
		}
	}
	if len(b.Assumptions) > 0 {
		m.printf("\n## Assumed, not confirmed\n\n| Where | Guess | What would settle it |\n| --- | --- | --- |\n")
		for _, a := range b.Assumptions {
			m.printf("| %s | %s | %s |\n", code(a.File+"#"+string(a.Pointer)), mdx(a.Guess), mdx(a.Settles))
		}
	}
	return m.take()
}

func (m *markdown) event(event *Event) []byte {
	m.open(event.Name, event.Summary)
	m.printf("%s\n\n", paragraphs(event.Summary))
	if event.Description != "" {
		m.printf("%s\n\n", paragraphs(event.Description))
	}
	d := m.book.Delivery
	m.printf("- Sent as: %s with a JSON body, %d to %d bytes in generated messages\n", code(d.Method), event.SizeBytes.Least, event.SizeBytes.Most)
	m.printf("- Answer: %s within %s ([delivery](%s))\n", mdx(strings.Join(d.Acknowledge, ", ")), duration(d.TimeoutSeconds), m.link(1, "delivery.md"))
	signature := "none"
	if d.Signed {
		signature = code(d.Signing.Header)
	}
	m.printf("- Signature: %s\n- Stability: %s\n\n## Fields\n\n", signature, mdx(event.Stability))
	m.fields(event.Fields)
	if len(event.Examples) > 0 {
		m.printf("\n## Examples\n")
	}
	for _, example := range event.Examples {
		name := example.Variant
		if name == "" {
			name = "plain"
		}
		m.printf("\n### %s\n\n%s", mdx(name), escape.Fence("json", indented(example.Body)))
	}
	return m.take()
}

func (m *markdown) part(part *Part) []byte {
	m.open(part.Name, part.Title)
	if part.Description != "" {
		m.printf("%s\n\n", paragraphs(part.Description))
	}
	m.printf("## Fields\n\n")
	m.fields(part.Fields)
	return m.take()
}

func (m *markdown) fields(rows []Field) {
	m.printf("| Field | Type | Required | Meaning |\n| --- | --- | --- | --- |\n")
	for _, row := range rows {
		path := row.Path
		if path == "" {
			path = "(root)"
		}
		required := "no"
		if row.Required {
			required = "yes"
		}
		m.printf("| %s | %s | %s | %s |\n", code(path), mdx(strings.Join(append([]string{strings.Join(row.Types, " or ")}, nonEmpty(row.Format)...), ", ")), required, m.meaning(row))
	}
}

// meaning is the last cell of a row.
func (m *markdown) meaning(row Field) string {
	var said []string
	say := func(text string) { said = append(said, text) }
	if row.Deprecated {
		say("**Deprecated.**")
	}
	if row.When != "" {
		say("*When " + mdx(row.When) + ".*")
	}
	if row.Description != "" {
		say(mdx(row.Description))
	}
	if len(row.Values) > 0 {
		words := make([]string, len(row.Values))
		for i, value := range row.Values {
			words[i] = code(value)
		}
		lead := "One of "
		if row.Open {
			lead = "Known values, more may come: "
		}
		say(lead + strings.Join(words, ", ") + ".")
	}
	if len(row.Bounds) > 0 {
		say(sentence(mdx(strings.Join(row.Bounds, "; "))) + ".")
	}
	if row.Part != "" {
		say(fmt.Sprintf("See [%s](%s).", mdx(row.Part), m.link(1, "parts/"+fileName(row.Part)+".md")))
	}
	if row.Example != "" {
		say("Example: " + code(row.Example) + ".")
	}
	if row.Source != "" {
		say("Source: " + mdx(row.Source) + ".")
	}
	return strings.Join(said, " ")
}

func (m *markdown) delivery() []byte {
	d := m.book.Delivery
	m.open(m.book.Title+": delivery", "How "+m.book.Title+" delivers webhooks")
	m.printf("## Headers\n\n| Header | Value | Meaning |\n| --- | --- | --- |\n")
	for _, header := range d.Headers {
		m.printf("| %s | %s | %s |\n", code(header.Name), code(header.Template), mdx(header.Meaning))
	}
	m.printf("\n## Signature\n\n")
	if d.Signing == nil {
		m.printf("None. Anyone who knows the URL can post.\n")
	} else {
		m.signing(d.Signing)
	}
	m.printf("\n## What to answer\n\n%s within %s.\n", mdx(strings.Join(d.Acknowledge, ", ")), duration(d.TimeoutSeconds))
	m.printf("\n## When you do not acknowledge\n\n")
	if len(d.Attempts) < 2 {
		m.printf("It is not sent again.\n")
	} else {
		m.printf("| Attempt | Delay | After the first |\n| --- | --- | --- |\n")
		for _, attempt := range d.Attempts {
			m.printf("| %d | %s | %s |\n", attempt.Number, duration(attempt.DelaySeconds), duration(attempt.AfterSeconds))
		}
		m.printf("\nEach delay may be up to %.0f %% shorter or longer.\n", 100*d.JitterRatio)
	}
	m.printf("\n## Duplicates and order\n\n- The same message may arrive more than once: %s\n- Messages arrive in the order of their time: %s\n", yesNo(d.Repeats), yesNo(d.Ordered))
	m.printf("\n## Where this stands\n\n")
	for _, fact := range d.Sources {
		assumed := ""
		if fact.Assumed {
			assumed = "**assumed**: "
		}
		m.printf("- %s: %s%s\n", mdx(fact.About), assumed, mdx(fact.Source))
	}
	return m.take()
}

func (m *markdown) signing(s *Signing) {
	for i, step := range s.Steps {
		m.printf("%d. %s\n", i+1, mdx(step))
	}
	m.printf("\n### Worked through\n\nThe secret is made up for this page: %s. Sent at %d.\n\n", code(s.Vector.Secret), s.Vector.Timestamp)
	var text strings.Builder
	for _, line := range s.Vector.Headers {
		fmt.Fprintf(&text, "%s: %s\n", line[0], line[1])
	}
	m.printf("%s\nThe signed text:\n\n%s", escape.Fence("http", text.String()+"\n"+s.Vector.Body), escape.Fence("text", s.Vector.Signed))
	for _, snippet := range s.Snippets {
		m.printf("\n### %s\n\n%s", mdx(snippet.Language), escape.Fence(strings.TrimPrefix(snippet.File, "verify."), snippet.Code))
	}
}

// mdx makes text a run of plain text inside a line of Markdown or MDX: braces and angle brackets are
// character references, which both read as text. What stands between backticks becomes code.
func mdx(text string) string {
	pieces := strings.Split(text, "`")
	if len(pieces)%2 == 0 { // a backtick without its partner
		pieces = []string{text}
	}
	var b strings.Builder
	for i, piece := range pieces {
		if i%2 == 1 && piece != "" {
			b.WriteString(code(piece))
		} else {
			b.WriteString(strings.NewReplacer("{", "&#123;", "}", "&#125;").Replace(escape.Markdown(piece)))
		}
	}
	return b.String()
}

// paragraphs is mdx for a text of several: a catalog's Markdown comes out as plain paragraphs. MDX
// takes a paragraph that begins with import or export for code, unless its first letter is a reference.
func paragraphs(text string) string {
	var all []string
	for paragraph := range strings.SplitSeq(text, "\n\n") {
		if line := strings.Join(strings.Fields(paragraph), " "); line != "" {
			text := mdx(line)
			if strings.HasPrefix(text, "import ") || strings.HasPrefix(text, "export ") {
				text = fmt.Sprintf("&#%d;%s", text[0], text[1:])
			}
			all = append(all, text)
		}
	}
	return strings.Join(all, "\n\n")
}

// code is an inline code span that may stand in a table.
func code(text string) string {
	text = escape.Line(text)
	fence := "`"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	pad := ""
	if len(fence) > 1 {
		pad = " "
	}
	return fence + pad + strings.ReplaceAll(text, "|", `\|`) + pad + fence
}

func nonEmpty(text string) []string {
	if text == "" {
		return nil
	}
	return []string{text}
}

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

// yamlText is a text as a YAML scalar: JSON strings are YAML.
func yamlText(text string) string {
	quoted, _ := json.Marshal(escape.Line(text)) // a string always marshals
	return string(quoted)
}
