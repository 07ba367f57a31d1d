package schemas_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/hookrig/hookrig/schemas"
)

func TestTemplate(t *testing.T) {
	tests := []struct {
		name, text string
		values     map[string]string
		want       string
	}{
		{"literal", "application/json", map[string]string{}, "application/json"},
		{"one", "{id}", map[string]string{"id": "x"}, "x"},
		{"between", "t={timestamp},v1={signature}", map[string]string{"timestamp": "7", "signature": "ab"}, "t=7,v1=ab"},
		{"repeated", "{id}-{id}", map[string]string{"id": "x"}, "x-x"},
		{"empty value", "a{id}b", map[string]string{"id": ""}, "ab"},
		{"empty", "", map[string]string{}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			template, err := schemas.ParseTemplate(test.text)
			if err != nil {
				t.Fatal(err)
			}
			got := string(template.Expand(nil, func(dst []byte, name string) []byte { return append(dst, test.values[name]...) }))
			if got != test.want {
				t.Errorf("Expand = %q, want %q", got, test.want)
			}
			back, ok := template.Extract(got)
			if !ok || !maps.Equal(back, test.values) {
				t.Errorf("Extract = %v %v, want %v", back, ok, test.values)
			}
			if template.String() != test.text {
				t.Errorf("String = %q, want %q", template, test.text)
			}
		})
	}
}

func TestTemplateExtractRefuses(t *testing.T) {
	tests := []struct{ name, template, text string }{
		{"other literal", "v1={s}", "v2=ab"},
		{"missing tail", "{a}.{b}.json", "x.y"},
		{"junk before", "v1={s}", " v1=ab"},
		{"junk after", "{s};", "ab;c"},
		{"repeat differs", "{id}-{id}", "x-y"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			template, err := schemas.ParseTemplate(test.template)
			if err != nil {
				t.Fatal(err)
			}
			if values, ok := template.Extract(test.text); ok {
				t.Errorf("Extract(%q) = %v, want a refusal", test.text, values)
			}
		})
	}
}

func TestParseTemplateRefuses(t *testing.T) {
	for text, want := range map[string]string{"{a": "{ without }", "a}": "} without {", "{}": "want a name", "{a}{b}": "touches", "{a{b}}": "want a name"} {
		if _, err := schemas.ParseTemplate(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ParseTemplate(%q) = %v, want %q", text, err, want)
		}
	}
}

// What expands is extracted again, wherever the value does not hold the literal after it.
func FuzzTemplate(f *testing.F) {
	f.Add("t={timestamp},{signatures}", "7", "v1=ab")
	f.Add("{a}", "", "x")
	f.Fuzz(func(t *testing.T, text, first, second string) {
		template, err := schemas.ParseTemplate(text)
		if err != nil {
			return
		}
		if template.String() != text {
			t.Fatalf("String = %q, want %q", template, text)
		}
		values := map[string]string{}
		for i, name := range template.Names() {
			if _, seen := values[name]; !seen {
				values[name] = []string{first, second}[i%2]
			}
		}
		expanded := string(template.Expand(nil, func(dst []byte, name string) []byte { return append(dst, values[name]...) }))
		back, ok := template.Extract(expanded)
		const digits = "0123456789" // values of digits alone cannot hold a literal without one
		clean := strings.Trim(first+second, digits) == "" && !strings.ContainsAny(text, digits)
		if clean && (!ok || !maps.Equal(back, values)) {
			t.Errorf("Extract(%q) = %v %v, want %v", expanded, back, ok, values)
		}
	})
}
