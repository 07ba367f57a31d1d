package escape_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"strings"
	"testing"
	"unicode"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"

	"github.com/hookrig/hookrig/internal/escape"
)

func TestLine(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"plain", "María paid 3,50 € 👍", "María paid 3,50 € 👍"},
		{"colour", "\x1b[31mred", `\x1b[31mred`},
		{"newline and tab", "a\nb\tc\r", `a\nb\tc\r`},
		{"C1 control", "\u009b31m", `\u009b31m`},
		{"bidi override", "\u202egnp.exe", `\u202egnp.exe`},
		{"joiner", "a\u200db", `a\u200db`},
		{"tag character", "\U000e0041", `\U000e0041`},
		{"not UTF-8", "a\xff", `a\xff`},
		{"line separator", "a\u2028b", `a\u2028b`},
		{"workflow command", "  ::error::x", `  \::error::x`},
		{"command inside", "a ::error::x", "a ::error::x"},
		{"legacy command", "a ##[error]x", `a #\#[error]x`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := escape.Line(test.in); got != test.want {
				t.Errorf("Line(%q) = %q, want %q", test.in, got, test.want)
			}
		})
	}
}

func TestTextKeepsLinesAndGuardsEach(t *testing.T) {
	if got, want := escape.Text("a\n\t::set-output::\n::x"), "a\n\t\\::set-output::\n\\::x"; got != want {
		t.Errorf("Text = %q, want %q", got, want)
	}
}

func TestCell(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"formula", "=1+1", "'=1+1"}, {"plus", "+1", "'+1"}, {"minus", "-1", "'-1"}, {"at", "@SUM(A1)", "'@SUM(A1)"},
		{"tab", "\t=1", "'\t=1"}, {"text", "a=1", "a=1"}, {"empty", "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := escape.Cell(test.in); got != test.want {
				t.Errorf("Cell(%q) = %q, want %q", test.in, got, test.want)
			}
		})
	}
}

func TestCommand(t *testing.T) {
	if got, want := escape.CommandData("50%\n::error::x"), `50%25%0A\::error::x`; got != want {
		t.Errorf("CommandData = %q, want %q", got, want)
	}
	if got, want := escape.CommandProperty("a,b:c"), "a%2Cb%3Ac"; got != want {
		t.Errorf("CommandProperty = %q, want %q", got, want)
	}
}

func TestMarkdownMakesOnlyText(t *testing.T) {
	md := goldmark.New(goldmark.WithExtensions(extension.GFM))
	for _, in := range []string{
		"<img src=x onerror=alert(1)>", "[a](javascript:alert(1))", "![a](http://x/y.png)", "`a` *b* _c_ ~~d~~",
		"http://example.com", "www.example.com", "WWW.example.com", "a@example.com", "| a | b |", "&lt;b&gt;", "<http://x>", "a\n# b", `\<b>`,
	} {
		var out bytes.Buffer
		if err := md.Convert([]byte("x "+escape.Markdown(in)), &out); err != nil {
			t.Fatal(err)
		}
		inner := strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(out.String()), "<p>"), "</p>")
		if strings.Contains(inner, "<") {
			t.Errorf("Markdown(%q) = %q, which renders as %q, want text only", in, escape.Markdown(in), inner)
		}
	}
}

func TestFenceIsLongerThanAnyInside(t *testing.T) {
	in := "a\n````\n<script>\n"
	var out bytes.Buffer
	if err := goldmark.Convert([]byte(escape.Fence("", in)), &out); err != nil {
		t.Fatal(err)
	}
	if want := "<pre><code>a\n````\n&lt;script&gt;\n</code></pre>\n"; out.String() != want {
		t.Errorf("Fence renders as %q, want %q", out.String(), want)
	}
}

func FuzzEscape(f *testing.F) {
	for _, seed := range []string{"", "a", "\x1b]52;c;x\a", "::error::", "## [", "\u202e", "\xff\xfe", "\U0010ffff", " ::", "###", "#::"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, line := range strings.Split(escape.Text(s), "\n") {
			for _, r := range line {
				if r != '\t' && !unicode.IsGraphic(r) {
					t.Fatalf("Text(%q) keeps %U", s, r)
				}
			}
			if strings.HasPrefix(strings.TrimLeft(line, " \t"), "::") || strings.Contains(line, "##") {
				t.Fatalf("Text(%q) keeps a command: %q", s, line)
			}
		}
		if line := escape.Line(s); strings.ContainsAny(line, "\n\r\t") {
			t.Fatalf("Line(%q) = %q", s, line)
		}
		var back string
		document := new(bytes.Buffer)
		document.WriteString("<a>")
		if err := xml.EscapeText(document, []byte(escape.Text(s))); err != nil {
			t.Fatal(err)
		}
		document.WriteString("</a>")
		if err := xml.Unmarshal(document.Bytes(), &back); err != nil || back != escape.Text(s) {
			t.Fatalf("XML of Text(%q) reads back as %q, %v", s, back, err)
		}
		encoded, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var want, got string
		if err := errors.Join(json.Unmarshal(encoded, &want), json.Unmarshal(escape.JSON(encoded), &got)); err != nil {
			t.Fatalf("JSON(%q): %v", encoded, err)
		}
		if got != want {
			t.Fatalf("JSON(%q) = %q, want %q", encoded, got, want)
		}
	})
}
