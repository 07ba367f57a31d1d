package checks

import (
	"encoding/json"

	"github.com/hookrig/hookrig/generators"
)

// Edit changes one thing about a step. Which fields count depends on Op; the zero value of the others
// is left out in JSON.
type Edit struct {
	Op    Op              `json:"op"`
	Place string          `json:"place,omitempty"` // JSON Pointer in the body, or a header's name
	Value string          `json:"value,omitempty"`
	Bytes []byte          `json:"bytes,omitempty"`
	JSON  json.RawMessage `json:"json,omitempty"`
	Count int             `json:"count,omitempty"`

	Coordinate *generators.Coordinate `json:"coordinate,omitempty"` // of another message
	Event      string                 `json:"event,omitempty"`      // of that message. Default the step's
	From       string                 `json:"from,omitempty"`       // JSON Pointer in that message. Default Place
}

// Op names what an edit does.
type Op string

// Edits of the body, before it is signed.
const (
	Set       Op = "set"       // JSON at Place, made if absent; written as given
	Remove    Op = "remove"    // what stands at Place
	Replace   Op = "replace"   // the whole body by Bytes
	Respell   Op = "respell"   // the body by the encoding named Value
	Prepend   Op = "prepend"   // Bytes before the body
	Duplicate Op = "duplicate" // the key at Place once more, with JSON
	Nest      Op = "nest"      // at Place, Count arrays in one another
	Pad       Op = "pad"       // a text at Place, so long that the body has Count bytes
	Append    Op = "append"    // to the array at Place, the JSON
	SetFrom   Op = "set-from"  // at Place, what the message of Coordinate has at From
	Join      Op = "join"      // to the array at Place, the elements that the message of Coordinate has there
)

// Edits of the signing.
const (
	Key         Op = "key"          // sign with the secret Value
	KeyOf       Op = "key-of"       // sign with the secrets of endpoint Count
	Aged        Op = "aged"         // sign as Count seconds ago; negative: ahead
	DeliveryID  Op = "delivery-id"  // Value
	MessageID   Op = "message-id"   // Value as {id} of the envelope, or the id of the message of Coordinate
	SignedText  Op = "signed-text"  // sign by the template Value
	SignedBytes Op = "signed-bytes" // sign Bytes and send the body
	Algorithm   Op = "algorithm"    // sign by the algorithm Value
	Item        Op = "item"         // write signatures by the template Value
	Items       Op = "items"        // a list of the words in Value: good, wrong, unknown
	Truncate    Op = "truncate"     // each signature to its first Count characters; negative: all but so many
	Extend      Op = "extend"       // each signature by Value
	Stamp       Op = "stamp"        // Value as {timestamp} of the headers; what is signed keeps the time
	DropStamp   Op = "drop-stamp"   // no {timestamp} in the headers
)

// Edits of the envelope, after signing.
const (
	Drop       Op = "drop"        // the header Place
	Unsign     Op = "unsign"      // every header that carries the signature
	Header     Op = "header"      // the header Place has Value
	HeaderAdd  Op = "header-add"  // one more line Place: Value, last; before the others of that name when Count is -1
	HeaderCase Op = "header-case" // all names "lower", "upper" or "mixed"
	Flip       Op = "flip"        // one byte inside the string at Place of the body as sent
	SendBody   Op = "send-body"   // Bytes instead of what was signed
	SendBlank  Op = "send-blank"  // Count spaces instead of what was signed
	Method     Op = "method"      // Value
	Query      Op = "query"       // Value as the query of the path
	QueryAdd   Op = "query-add"   // one more parameter Place=Value
)
