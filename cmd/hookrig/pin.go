package main

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/hookrig/hookrig/schemas"
)

// pins reads /pointer=value. A value that is not JSON is a string.
func pins(texts []string) (map[schemas.Pointer]json.RawMessage, error) {
	var set map[schemas.Pointer]json.RawMessage
	for _, text := range texts {
		place, value, ok := strings.Cut(text, "=")
		pointer := schemas.Pointer(place)
		if !ok || !strings.HasPrefix(place, "/") {
			return nil, misused("--set %q is not /json/pointer=value", shorten(text, 80))
		}
		if err := pointer.Check(); err != nil {
			return nil, misused("--set %q: %w", shorten(text, 80), err)
		}
		raw := json.RawMessage(value)
		if !json.Valid(raw) {
			raw, _ = json.Marshal(value) // a string can always be written
		}
		if set == nil {
			set = map[schemas.Pointer]json.RawMessage{}
		}
		set[pointer] = raw
	}
	return set, nil
}

// seed is a flag for a seed: a number, or "random" for one drawn now.
type seed struct{ value uint64 }

func (s *seed) Type() string   { return "seed" }
func (s *seed) String() string { return strconv.FormatUint(s.value, 10) }

// Set reads a whole number from 1, or draws one.
func (s *seed) Set(text string) error {
	if text == "random" {
		var bytes [4]byte
		_, _ = rand.Read(bytes[:]) // it never fails
		s.value = uint64(binary.BigEndian.Uint32(bytes[:])) + 1
		return nil
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil || n == 0 {
		return misused("%q is not a seed: a whole number from 1, or random", shorten(text, 40))
	}
	s.value = n
	return nil
}
