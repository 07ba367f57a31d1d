package generators

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"maps"
	"math/big"
	"regexp"
	"slices"
	"sync"
	"unicode/utf8"

	"github.com/hookrig/hookrig/schemas"
)

// errEmpty says that no value satisfies a schema.
var errEmpty = errors.New("no value satisfies it")

// judge tries values. It keeps the patterns that it has compiled, and is safe for concurrent use.
type judge struct {
	patterns sync.Map // pattern → *regexp.Regexp
	suited   sync.Map // suit → struct{}: values found to suit a shape
	choices  sync.Map // *schemas.Schema → choice, of its oneOf
}

// suit is a value at a shape: what its journey or schema says, and the schemas that apply.
type suit struct {
	spec  string
	last  *schemas.Schema
	parts int
}

func (j *judge) matches(pattern, text string) bool {
	re, ok := j.patterns.Load(pattern)
	if !ok {
		compiled, err := regexp.Compile(pattern)
		if err != nil {
			return false
		}
		re, _ = j.patterns.LoadOrStore(pattern, compiled)
	}
	return re.(*regexp.Regexp).MatchString(text)
}

// accepts says whether a decoded value (json.Number for numbers) satisfies the schema. Formats and
// unevaluated* are left out: the generator needs it only to sort out what it has made by the rules of
// formats, from properties that are declared.
func (j *judge) accepts(c *schemas.Schema, value any, depth int) bool {
	if depth > 64 {
		return false
	}
	if c.Bool != nil {
		return *c.Bool
	}
	if c.Ref != nil && !j.accepts(c.Ref, value, depth+1) {
		return false
	}
	return acceptsType(c, value) && j.acceptsValue(c, value) && j.acceptsBranches(c, value, depth+1) && j.acceptsContent(c, value, depth+1)
}

func acceptsType(c *schemas.Schema, value any) bool {
	if len(c.Types) == 0 {
		return true
	}
	is := typeOf(value)
	return slices.ContainsFunc(typeNames, func(t struct {
		name string
		set  typeSet
	}) bool {
		return t.set&is != 0 && slices.Contains(c.Types, t.name)
	})
}

// typeOf gives the type of a decoded value; an integer is typeInteger alone.
func typeOf(value any) typeSet {
	switch value := value.(type) {
	case nil:
		return typeNull
	case bool:
		return typeBoolean
	case string:
		return typeString
	case []any:
		return typeArray
	case map[string]any:
		return typeObject
	case json.Number:
		if r, ok := rat(&value); ok && r.IsInt() {
			return typeInteger
		}
		return typeNumber
	}
	return 0
}

func (j *judge) acceptsValue(c *schemas.Schema, value any) bool {
	if c.Const != nil && !sameValue(decode(c.Const), value) {
		return false
	}
	if c.Enum != nil && !slices.ContainsFunc(c.Enum, func(v json.RawMessage) bool { return sameValue(decode(v), value) }) {
		return false
	}
	switch value := value.(type) {
	case string:
		n := utf8.RuneCountInString(value)
		return within(n, c.MinLength, c.MaxLength) && (c.Pattern == "" || j.matches(c.Pattern, value))
	case json.Number:
		return acceptsNumber(c, value)
	case []any:
		return within(len(value), c.MinItems, c.MaxItems)
	case map[string]any:
		return within(len(value), c.MinProperties, c.MaxProperties)
	}
	return true
}

func acceptsNumber(c *schemas.Schema, value json.Number) bool {
	n, ok := rat(&value)
	if !ok {
		return false
	}
	than := func(bound *json.Number, allowed ...int) bool {
		r, ok := rat(bound)
		return !ok || slices.Contains(allowed, n.Cmp(r))
	}
	if !than(c.Minimum, 0, 1) || !than(c.Maximum, 0, -1) || !than(c.ExclusiveMinimum, 1) || !than(c.ExclusiveMaximum, -1) {
		return false
	}
	r, ok := rat(c.MultipleOf)
	return !ok || new(big.Rat).Quo(n, r).IsInt()
}

