package redact_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hookrig/hookrig/internal/redact"
)

const canary = "k9$Vb+2/qZ\"7x&Lw=nYt"

func TestString(t *testing.T) {
	r := redact.New(canary, "tiny!", "abc", "")
	quoted, err := json.Marshal(canary)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, in, want string }{
		{"raw", "key " + canary + ".", "key [secret]."},
		{"twice", canary + canary, "[secret]"},
		{"piece of eight", "x" + canary[3:11] + "y", "x[secret]y"},
		{"piece of seven stays", canary[3:10], canary[3:10]},
		{"base64", base64.StdEncoding.EncodeToString([]byte(canary)), "[secret]="},
		{"url base64", base64.RawURLEncoding.EncodeToString([]byte(canary)), "[secret]"},
		{"hex", hex.EncodeToString([]byte(canary)), "[secret]"},
		{"upper-case hex", strings.ToUpper(hex.EncodeToString([]byte(canary))), "[secret]"},
		{"query", "?k=" + url.QueryEscape(canary) + "&a=b", "?k=[secret]&a=b"},
		{"path", "/" + url.PathEscape(canary) + "/", "/[secret]/"},
		{"json", `{"k":` + string(quoted) + `}`, `{"k":"[secret]"}`},
		{"html", "<b>" + html.EscapeString(canary) + "</b>", "<b>[secret]</b>"},
		{"short secret", "a tiny! b", "a [secret] b"},
		{"too short a secret", "abc", "abc"},
		{"nothing", "plain text", "plain text"},
		{"empty", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := r.String(tt.in); got != tt.want {
				t.Errorf("String(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

// TestBase64Alignment: a secret inside something encoded is found wherever it begins.
func TestBase64Alignment(t *testing.T) {
	r := redact.New(canary)
	for _, before := range []string{"", "a", "ab", "abc", "user:"} {
		text := base64.StdEncoding.EncodeToString([]byte(before + canary + "tail"))
		if got := r.String(text); !strings.Contains(got, redact.Mask) || len(got) > len(redact.Mask)+20 {
			t.Errorf("String(base64 of %q + secret) = %q", before, got)
		}
	}
}

// TestDecodedKey: of a `prefix_BASE64` secret the key that it stands for is a secret too.
func TestDecodedKey(t *testing.T) {
	key := []byte("sixteen bytes or more of key")
	r := redact.New("whsec_" + base64.StdEncoding.EncodeToString(key))
	for _, text := range []string{string(key), hex.EncodeToString(key), base64.StdEncoding.EncodeToString(key)} {
		if got := strings.TrimRight(r.String(text), "="); got != redact.Mask {
			t.Errorf("String(%q) = %q, want %q", text, got, redact.Mask)
		}
	}
}

func TestHeaders(t *testing.T) {
	lines := [][2]string{
		{"Content-Type", "application/json"}, {"X-Hub-Signature-256", "sha256=ab"}, {"authorization", "Bearer x"},
		{"Set-Cookie", "a=b"}, {"X-Bypass", "by " + canary}, {"X-Own", "mine"}, {"X-Shop-Hmac-Sha256", "ab"},
	}
	want := [][2]string{
		{"Content-Type", "application/json"}, {"X-Hub-Signature-256", redact.Mask}, {"authorization", redact.Mask},
		{"Set-Cookie", redact.Mask}, {"X-Bypass", "by " + redact.Mask}, {"X-Own", redact.Mask}, {"X-Shop-Hmac-Sha256", redact.Mask},
	}
	before := fmt.Sprint(lines)
	if diff := cmp.Diff(want, redact.New(canary).Hide("x-own").Headers(lines)); diff != "" {
		t.Errorf("Headers (-want +got):\n%s", diff)
	}
	if fmt.Sprint(lines) != before {
		t.Errorf("Headers changed its argument to %v", lines)
	}
	var none *redact.Redactor
	if got := none.Headers(lines)[1][1]; got != redact.Mask {
		t.Errorf("nil.Headers = %q, want %q", got, redact.Mask)
	}
	if got := none.Hide("x-own").Headers(lines)[5][1]; got != redact.Mask {
		t.Errorf("nil.Hide.Headers = %q, want %q", got, redact.Mask)
	}
}

func FuzzString(f *testing.F) {
	f.Add("secret-of-the-day", "before ", " after")
	f.Add("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "\x00", "é")
	f.Fuzz(func(t *testing.T, secret, before, after string) {
		if len(secret) < 8 {
			return
		}
		r := redact.New(secret)
		for _, text := range []string{secret, hex.EncodeToString([]byte(secret)), url.QueryEscape(secret)} {
			got := r.String(before + text + after)
			for i := 0; i+8 <= len(text); i++ {
				if strings.Contains(strings.ReplaceAll(got, redact.Mask, "\x01"), text[i:i+8]) {
					t.Fatalf("String(%q) = %q still shows %q", before+text+after, got, text[i:i+8])
				}
			}
		}
	})
}

func ExampleRedactor_String() {
	r := redact.New("whsec_C2FVsBQIhrscChlQIMV")
	fmt.Println(r.String("verify with whsec_C2FVsBQIhrscChlQIMV: no match"))
	// Output: verify with [secret]: no match
}
