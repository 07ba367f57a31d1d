package reference

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// Files are the files of a set of pages: slash-separated path below the folder, and content. Whoever
// writes them writes all or none.
type Files map[string][]byte

// fileName makes a safe file name of any text: what would need escaping becomes a dash, and then a
// piece of the text's hash keeps two such names apart.
func fileName(text string) string {
	var b strings.Builder
	changed := text == ""
	for i, r := range text {
		safe := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-' || r == '.' && i > 0
		if !safe || strings.HasPrefix(text[i:], "..") {
			r, changed = '-', true
		}
		b.WriteRune(r)
	}
	if len(text) > 100 {
		changed = true
	}
	if !changed {
		return text
	}
	sum := sha256.Sum256([]byte(text))
	return b.String()[:min(b.Len(), 80)] + "-" + hex.EncodeToString(sum[:4])
}