func (j *judge) acceptsBranches(c *schemas.Schema, value any, depth int) bool {
	good := func(sub *schemas.Schema) bool { return j.accepts(sub, value, depth) }
	if slices.ContainsFunc(c.AllOf, func(sub *schemas.Schema) bool { return !good(sub) }) {
		return false
	}
	if len(c.AnyOf) > 0 && !slices.ContainsFunc(c.AnyOf, good) {
		return false
	}
	if len(c.OneOf) > 0 {
		n := 0
		for _, sub := range c.OneOf {
			if good(sub) {
				n++
			}
		}
		if n != 1 {
			return false
		}
	}
	if c.Not != nil && good(c.Not) {
		return false
	}
	if c.If != nil {
		then := c.Else
		if good(c.If) {
			then = c.Then
		}
		return then == nil || good(then)
	}
	return true
}

func (j *judge) acceptsContent(c *schemas.Schema, value any, depth int) bool {
	switch value := value.(type) {
	case map[string]any:
		return j.acceptsObject(c, value, depth)
	case []any:
		return j.acceptsArray(c, value, depth)
	case string:
		if c.ContentSchema != nil {
			inner := decode([]byte(value))
			return inner != errValue && j.accepts(c.ContentSchema, inner, depth)
		}
	}
	return true
}

func (j *judge) acceptsObject(c *schemas.Schema, value map[string]any, depth int) bool {
	for _, name := range c.Required {
		if _, ok := value[name]; !ok {
			return false
		}
	}
	for name, child := range value {
		for _, sub := range childOf(c, name) {
			if !j.accepts(sub, child, depth) {
				return false
			}
		}
		if c.PropertyNames != nil && !j.accepts(c.PropertyNames, name, depth) {
			return false
		}
		for _, other := range c.DependentRequired[name] {
			if _, ok := value[other]; !ok {
				return false
			}
		}
		for _, p := range c.DependentSchemas {
			if p.Name == name && !j.accepts(p.Schema, value, depth) {
				return false
			}
		}
	}
	return true
}

func (j *judge) acceptsArray(c *schemas.Schema, value []any, depth int) bool {
	contained := 0
	for i, item := range value {
		sub := c.Items
		if i < len(c.PrefixItems) {
			sub = c.PrefixItems[i]
		}
		if sub != nil && !j.accepts(sub, item, depth) {
			return false
		}
		if c.Contains != nil && j.accepts(c.Contains, item, depth) {
			contained++
		}
		if c.UniqueItems && slices.ContainsFunc(value[:i], func(other any) bool { return sameValue(other, item) }) {
			return false
		}
	}
	if c.Contains == nil {
		return true
	}
	least := 1
	if c.MinContains != nil {
		least = *c.MinContains
	}
	return contained >= least && (c.MaxContains == nil || contained <= *c.MaxContains)
}

// errValue is what decode gives for a text that is not JSON; it is no JSON value.
var errValue any = struct{ string }{"not JSON"}

// decode decodes a JSON text, numbers as json.Number.
func decode(text []byte) any {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var value any
	if d.Decode(&value) != nil {
		return errValue
	}
	return value
}

// sameJSON says whether two JSON texts mean the same value.
func sameJSON(a, b []byte) bool { return sameValue(decode(a), decode(b)) }

func sameValue(a, b any) bool {
	switch a := a.(type) {
	case json.Number:
		b, ok := b.(json.Number)
		if !ok {
			return false
		}
		left, fine := rat(&a)
		right, good := rat(&b)
		return fine && good && left.Cmp(right) == 0
	case []any:
		b, ok := b.([]any)
		return ok && slices.EqualFunc(a, b, sameValue)
	case map[string]any:
		b, ok := b.(map[string]any)
		return ok && maps.EqualFunc(a, b, sameValue)
	case string, bool, nil:
		return a == b
	}
	return false
}

func within(n int, least, most *int) bool {
	return (least == nil || n >= *least) && (most == nil || n <= *most)
}

// matches says whether a pattern, which schemas has found to compile, matches somewhere in the text.
func matches(pattern, text string) bool {
	re, err := regexp.Compile(pattern)
	return err == nil && re.MatchString(text)
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
