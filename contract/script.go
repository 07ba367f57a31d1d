package contract

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/hookrig/hookrig/contract/checks"
	"github.com/hookrig/hookrig/schemas"
)

// Script is what a finding needs to be seen again: where its messages come from, what was done to
// them, and which case judges the answers. It holds no secret: signing is done anew.
type Script struct {
	Provider string                              `json:"provider"`
	Version  string                              `json:"version"`                  // of the hookrig that wrote it
	Digest   string                              `json:"catalog_digest,omitempty"` // of the catalog that the coordinates mean
	Seed     uint64                              `json:"seed,omitempty"`
	RunID    string                              `json:"run_id,omitempty"`
	Start    time.Time                           `json:"start,omitzero"`
	Set      map[schemas.Pointer]json.RawMessage `json:"set,omitempty"`
	Phones   string                              `json:"phones,omitempty"`
	Check    string                              `json:"check,omitempty"` // "": every step must be acknowledged
	Event    string                              `json:"event,omitempty"`
	Case     string                              `json:"case,omitempty"`   // "": the whole check
	Expect   *Expectation                        `json:"expect,omitempty"` // how the answers are judged; nil: as the check judges the case
	Parallel bool                                `json:"parallel,omitempty"`
	Steps    []checks.Step                       `json:"steps,omitempty"`
}

// Expectation is checks.Expect in a script.
type Expectation struct {
	Good  string `json:"good"`
	Minor string `json:"minor,omitempty"`
	Rule  string `json:"rule"`
	Want  string `json:"want"`

	Effects []ExpectedEffect `json:"effects,omitempty"` // read once the consumer has settled
}

// ExpectedEffect is checks.Effect in a script.
type ExpectedEffect struct {
	Step   int    `json:"step"`
	Entity int    `json:"entity,omitempty"`
	Min    int    `json:"min"`
	Max    int    `json:"max"` // negative: any number
	Rule   string `json:"rule"`
}

// expectation is how a script says what a case expects; nil when only the check can say it.
func expectation(c checks.Case, observed bool) *Expectation {
	e := &Expectation{Good: c.Expect.Good, Minor: c.Expect.Minor, Rule: c.Expect.Rule, Want: c.Expect.Want}
	if !observed {
		if c.Judge != nil || e.Good+e.Minor == "" {
			return nil
		}
		return e
	}
	if c.Before != checks.NoAction {
		return nil
	}
	for _, effect := range c.Effects {
		if effect.Value != nil {
			return nil
		}
		e.Effects = append(e.Effects, ExpectedEffect{Step: effect.Step, Entity: effect.Entity, Min: effect.Min, Max: effect.Max, Rule: effect.Rule})
	}
	return e
}

// into makes the case expect what the script says.
func (e *Expectation) into(c checks.Case) checks.Case {
	c.Expect = checks.Expect{Good: e.Good, Minor: e.Minor, Rule: e.Rule, Want: e.Want}
	for _, effect := range e.Effects {
		c.Effects = append(c.Effects, checks.Effect{Step: effect.Step, Entity: effect.Entity, Min: effect.Min, Max: effect.Max, Rule: effect.Rule})
	}
	return c
}

// The JSON that an edit writes is written as given, spaces included, so it travels as a text.
type (
	scriptFile struct {
		scriptFields
		Steps []stepFile `json:"steps,omitempty"`
	}
	scriptFields Script
	stepFile     struct {
		checks.Step
		Edits []editFile `json:"edits,omitempty"`
	}
	editFile struct {
		checks.Edit
		JSON string `json:"json,omitempty"`
	}
)

