package schemas

// Event is a kind of message.
type Event struct {
	Name        string
	Summary     string // one line
	Description string // Markdown, may be ""
	Stability   string // stable, assumed, deprecated, …
	Schema      *Schema
	Examples    []Example

	file     string
	validate *validator
}

// Validate checks a body against the event's schema: nil, or *InvalidError with every violation
// sorted by instance pointer, then keyword.
func (e *Event) Validate(body []byte) error {
	doc, err := decodeInstance(body)
	if err != nil {
		return err
	}
	return e.validate.check(doc)
}
