package main

import (
	"slices"
	"strings"

	"github.com/hookrig/hookrig/schemas"
)

// fieldsNested bounds how deep the fields of an event are listed.
const fieldsNested = 8

// fieldRows lists the fields of a schema for people: place, type, meaning.
func fieldRows(s *schemas.Schema) [][]string {
	var rows [][]string
	seen := map[*schemas.Schema]bool{}
	addFields(&rows, "", s, seen, 0)
	return rows
}

// addFields adds the properties of a schema and of all that it is put together from.
func addFields(rows *[][]string, at schemas.Pointer, s *schemas.Schema, seen map[*schemas.Schema]bool, depth int) {
	if s == nil || seen[s] || depth > fieldsNested {
		return
	}
	seen[s] = true
	defer delete(seen, s)
	for _, part := range slices.Concat([]*schemas.Schema{s.Ref}, s.AllOf, s.AnyOf, s.OneOf) {
		addFields(rows, at, part, seen, depth)
	}
	for _, p := range s.Properties {
		place := at.Child(p.Name)
		mark := ""
		if slices.Contains(s.Required, p.Name) {
			mark = "!"
		}
		row := []string{"  " + string(place) + mark, typeOf(p.Schema), meaning(p.Schema)}
		if !slices.ContainsFunc(*rows, func(known []string) bool { return strings.TrimSuffix(known[0], "!") == "  "+string(place) }) {
			*rows = append(*rows, row)
		}
		addFields(rows, place, p.Schema, seen, depth+1)
		if p.Schema.Items != nil {
			addFields(rows, place+"/*", p.Schema.Items, seen, depth+1)
		}
	}
}

// typeOf says in a few words what a value is.
func typeOf(s *schemas.Schema) string {
	for at := s; at != nil; at = at.Ref {
		switch {
		case at.Const != nil:
			return string(at.Const)
		case len(at.Enum) > 0:
			var words []string
			for _, word := range at.Enum {
				words = append(words, strings.Trim(string(word), `"`))
			}
			return shorten(strings.Join(words, "|"), 40)
		case at.Format != "":
			return at.Format
		case len(at.Types) > 0:
			return strings.Join(at.Types, "|")
		}
	}
	return "any"
}

// meaning is what the schema says the value means, in one line.
func meaning(s *schemas.Schema) string {
	for at := s; at != nil; at = at.Ref {
		if at.Description != "" {
			return strings.Join(strings.Fields(at.Description), " ")
		}
	}
	return ""
}
