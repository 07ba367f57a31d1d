package schemas

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/textproto"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Vector is a request whose signature is known to hold or not, with the secrets and the moment.
//
// One vector is one file: "key: value" lines, "expect" first, an empty line, then the request as it
// stands on the wire (lines may end in LF), body bytes to the end of the file. Keys: expect (ok,
// no-signature, malformed-signature, signature, stale, future), secret (repeatable), now (Unix
// seconds, where time matters), scheme (in signing/vectors), source.
type Vector struct {
	Name     string // file name without .txt
	Expect   string
	Scheme   string
	Source   string // who made it
	Secrets  []Secret
	Now      time.Time
	Received Received
}

// expectations are the outcomes that a vector may expect.
func expectations() map[string]error {
	return map[string]error{"ok": nil, "no-signature": ErrNoSignature, "malformed-signature": ErrMalformedSignature,
		"signature": ErrSignature, "stale": ErrStale, "future": ErrFuture}
}

// ReadVector reads a vector file. Unknown keys and expectations are errors.
func ReadVector(name string, text []byte) (Vector, error) {
	v := Vector{Name: strings.TrimSuffix(path.Base(name), ".txt")}
	rest := text
	for first := true; ; first = false {
		line, after, found := bytes.Cut(rest, []byte("\n"))
		rest = after
		if len(line) == 0 && !first {
			break
		}
		key, value, ok := strings.Cut(string(line), ": ")
		if !found || !ok || first != (key == "expect") {
			return Vector{}, fmt.Errorf("read vector %q: want %q lines, \"expect\" first, and an empty line", name, "key: value")
		}
		if err := v.set(key, value); err != nil {
			return Vector{}, fmt.Errorf("read vector %q: %w", name, err)
		}
	}
	return v, v.readRequest(name, rest)
}

func (v *Vector) set(key, value string) error {
	switch key {
	case "expect":
		if _, known := expectations()[value]; !known {
			return fmt.Errorf("unknown expectation %q", value)
		}
		v.Expect = value
	case "scheme":
		v.Scheme = value
	case "source":
		v.Source = value
	case "secret":
		v.Secrets = append(v.Secrets, Secret(value))
	case "now":
		seconds, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			return fmt.Errorf("now: want Unix seconds")
		}
		v.Now = time.Unix(seconds, 0)
	default:
		return fmt.Errorf("unknown key %q", key)
	}
	return nil
}

// readRequest reads request line, header and body.
func (v *Vector) readRequest(name string, text []byte) error {
	reader := bufio.NewReader(bytes.NewReader(text))
	lines := textproto.NewReader(reader)
	if line, err := lines.ReadLine(); err != nil || !strings.HasSuffix(line, " HTTP/1.1") {
		return fmt.Errorf("read vector %q: want a request line after the empty line", name)
	}
	header, err := lines.ReadMIMEHeader()
	if err != nil {
		return fmt.Errorf("read vector %q: read header: %w", name, err)
	}
	var body bytes.Buffer
	if _, err := reader.WriteTo(&body); err != nil {
		return err
	}
	v.Received = Received{http.Header(header), body.Bytes()}
	return nil
}

// Check says whether the provider's description does what the vector expects, both ways: what holds
// must also be what we would sign.
func (v Vector) Check(p *Provider) error {
	want := expectations()[v.Expect]
	got := p.Verify(v.Received, v.Secrets, v.Now)
	if !errors.Is(got, want) || want == nil && got != nil {
		if got == nil {
			return fmt.Errorf("vector %q: it verifies, want %s", v.Name, v.Expect)
		}
		return fmt.Errorf("vector %q: want %s: %w", v.Name, v.Expect, got)
	}
	if v.Expect == "ok" && p.Signing != nil {
		return v.checkOurs(p)
	}
	return nil
}

// checkOurs says whether one of the secrets signs as the vector does.
func (v Vector) checkOurs(p *Provider) error {
	values, err := p.extract(v.Received)
	if err != nil {
		return err
	}
	for _, secret := range v.Secrets {
		ours, err := p.Signing.Sign(secret, values["id"], values["timestamp"], v.Received.Body)
		if err == nil && slices.Contains(p.Signing.Signatures(values["signatures"]), ours) {
			return nil
		}
	}
	return fmt.Errorf("vector %q: none of the secrets signs as the vector does", v.Name)
}

// readVectors reads the vectors of a folder, and checks them when nothing else is wrong.
func (l *loader) readVectors() []Vector {
	var vectors []Vector
	fine := len(l.problems) == 0
	names, err := list(l.fsys, "vectors")
	if err != nil {
		l.problems.add("vectors", 0, "", "%v", cause(err))
	}
	for _, name := range names {
		text, err := fs.ReadFile(l.fsys, name)
		if err != nil {
			l.problems.add(name, 0, "", "%v", cause(err))
			continue
		}
		v, err := ReadVector(name, text)
		if err == nil && l.trust != trusted && fine {
			err = v.Check(l.provider)
		}
		if err != nil {
			l.problems.add(name, 0, "", "%v", err)
			continue
		}
		vectors = append(vectors, v)
	}
	return vectors
}