// MarshalJSON writes the script in its exchange form.
func (s Script) MarshalJSON() ([]byte, error) {
	file := scriptFile{scriptFields: scriptFields(s)}
	for _, step := range s.Steps {
		written := stepFile{Step: step}
		for _, edit := range step.Edits {
			written.Edits = append(written.Edits, editFile{Edit: edit, JSON: string(edit.JSON)})
		}
		file.Steps = append(file.Steps, written)
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(file); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// UnmarshalJSON reads what MarshalJSON wrote; an unknown key is an error.
func (s *Script) UnmarshalJSON(text []byte) error {
	var file scriptFile
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&file); err != nil {
		return err
	}
	*s = Script(file.scriptFields)
	s.Steps = nil
	for _, written := range file.Steps {
		step := written.Step
		step.Edits = nil
		for _, edit := range written.Edits {
			if edit.Edit.JSON = nil; edit.JSON != "" {
				edit.Edit.JSON = json.RawMessage(edit.JSON)
			}
			step.Edits = append(step.Edits, edit.Edit)
		}
		s.Steps = append(s.Steps, step)
	}
	return nil
}

// Bounds of what is read back.
const (
	tokenPrefix = "hr1_"
	tokenChars  = 2_000    // a longer token goes to a file
	tokenBytes  = 1 << 20  // of text that ParseToken takes
	scriptBytes = 64 << 20 // of JSON
	scriptSteps = 10_000
)

// Token writes the script as one word: "hr1_" and base64url of the deflated JSON.
func (s Script) Token() (string, error) {
	document, err := s.MarshalJSON()
	if err != nil {
		return "", fmt.Errorf("write replay token: %w", err)
	}
	var b bytes.Buffer
	deflate, err := flate.NewWriter(&b, flate.BestCompression)
	if err != nil {
		return "", fmt.Errorf("write replay token: %w", err)
	}
	if _, err := deflate.Write(document); err != nil {
		return "", fmt.Errorf("write replay token: %w", err)
	}
	if err := deflate.Close(); err != nil {
		return "", fmt.Errorf("write replay token: %w", err)
	}
	return tokenPrefix + base64.RawURLEncoding.EncodeToString(b.Bytes()), nil
}

// Short reports whether a token is short enough for a command line; a longer one goes to a file.
func Short(token string) bool { return len(token) <= tokenChars }

// ParseToken reads what Token wrote.
func ParseToken(token string) (Script, error) {
	text, found := strings.CutPrefix(strings.TrimSpace(token), tokenPrefix)
	if !found {
		return Script{}, fmt.Errorf("read replay token: want it to begin with %q", tokenPrefix)
	}
	if len(text) > tokenBytes {
		return Script{}, fmt.Errorf("read replay token: longer than %d characters", tokenBytes)
	}
	deflated, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return Script{}, fmt.Errorf("read replay token: not all of it is there: %w", err)
	}
	inflate := flate.NewReader(bytes.NewReader(deflated))
	defer inflate.Close()
	s, err := decodeScript(inflate)
	if err != nil {
		return Script{}, fmt.Errorf("read replay token: %w", err)
	}
	return s, nil
}

// WriteScript writes the script as a replay file: indented JSON.
func WriteScript(w io.Writer, s Script) error {
	document, err := s.MarshalJSON()
	if err != nil {
		return fmt.Errorf("write replay file: %w", err)
	}
	var b bytes.Buffer
	if err := json.Indent(&b, document, "", "  "); err != nil {
		return fmt.Errorf("write replay file: %w", err)
	}
	_, err = b.WriteTo(w)
	return err
}

// ReadScript reads a replay file: what WriteScript wrote, a token, or recorded deliveries, one JSON
// object a line (`stream --output requests`, `listen`), whose bodies are signed anew.
func ReadScript(r io.Reader) (Script, error) {
	text, err := io.ReadAll(io.LimitReader(r, scriptBytes+1))
	if err != nil {
		return Script{}, fmt.Errorf("read replay file: %w", err)
	}
	if len(text) > scriptBytes {
		return Script{}, fmt.Errorf("read replay file: larger than %d bytes", scriptBytes)
	}
	if bytes.HasPrefix(bytes.TrimSpace(text), []byte(tokenPrefix)) {
		return ParseToken(string(text))
	}
	var shape struct {
		Method string `json:"method"`
	}
	if json.NewDecoder(bytes.NewReader(text)).Decode(&shape) == nil && shape.Method != "" {
		return readDeliveries(text)
	}
	s, err := decodeScript(bytes.NewReader(text))
	if err != nil {
		return Script{}, fmt.Errorf("read replay file: %w", err)
	}
	return s, nil
}

func decodeScript(r io.Reader) (Script, error) {
	limited := &io.LimitedReader{R: r, N: scriptBytes + 1}
	decoder := json.NewDecoder(limited)
	var s Script
	if err := decoder.Decode(&s); err != nil {
		if limited.N == 0 {
			return Script{}, fmt.Errorf("larger than %d bytes", scriptBytes)
		}
		return Script{}, err
	}
	if _, err := decoder.Token(); err == nil {
		return Script{}, fmt.Errorf("more follows the script")
	} else if err != io.EOF {
		return Script{}, err
	}
	if s.Provider == "" {
		return Script{}, fmt.Errorf("%q is missing", "provider")
	}
	if len(s.Steps) == 0 && s.Check == "" {
		return Script{}, fmt.Errorf("nothing to send: want steps or a check")
	}
	if len(s.Steps) > scriptSteps {
		return Script{}, fmt.Errorf("%d steps, want at most %d", len(s.Steps), scriptSteps)
	}
	return s, nil
}

// readDeliveries makes a script of recorded deliveries: each body once, as it was.
func readDeliveries(text []byte) (Script, error) {
	var s Script
	for n, line := range bytes.Split(text, []byte("\n")) {
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		var d struct {
			Provider   string `json:"provider"`
			Event      string `json:"event"`
			Body       string `json:"body"`
			BodyBase64 []byte `json:"body_base64"`
		}
		if err := json.Unmarshal(line, &d); err != nil {
			return Script{}, fmt.Errorf("read replay file: line %d: %w", n+1, err)
		}
		if s.Provider == "" {
			s.Provider = d.Provider
		}
		if d.Provider == "" || d.Provider != s.Provider {
			return Script{}, fmt.Errorf("read replay file: line %d: provider is %q, want %q", n+1, d.Provider, s.Provider)
		}
		body := d.BodyBase64
		if body == nil {
			body = []byte(d.Body)
		}
		s.Steps = append(s.Steps, checks.Step{Event: d.Event, Body: body})
	}
	return s, nil
}
