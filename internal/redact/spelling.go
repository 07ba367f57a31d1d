package redact

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"strings"
)

// spellings lists the ways in which a secret is written: itself, its key where it is a prefix and base64,
// and both in hex, base64 at each alignment, URL, JSON and HTML escapes.
func spellings(secret string) []string {
	var all []string
	for _, key := range keys(secret) {
		all = append(all, key)
		all = append(all, base64Forms(key)...)
		lower := hex.EncodeToString([]byte(key))
		all = append(all, lower, strings.ToUpper(lower))
		all = append(all, escapes(key)...)
	}
	return all
}

// keys are the secret as written and, for `prefix_BASE64`, what it stands for.
func keys(secret string) []string {
	keys := []string{secret}
	_, tail, ok := strings.Cut(secret, "_")
	if !ok {
		tail = secret
	} else if len(tail) >= 4 {
		keys = append(keys, tail)
	}
	for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
		if key, err := encoding.DecodeString(tail); err == nil && len(key) >= 16 {
			return append(keys, string(key))
		}
	}
	return keys
}

// base64Forms are the whole encoding, and the characters that the secret alone decides for each place it
// may have inside what was encoded (user:SECRET, say), in both alphabets.
func base64Forms(key string) []string {
	forms := []string{base64.RawStdEncoding.EncodeToString([]byte(key)), base64.RawURLEncoding.EncodeToString([]byte(key))}
	for offset := range 3 {
		padded := append(make([]byte, offset), key...)
		text := base64.RawStdEncoding.EncodeToString(padded)
		text = text[(offset*8+5)/6 : len(padded)*8/6]
		if len(text) < 4 {
			continue
		}
		forms = append(forms, text)
		if other := strings.NewReplacer("+", "-", "/", "_").Replace(text); other != text {
			forms = append(forms, other)
		}
	}
	return forms
}

// escapes are the secret as URLs, JSON and HTML write it, where that differs.
func escapes(key string) []string {
	var percent, lowerPercent strings.Builder
	for i := range len(key) {
		fmt.Fprintf(&percent, "%%%02X", key[i])
		fmt.Fprintf(&lowerPercent, "%%%02x", key[i])
	}
	quoted, err := json.Marshal(key)
	if err != nil {
		panic(err) // a string always marshals
	}
	forms := []string{
		url.QueryEscape(key), url.PathEscape(key), percent.String(), lowerPercent.String(),
		string(quoted[1 : len(quoted)-1]), strings.Trim(fmt.Sprintf("%q", key), `"`), html.EscapeString(key),
	}
	for _, form := range forms[:2] {
		forms = append(forms, lowerEscapes(form))
	}
	return forms
}

// lowerEscapes writes %2F as %2f.
func lowerEscapes(s string) string {
	b := []byte(s)
	for i := 0; i+2 < len(b); i++ {
		if b[i] == '%' {
			copy(b[i+1:i+3], strings.ToLower(string(b[i+1:i+3])))
		}
	}
	return string(b)
}
