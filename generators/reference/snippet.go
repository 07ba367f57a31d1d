package reference

import (
	"bytes"
	"crypto/ed25519"
	"embed"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"
	"text/template"
	"unicode"

	"github.com/hookrig/hookrig/schemas"
)

// Snippet is code that verifies a delivery, ready to copy.
type Snippet struct {
	Language string `json:"language"` // "Go", "Node.js", "Python", "PHP", "Ruby"
	File     string `json:"file"`     // "verify.go"
	Code     string `json:"code"`
}

//go:embed snippets
var snippetFiles embed.FS

// languages in the order of the pages. Each has a template snippets/verify.<ending>.tmpl.
var languages = []struct{ name, ending string }{
	{"Go", "go"}, {"Node.js", "mjs"}, {"Python", "py"}, {"PHP", "php"}, {"Ruby", "rb"},
}

// scheme is a signing description as the snippets use it.
type scheme struct {
	Title           string
	Header          string // of the signatures
	Separator       string // between items; "" when there is one only
	Item            string // what stands before the signature in an item
	TimestampHeader string // "" when the timestamp stands in the signature header, or nowhere
	TimestampItem   string // what stands before the timestamp in the signature header
	IDHeader        string // "" when nothing signed needs it
	Hash            string // sha1, sha256, sha512; "" for Ed25519
	Prefix          string // of the secret, or of the public key
	SecretEncoding  string // utf8, base64, hex
	Encoding        string // of the signature: hex, base64
	Tolerance       int    // seconds; 0 when nothing limits the age
	Signed          []signedPart
}

// signedPart is one piece of the signed text: a literal, or one of id, timestamp, body.
type signedPart struct{ Literal, Name string }

func snippets(p *schemas.Provider, header string) ([]Snippet, error) {
	s, err := newScheme(p, header)
	if err != nil {
		return nil, err
	}
	all := []Snippet{}
	for _, language := range languages {
		file := "verify." + language.ending
		code, err := snippet(file, s)
		if err != nil {
			return nil, fmt.Errorf("write snippet %s: %w", file, err)
		}
		all = append(all, Snippet{language.name, file, code})
	}
	return all, nil
}

func snippet(file string, s scheme) (string, error) {
	name := file + ".tmpl"
	parsed, err := template.New(name).Funcs(template.FuncMap{"quote": quote, "single": single}).ParseFS(snippetFiles, path.Join("snippets", name))
	if err != nil {
		return "", err
	}
	var out bytes.Buffer
	err = parsed.Execute(&out, s)
	return out.String(), err
}

func newScheme(p *schemas.Provider, header string) (scheme, error) {
	g := p.Signing
	s := scheme{
		Title: comment(p.Title), Header: header, Separator: g.Separator, Prefix: g.Secret.Prefix, SecretEncoding: g.Secret.Encoding,
		Encoding: g.Encoding, Hash: strings.TrimPrefix(g.Algorithm, "hmac-"),
	}
	if g.Algorithm == "ed25519" {
		s.Hash, s.Prefix = "", g.Secret.PublicPrefix
	}
	before, after, _ := strings.Cut(g.Item, "{signature}")
	if after != "" {
		return scheme{}, fmt.Errorf("item %q: the snippets know only items that end in {signature}", g.Item)
	}
	s.Item = before
	signed, err := schemas.ParseTemplate(g.Signs)
	if err != nil {
		return scheme{}, err
	}
	s.Signed = signedParts(g.Signs)
	if signed.Uses("id") {
		if s.IDHeader = first(p.HeaderNames("id"), p.HeaderNames("delivery_id")); s.IDHeader == "" {
			return scheme{}, fmt.Errorf("the signed text %q holds {id}, but no header does", g.Signs)
		}
	}
	if signed.Uses("timestamp") {
		s.Tolerance = g.ToleranceSeconds
		s.TimestampHeader = first(p.HeaderNames("timestamp"))
		if s.TimestampHeader == header {
			s.TimestampHeader = ""
			lines := p.Headers[slices.IndexFunc(p.Headers, func(line [2]string) bool { return line[0] == header })]
			s.TimestampItem, _, _ = strings.Cut(lines[1], "{timestamp}")
		}
	}
	return s, nil
}

// signedParts splits a template into its literals and placeholders.
func signedParts(text string) []signedPart {
	var all []signedPart
	for text != "" {
		literal, rest, found := strings.Cut(text, "{")
		if literal != "" {
			all = append(all, signedPart{Literal: literal})
		}
		if !found {
			break
		}
		name, after, _ := strings.Cut(rest, "}")
		all = append(all, signedPart{Name: name})
		text = after
	}
	return all
}

func first(lists ...[]string) string {
	for _, list := range lists {
		if len(list) > 0 {
			return list[0]
		}
	}
	return ""
}

// comment is a text that ends no comment of any language: letters, digits, spaces and little else.
func comment(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune(" -_.,&", r) {
			return r
		}
		return -1
	}, text)
}

// quote writes a string literal that Go, JavaScript, Python and Ruby read alike.
func quote(text string) string {
	literal, _ := json.Marshal(text) // a string always marshals
	return strings.ReplaceAll(string(literal), "#{", `\#{`)
}

// single writes a string literal in single quotes, for PHP.
func single(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(text) + "'"
}

// madeUpKeyPair is an Ed25519 pair made from a text of 32 bytes.
func madeUpKeyPair(s *schemas.Signing, seed string) (signing, verifying schemas.Secret) {
	private := ed25519.NewKeyFromSeed([]byte(seed))
	public := private.Public().(ed25519.PublicKey)
	encode := base64.StdEncoding.EncodeToString
	if s.Secret.Encoding == "hex" {
		encode = hex.EncodeToString
	}
	return schemas.Secret(s.Secret.Prefix + encode(private)), schemas.Secret(s.Secret.PublicPrefix + encode(public))
}

// compact takes the white space out of JSON; what is no JSON stays as it is.
func compact(body []byte) []byte {
	var out bytes.Buffer
	if json.Compact(&out, body) != nil {
		return body
	}
	return out.Bytes()
}
