package schemas

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Bounds on the numbers that the package computes with: beyond them arithmetic on 13 bytes of JSON
// could take all memory.
const (
	maxNumberBytes = 64
	maxExponent    = 400
)

// Decode reads one JSON value, numbers as [json.Number]. It refuses what is not JSON, trailing bytes,
// a byte order mark, bytes that are not UTF-8, and nesting past 512 levels. The last of repeated
// names wins, as in encoding/json.
func Decode(text []byte) (any, error) {
	if err := checkText(text); err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var doc any
	if err := decoder.Decode(&doc); err != nil {
		return nil, fmt.Errorf("not JSON: %w", err)
	}
	return doc, nil
}

// hugeNumber says whether computing with the number could be an attack.
func hugeNumber(n json.Number) bool {
	if len(n) > maxNumberBytes {
		return true
	}
	i := strings.IndexAny(string(n), "eE")
	if i < 0 {
		return false
	}
	exponent, err := strconv.Atoi(string(n)[i+1:])
	return err != nil || exponent > maxExponent || exponent < -maxExponent
}

// hugeNumbers lists where a decoded document holds one.
func hugeNumbers(at Pointer, doc any) []Pointer {
	var found []Pointer
	switch doc := doc.(type) {
	case json.Number:
		if hugeNumber(doc) {
			found = append(found, at)
		}
	case []any:
		for i, item := range doc {
			found = append(found, hugeNumbers(at.Index(i), item)...)
		}
	case map[string]any:
		for name, value := range doc {
			found = append(found, hugeNumbers(at.Child(name), value)...)
		}
	}
	return found
}
