package redact_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/hookrig/hookrig/internal/redact"
)

func TestClean(t *testing.T) {
	for _, tt := range []struct{ name, in, want, line string }{
		{"plain", "Hola, información 👍", "Hola, información 👍", "Hola, información 👍"},
		{"lines", "a\n\tb", "a\n\tb", `a\n\tb`},
		{"carriage return", "a\rb\r\n", `a\rb\r` + "\n", `a\rb\r\n`},
		{"colour", "\x1b[31mred\x1b[0m", `\x1b[31mred\x1b[0m`, `\x1b[31mred\x1b[0m`},
		{"title", "\x1b]0;owned\x07", `\x1b]0;owned\x07`, `\x1b]0;owned\x07`},
		{"link", "\x1b]8;;http://x\x1b\\t", `\x1b]8;;http://x\x1b\t`, `\x1b]8;;http://x\x1b\t`},
		{"clipboard", "\x1b]52;c;YQ==\x07", `\x1b]52;c;YQ==\x07`, `\x1b]52;c;YQ==\x07`},
		{"C1", "\u009b31m", `\x9b31m`, `\x9b31m`},
		{"raw C1 byte", "\x9b31m", `\x9b31m`, `\x9b31m`},
		{"delete", "a\x7f", `a\x7f`, `a\x7f`},
		{"NUL", "a\x00", `a\x00`, `a\x00`},
		{"override", "\u202egpj.exe", `\u202egpj.exe`, `\u202egpj.exe`},
		{"isolate", "\u2066x\u2069", `\u2066x\u2069`, `\u2066x\u2069`},
		{"zero width", "pay\u200bpal", `pay\u200bpal`, `pay\u200bpal`},
		{"byte order mark", "\ufeffx", `\ufeffx`, `\ufeffx`},
		{"tag", "\U000e0041", `\U000e0041`, `\U000e0041`},
		{"line separator", "a\u2028b", `a\u2028b`, `a\u2028b`},
		{"CI command", "::error::x", `\x3a:error::x`, `\x3a:error::x`},
		{"CI command on the second line", "x\n  ::set-env name=A::b", "x\n" + `  \x3a:set-env name=A::b`, `x\n  \x3a:set-env name=A::b`},
		{"colons inside", "a::b", "a::b", "a::b"},
		{"old CI command", "x ##[error]y", `x \x23#[error]y`, `x \x23#[error]y`},
		{"other CI command", "##vso[task] ##teamcity[x]", `\x23#vso[task] \x23#teamcity[x]`, `\x23#vso[task] \x23#teamcity[x]`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := redact.Clean(tt.in); got != tt.want {
				t.Errorf("Clean(%q) = %q, want %q", tt.in, got, tt.want)
			}
			if got := redact.CleanLine(tt.in); got != tt.line {
				t.Errorf("CleanLine(%q) = %q, want %q", tt.in, got, tt.line)
			}
		})
	}
}

func FuzzClean(f *testing.F) {
	f.Add("\x1b[0m\n::x")
	f.Add("##\u202e[a\xff")
	f.Fuzz(func(t *testing.T, s string) {
		got := redact.Clean(s)
		if !utf8.ValidString(got) {
			t.Fatalf("Clean(%q) = %q is not UTF-8", s, got)
		}
		for _, r := range got {
			if r < 0x20 && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 {
				t.Fatalf("Clean(%q) = %q keeps %q", s, got, r)
			}
		}
		for line := range strings.SplitSeq(got, "\n") {
			if strings.HasPrefix(strings.TrimSpace(line), "::") || strings.Contains(line, "##[") {
				t.Fatalf("Clean(%q) keeps the CI command %q", s, line)
			}
		}
		if strings.ContainsAny(redact.CleanLine(s), "\n\t") {
			t.Fatalf("CleanLine(%q) has several lines", s)
		}
		if again := redact.Clean(got); again != got {
			t.Fatalf("Clean(Clean(%q)) = %q, want %q", s, again, got)
		}
	})
}
