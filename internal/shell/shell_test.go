package shell_test

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"

	"github.com/hookrig/hookrig/internal/shell"
)

func TestPrintGivesExactlyTheBytes(t *testing.T) {
	tests := []struct {
		name string
		text []byte
	}{
		{"plain", []byte(`{"a":"b c"}`)},
		{"empty", nil},
		{"quotes", []byte(`'it''s' "x" \' `)},
		{"shell", []byte("$(touch /tmp/x) `id` ${HOME} ! * ? ~ # ; & | < > \\n %s %d %")},
		{"newlines", []byte("a\nb\r\n\n\n")},
		{"not UTF-8", []byte("\xff\xfe\x80")},
		{"NUL and digits after", []byte("a\x001\x012")},
		{"bidi", []byte("\u202egnp \u2028")},
		{"emoji", []byte("👍🏽 é 世界")},
		{"leading dash and at", []byte("-n @x")},
		{"every byte", everyByte()},
		{"blanks", bytes.Repeat([]byte(" "), 3<<20)},
		{"nested", []byte(strings.Repeat("[", 5000) + "1" + strings.Repeat("]", 5000))},
		{"a word again and again", []byte(`{"a":"` + strings.Repeat("hookrig ", 9000) + `hook"}`)},
		{"characters again and again", []byte("x" + strings.Repeat("é世", 400))},
		{"dashes, NULs and new lines again and again", []byte(strings.Repeat("-", 600) + strings.Repeat("\x00", 600) + strings.Repeat("\n", 600))},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			out, err := exec.CommandContext(t.Context(), "/bin/sh", "-c", shell.Print(test.text)).CombinedOutput()
			if err != nil || !bytes.Equal(out, test.text) {
				t.Errorf("sh -c %q = %q, %v, want %q", shell.Print(test.text), out, err, test.text)
			}
		})
	}
}

func TestPrintDoesNotWriteOutWhatRepeatsItself(t *testing.T) {
	text := []byte(`{"a":"` + strings.Repeat("hookrig ", 1<<15) + `"}`)
	if command := shell.Print(text); len(command) > 100 {
		t.Errorf("%d characters print what repeats itself: %.200s", len(command), command)
	}
}

func TestWord(t *testing.T) {
	tests := []struct {
		name, text string
		pairs      []string
		want       string
	}{
		{"plain", "X-A: b", nil, "X-A: b"},
		{"empty", "", nil, ""},
		{"quotes", "''it's'", nil, "''it's'"},
		{"variable", "t=123,v1=abc", []string{"abc", `"$s"`, "123", `"$t"`}, "t=T T,v1=S'S"},
		{"variable alone", "abc", []string{"abc", `"$s"`}, "S'S"},
		{"control", "a\x1bb", nil, "a\x1bb"},
		{"bare", "evt_1-2./:,+@%", nil, "evt_1-2./:,+@%"},
		{"home", "~", nil, "~"},
		{"assignment", "A=b", nil, "A=b"},
		{"glob", "*?[a]{b,c}", nil, "*?[a]{b,c}"},
		{"only a variable beside quotes", "'abc'", []string{"abc", `"$s"`}, "'S'S'"},
		{"empty text to replace", "abc", []string{"", `"$s"`}, "abc"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			word := shell.Word(test.text, test.pairs...)
			out, err := exec.CommandContext(t.Context(), "/bin/sh", "-c", `t='T T'; s="S'S"; printf %s `+word).CombinedOutput()
			if err != nil || string(out) != test.want {
				t.Errorf("word %s is %q, %v, want %q", word, out, err, test.want)
			}
		})
	}
}

func everyByte() []byte {
	all := make([]byte, 0, 512)
	for i := range 256 {
		all = append(all, byte(i), '7')
	}
	return all
}
