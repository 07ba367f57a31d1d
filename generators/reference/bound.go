package reference

import (
	"encoding/json"
	"fmt"

	"github.com/hookrig/hookrig/schemas"
)

// bounds says in words what a schema asks of a value beyond its type.
func bounds(s *schemas.Schema) []string {
	var all []string
	say := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	all = append(all, counted(s.MinLength, s.MaxLength, "character")...)
	if s.Pattern != "" {
		say("matches `%s`", s.Pattern)
	}
	if s.Minimum != nil {
		say("at least %s", *s.Minimum)
	}
	if s.Maximum != nil {
		say("at most %s", *s.Maximum)
	}
	for _, edge := range []struct {
		number *json.Number
		words  string
	}{{s.ExclusiveMinimum, "more than %s"}, {s.ExclusiveMaximum, "less than %s"}, {s.MultipleOf, "a multiple of %s"}} {
		if edge.number != nil {
			say(edge.words, *edge.number)
		}
	}
	all = append(all, counted(s.MinItems, s.MaxItems, "element")...)
	if s.UniqueItems {
		say("no element twice")
	}
	all = append(all, counted(s.MinProperties, s.MaxProperties, "member")...)
	if s.ContentMediaType != "" {
		say("%s in a string", s.ContentMediaType)
	}
	return all
}

// counted says a least and a most of something.
func counted(least, most *int, noun string) []string {
	many := func(n int) string {
		if n == 1 {
			return "1 " + noun
		}
		return fmt.Sprintf("%d %ss", n, noun)
	}
	switch {
	case least != nil && most != nil && *least == *most:
		return []string{"exactly " + many(*least)}
	case least != nil && most != nil:
		return []string{fmt.Sprintf("%d to %s", *least, many(*most))}
	case least != nil && *least > 0:
		return []string{"at least " + many(*least)}
	case most != nil:
		return []string{"at most " + many(*most)}
	}
	return nil
}
