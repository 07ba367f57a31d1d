package generators

// typeSet is a set of JSON types; integer is a subset of number.
type typeSet uint8

const (
	typeNull typeSet = 1 << iota
	typeBoolean
	typeInteger
	typeNumber
	typeString
	typeArray
	typeObject
	anyType = typeNull | typeBoolean | typeInteger | typeNumber | typeString | typeArray | typeObject
)

var typeNames = []struct {
	name string
	set  typeSet
}{
	{"string", typeString}, {"object", typeObject}, {"array", typeArray}, {"integer", typeInteger},
	{"number", typeNumber | typeInteger}, {"boolean", typeBoolean}, {"null", typeNull},
}

// kinds lists the types to make, the likeliest first. Of a shape that allows any type it takes the one
// that its keywords speak of.
func (s *shape) kinds() []typeSet {
	if s.types == anyType {
		switch {
		case len(s.names) > 0 || s.minProps > 0 || len(s.required) > 0:
			return []typeSet{typeObject}
		case len(s.item(0)) > 0 || s.minItems > 0 || len(s.contains) > 0:
			return []typeSet{typeArray}
		case s.low != nil || s.high != nil || len(s.multiples) > 0:
			return []typeSet{typeNumber}
		}
		return []typeSet{typeString}
	}
	var list []typeSet
	for _, t := range []typeSet{typeString, typeObject, typeArray, typeNumber, typeInteger, typeBoolean, typeNull} {
		if s.types&t != 0 && (t != typeInteger || s.types&typeNumber == 0) {
			list = append(list, t)
		}
	}
	return list
}

func (t typeSet) name() string {
	for _, n := range typeNames {
		if n.set&t != 0 && (t != typeInteger || n.name == "integer") {
			return n.name
		}
	}
	return ""
}
