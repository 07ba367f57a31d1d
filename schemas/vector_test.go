package schemas_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hookrig/hookrig/schemas"
)

func TestProviderVectors(t *testing.T) {
	checked := 0
	for name, catalog := range builtins(t) {
		for _, v := range catalog.Vectors() {
			checked++
			if err := v.Check(catalog.Provider); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if catalog.Provider.Signing != nil && len(catalog.Vectors()) == 0 {
			t.Errorf("%s signs and has no vector", name)
		}
	}
	if checked == 0 {
		t.Fatal("no vectors")
	}
}

func TestSchemeVectors(t *testing.T) {
	files, err := filepath.Glob("signing/vectors/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no vectors: %v", err)
	}
	holds := map[string]int{}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			v := readVector(t, file)
			scheme, err := schemas.LoadScheme(v.Scheme)
			if err != nil {
				t.Fatal(err)
			}
			if err := v.Check(scheme.Provider()); err != nil {
				t.Error(err)
			}
			if v.Source == "" {
				t.Error("nobody made this vector")
			}
			if v.Expect == "ok" {
				holds[v.Scheme]++
			}
		})
	}
	for _, name := range schemas.Schemes() {
		if holds[name] == 0 {
			t.Errorf("no vector proves %s", name)
		}
	}
}

func readVector(t *testing.T, file string) schemas.Vector {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	v, err := schemas.ReadVector(file, text)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestReadVectorRefuses(t *testing.T) {
	const request = "\nPOST / HTTP/1.1\nHost: a\n\nbody"
	tests := []struct{ name, text, want string }{
		{"empty", "", "want \"key: value\""},
		{"expect not first", "secret: s\nexpect: ok\n" + request, "\"expect\" first"},
		{"unknown key", "expect: ok\ncolour: red\n" + request, `unknown key "colour"`},
		{"unknown expectation", "expect: maybe\n" + request, `unknown expectation "maybe"`},
		{"time", "expect: ok\nnow: noon\n" + request, "want Unix seconds"},
		{"no request", "expect: ok\n\n", "want a request line"},
		{"bad header", "expect: ok\n\nPOST / HTTP/1.1\nHost\n\n", "read header"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := schemas.ReadVector("v.txt", []byte(test.text))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("ReadVector = %v, want %q", err, test.want)
			}
		})
	}
}
