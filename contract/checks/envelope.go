package checks

import (
	"bytes"
	"net/url"
	"slices"
	"strings"

	"github.com/hookrig/hookrig/schemas"
)

// editEnvelope applies the edit when it is one of the envelope's. The envelope given is not changed.
func (e Edit) editEnvelope(p *schemas.Provider, env schemas.Envelope) (schemas.Envelope, error) {
	switch e.Op {
	case Drop:
		env.Headers = without(env.Headers, e.Place)
	case Unsign:
		for _, name := range p.HeaderNames("signatures") {
			env.Headers = without(env.Headers, name)
		}
	case Header:
		env.Headers = with(env.Headers, e.Place, e.Value)
	case HeaderAdd:
		line := [2]string{e.Place, e.Value}
		at := len(env.Headers)
		if e.Count < 0 {
			at = max(0, slices.IndexFunc(env.Headers, named(e.Place)))
		}
		env.Headers = slices.Insert(slices.Clone(env.Headers), at, line)
	case HeaderCase:
		env.Headers = slices.Clone(env.Headers)
		for i, line := range env.Headers {
			env.Headers[i][0] = recase(line[0], e.Value)
		}
	case Flip:
		var err error
		if env.Body, err = flip(env.Body, schemas.Pointer(e.Place)); err != nil {
			return env, err
		}
	case SendBody:
		env.Body = e.Bytes
	case SendBlank:
		env.Body = bytes.Repeat([]byte{' '}, e.Count)
	case Method:
		env.Method = e.Value
		if e.Value == "GET" || e.Value == "HEAD" || e.Value == "OPTIONS" {
			env.Body = nil
		}
	case Query:
		path, _, _ := strings.Cut(env.Path, "?")
		env.Path = path + "?" + e.Value
	case QueryAdd:
		joint := "?"
		if strings.Contains(env.Path, "?") {
			joint = "&"
		}
		env.Path += joint + url.QueryEscape(e.Place) + "=" + url.QueryEscape(e.Value)
	}
	return env, nil
}

func named(name string) func([2]string) bool {
	return func(line [2]string) bool { return strings.EqualFold(line[0], name) }
}

func without(headers schemas.Headers, name string) schemas.Headers {
	return slices.DeleteFunc(slices.Clone(headers), named(name))
}

// with gives the header that value: the first line of the name, or a new one at the end.
func with(headers schemas.Headers, name, value string) schemas.Headers {
	headers = slices.Clone(headers)
	if i := slices.IndexFunc(headers, named(name)); i >= 0 {
		headers[i][1] = value
		return headers
	}
	return append(headers, [2]string{name, value})
}

// recase respells a header's name. HTTP field names are case-insensitive (RFC 9110, 5.1).
func recase(name, style string) string {
	switch style {
	case "lower":
		return strings.ToLower(name)
	case "upper":
		return strings.ToUpper(name)
	}
	mixed := []byte(strings.ToLower(name))
	for i := 1; i < len(mixed); i += 2 {
		mixed[i] = strings.ToUpper(string(mixed[i]))[0]
	}
	return string(mixed)
}
