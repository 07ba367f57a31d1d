package schemas

import (
	"fmt"
	"slices"
	"strings"
)

// checkProvider checks what provider.json says against itself and the event schemas: what its own
// JSON Schema cannot express.
func (l *loader) checkProvider() {
	p := l.provider
	l.checkHeaders()
	if p.Signing != nil {
		l.checkSigning()
	}
	for name, at := range map[Pointer]Pointer{
		"/envelope/event": p.Fields.Event, "/envelope/id": p.Fields.ID,
		"/envelope/time": p.Fields.Time, "/envelope/tenant": p.Fields.Tenant,
	} {
		for _, e := range l.events {
			l.checkReaches(name, at, e)
		}
	}
	for event, pointers := range p.Entity {
		for i, at := range pointers {
			l.checkReaches(Pointer("/entity").Child(event).Index(i), at, l.listed(Pointer("/entity").Child(event), event))
		}
	}
	if p.API != nil {
		l.checkAPI()
	}
	if p.Handshake != nil {
		l.checkHandshake()
	}
	l.checkSources()
}

// listed is the event of that name; a name that is not listed is a problem.
func (l *loader) listed(at Pointer, name string) *Event {
	for _, e := range l.events {
		if e.Name == name {
			return e
		}
	}
	if !slices.ContainsFunc(l.provider.Events, func(listing Listing) bool { return listing.Name == name }) {
		l.report(at, "no event is named %q", name)
	}
	return nil
}

// checkReaches reports a pointer that is malformed, or leads to nothing in the event's schema.
func (l *loader) checkReaches(where, at Pointer, e *Event) {
	if err := at.Check(); err != nil {
		l.report(where, "%v", err)
		return
	}
	if at == "" || e == nil || e.Schema == nil {
		return
	}
	if !e.Schema.Reaches(at) {
		l.report(where, "%q leads nowhere in %s", at, e.file)
	}
}

// template parses a template of provider.json and reports placeholders other than those known.
func (l *loader) template(where Pointer, text string, known ...string) Template {
	t, err := ParseTemplate(text)
	if err != nil {
		l.report(where, "%v", err)
	}
	for _, name := range t.Names() {
		if !slices.Contains(known, name) {
			l.report(where, "%v", errPlaceholder(name, known...))
		}
	}
	return t
}

func errPlaceholder(name string, known ...string) error {
	return fmt.Errorf("unknown placeholder {%s}; known: {%s}", name, strings.Join(known, "} {"))
}

func (l *loader) checkHeaders() {
	seen := map[string]bool{}
	signatures := 0
	for _, line := range l.provider.Headers {
		where := Pointer("/headers").Child(line[0])
		t := l.template(where, line[1], "event", "id", "delivery_id", "timestamp", "attempt", "signatures")
		if t.Uses("signatures") {
			signatures++
		}
		if name := strings.ToLower(line[0]); seen[name] {
			l.report(where, "header %q stands twice", line[0])
		} else {
			seen[name] = true
		}
		if !headerSafe(line[1]) {
			l.report(where, "a header value cannot hold control characters")
		}
	}
	if names := l.provider.HeaderNames("delivery_id"); l.provider.Policy.DeliveryID == "none" && len(names) > 0 {
		l.report("/policy/delivery_id", "header %q carries a {delivery_id}", names[0])
	}
	switch {
	case l.provider.Signing == nil && signatures > 0:
		l.report("/signing", "a header holds {signatures}, but signing is \"none\"")
	case l.provider.Signing != nil && signatures != 1:
		l.report("/headers", "one header must hold {signatures}, %d do", signatures)
	}
}

func (l *loader) checkSigning() {
	s := l.provider.Signing
	signs := l.template("/signing/signs", s.Signs, "id", "timestamp", "body")
	if !signs.Uses("body") {
		l.report("/signing/signs", "the signed text must hold {body}")
	}
	for _, name := range []string{"id", "timestamp"} {
		if signs.Uses(name) && len(l.provider.HeaderNames(name)) == 0 {
			l.report("/signing/signs", "{%s} is signed, but no header carries it", name)
		}
	}
	item := l.template("/signing/item", s.Item, "signature")
	if names := item.Names(); len(names) != 1 {
		l.report("/signing/item", "want {signature} once")
	}
	if s.Separator != "" && (strings.Contains(item.String(), s.Separator) || strings.Trim(s.Separator, "0123456789abcdefABCDEF+/=") == "") {
		l.report("/signing/separator", "%q can stand inside an item", s.Separator)
	}
	if s.ToleranceSeconds > 0 && len(l.provider.HeaderNames("timestamp")) == 0 {
		l.report("/signing/tolerance_seconds", "no header carries the {timestamp} that it limits")
	}
	if s.Algorithm == "ed25519" && s.Secret.Encoding == "utf8" {
		l.report("/signing/secret/encoding", "ed25519 keys are written in base64 or hex")
	}
}

// checkSources reports leaves without a source, and sources of nothing.
func (l *loader) checkSources() {
	for at := range l.provider.Sources {
		where := Pointer("/sources").Child(string(at))
		if err := at.Check(); err != nil {
			l.report(where, "%v", err)
		} else if l.text.find(at) == nil {
			l.report(where, "the description has nothing at %q", at)
		}
	}
	var bare []Pointer
	for _, at := range l.text.leaves() {
		if _, ok := l.provider.Source(at); !ok {
			bare = append(bare, at)
		}
	}
	const shown = 5
	for _, at := range bare[:min(shown, len(bare))] {
		l.report(at, "has no source: say in /sources where the fact stands, or \"assumed: …\"")
	}
	if len(bare) > shown {
		l.report("/sources", "%d facts more have no source; a source at \"\" covers everything", len(bare)-shown)
	}
}
