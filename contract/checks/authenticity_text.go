package checks

import (
	"bytes"
	"fmt"
	"slices"
	"unicode/utf8"
)

// ASCII reports whether the text holds nothing beyond ASCII.
func ASCII(text []byte) bool {
	return !slices.ContainsFunc(text, func(b byte) bool { return b >= utf8.RuneSelf })
}

// Escaped is the step with everything beyond ASCII written as \uXXXX, truly signed.
func Escaped(step Step) Step {
	step.Edits = append(slices.Clone(step.Edits), Edit{Op: Respell, Value: "escaped-unicode"})
	return step
}

// nonASCIITexts are texts that take two, three and four bytes a character in UTF-8.
func nonASCIITexts() []struct{ name, text string } {
	return []struct{ name, text string }{
		{"Latin letters with accents", "José Ñúñez"},
		{"Chinese", "你好，世界"},
		{"emoji", "👋🏽 ok 🎉"},
		{"U+2028", "one\u2028two"},
	}
}

func nonASCII(s *Subject) ([]Case, error) {
	var cases []Case
	for _, t := range nonASCIITexts() {
		step := s.step()
		place, ok := s.text(s.like(step).Body)
		if !ok {
			return []Case{{Name: t.name, Reason: "the event has no text that could hold it"}}, nil
		}
		raw := bytes.ReplaceAll(quote(t.text), []byte(`\u2028`), []byte("\u2028"))
		twin := s.step(Edit{Op: Set, Place: string(place), JSON: asciiOf(t.text)})
		step.Edits = []Edit{{Op: Set, Place: string(place), JSON: raw}}
		c := Case{
			Name: t.name, Where: string(place), Steps: []Step{twin, step},
			Judge: rawBesideEscaped(s),
		}
		if s.Provider.Body.EscapesNonASCII {
			c.Level = LevelAdvisory
		}
		cases = append(cases, c)
	}
	return cases, nil
}

// rawBesideEscaped finds a refusal of the raw text where the escaped one was acknowledged.
func rawBesideEscaped(s *Subject) func(Evidence) *Flaw {
	return func(e Evidence) *Flaw {
		escaped, raw := e.Exchanges[0].Reply, e.Exchanges[1].Reply
		if !escaped.Acknowledged(s.Provider.Policy) || raw.Acknowledged(s.Provider.Policy) {
			return nil
		}
		return &Flaw{
			Rule: "text in raw UTF-8 must be handled like the same text escaped",
			Got:  raw.String(), Want: "an acknowledgement: the same text written as \\uXXXX got " + escaped.String(), Index: 1,
		}
	}
}

// asciiOf is the text as a JSON string in which everything beyond ASCII is escaped.
func asciiOf(text string) []byte {
	var out bytes.Buffer
	for _, r := range string(quote(text)) {
		switch {
		case r < 0x80:
			out.WriteRune(r)
		case r < 0x10000:
			fmt.Fprintf(&out, `\u%04x`, r)
		default:
			r -= 0x10000
			fmt.Fprintf(&out, `\u%04x\u%04x`, 0xd800+(r>>10), 0xdc00+(r&0x3ff))
		}
	}
	return out.Bytes()
}

func splitCharacters(s *Subject) ([]Case, error) {
	var cases []Case
	for _, way := range []struct {
		name  string
		fault Fault
	}{
		{"two writes", Fault{SplitsIn: "characters"}},
		{"two chunks", Fault{SplitsIn: "characters", Chunked: true}},
	} {
		whole, split := s.step(), s.step()
		place, ok := s.text(s.like(split).Body)
		if !ok {
			return []Case{{Name: way.name, Reason: "the event has no text that could hold a long character"}}, nil
		}
		text := Edit{Op: Set, Place: string(place), JSON: quote("🎉 fiesta")}
		whole.Edits, split.Edits = []Edit{text}, []Edit{text}
		split.Fault = &way.fault
		whole.Fault = &Fault{Chunked: way.fault.Chunked}
		c := Case{Name: way.name, Where: string(place), Steps: []Step{whole, split}, Judge: splitBesideWhole(s)}
		if s.Provider.Body.EscapesNonASCII {
			c.Level = LevelAdvisory
		}
		cases = append(cases, c)
	}
	return cases, nil
}

func splitBesideWhole(s *Subject) func(Evidence) *Flaw {
	return func(e Evidence) *Flaw {
		whole, split := e.Exchanges[0].Reply, e.Exchanges[1].Reply
		if !whole.Acknowledged(s.Provider.Policy) || split.Acknowledged(s.Provider.Policy) {
			return nil
		}
		return &Flaw{
			Rule: "a body that arrives in pieces must be put together as bytes",
			Got:  split.String(), Want: "an acknowledgement: the same text in one piece got " + whole.String(), Index: 1,
		}
	}
}
