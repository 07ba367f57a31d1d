package schemas

import "time"

// Message is one instance of an event: a body of bytes, and what the provider's envelope pointers
// find in it. The body is what is signed, sent and judged; it is never marshalled again.
type Message struct {
	Event    string    // event name; "" when the body names none
	ID       string    // value at envelope.id; "" where the provider has none
	Time     time.Time // value at envelope.time; zero where the provider has none
	Tenant   string    // value at envelope.tenant; "" where the provider has none
	Entities []string  // keys of the things it is about, in body order; several in a batch
	Body     []byte
}

// Read finds the message in a body by the provider's envelope and entity pointers. The body is kept,
// not copied. It fails only when the body is not JSON; an unknown event is not an error here.
func (p *Provider) Read(body []byte) (Message, error) {
	panic("unwritten")
}
